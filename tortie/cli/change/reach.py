"""Selectors of policies that match nothing: told when a policy is written, with what was perhaps meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import chain
from typing import Any

from tortie.api import Misread, decode_value
from tortie.cli.change.policy_selectors import Among, Choice, selectors_of
from tortie.datastore import Datastore, Record
from tortie.errors import Problem
from tortie.explain import Directory
from tortie.model import HostEndpoint, Key, Kind, Labels, NetworkSet, Profile, Resource, WorkloadEndpoint
from tortie.selector import Selector, keys, values

__all__ = ["MOST_READ", "Reach", "stored_resources"]

MOST_READ = 20_000
"""Endpoints and network sets that are read before the rest is left alone: a second's work."""

MOST_TRIED = 1_000_000
"""Pairs of a selector and labels that are tried before the rest is left alone."""

_PAGE = 500
_NAMED = (Kind.PROFILE, Kind.NAMESPACE, Kind.SERVICE_ACCOUNT)
_LABELLED = (Kind.HOST_ENDPOINT, Kind.NETWORK_SET, Kind.GLOBAL_NETWORK_SET, Kind.WORKLOAD_ENDPOINT, Kind.POD)
_PREFIXES = {"kns.": (Among.NAMESPACES, "pcns."), "ksa.": (Among.ACCOUNTS, "pcsa.")}
_OF_ENDPOINTS = frozenset({Among.SUBJECTS, Among.PEERS})

_Items = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Labels:
    """The different sets of labels that things of one sort have, and every key with its values."""

    sets: set[_Items] = field(default_factory=set[_Items])
    by_key: dict[str, set[str]] = field(default_factory=dict[str, set[str]])

    def add(self, labels: Labels) -> bool:
        """Keep labels, and tell whether they are new."""
        items = tuple(sorted(labels.items()))
        if items in self.sets:
            return False
        self.sets.add(items)
        for key, value in items:
            self.by_key.setdefault(key, set()).add(value)
        return True


class Reach:
    """Finds selectors that match nothing in a datastore, reading no more of it than that takes, and never all of it."""

    def __init__(self, store: Datastore, documents: Iterable[Mapping[str, Any]], most_read: int = MOST_READ) -> None:
        """Read labels until every selector of the documents matches some, there are no more, or enough were read.

        Raises:
            Unavailable: the datastore does not answer.
        """
        self.read = 0
        """Endpoints and network sets that were looked at."""
        self.is_complete = True
        """Whether these were all there are, as far as that matters."""
        self._tried = 0
        self._labels = {among: _Labels() for among in Among}
        choices = chain.from_iterable(map(selectors_of, documents))
        self._left = {(choice.text, choice.among): choice.selector for choice in choices}
        self._directory = Directory({})
        self._search(store, most_read)

    def problems(self, document: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield a problem for each selector of a policy that matches nothing; `path` is that in the document.

        Where there are no endpoints, or no namespaces, nothing is said of selectors about these: they come later.
        """
        for choice in selectors_of(document):
            labels = self._labels[choice.among]
            if (choice.text, choice.among) in self._left and labels.sets:
                yield self._problem(choice, labels.by_key)

    def _problem(self, choice: Choice, known: Mapping[str, set[str]]) -> Problem:
        reason, mend = _reason(choice.selector, known)
        if not self.is_complete and choice.among in _OF_ENDPOINTS:
            what = f"`{choice.text}` matches none of the first {self.read} {choice.among}"
            unseen = "the others were not looked at"
            return Problem(what, path=choice.path, mend=f"{unseen}; {mend}" if mend else unseen)
        return Problem(f"`{choice.text}` matches none of the {choice.among}{reason}", path=choice.path, mend=mend)

    def _search(self, store: Datastore, most_read: int) -> None:
        named = stored_resources(store, _NAMED)
        self._directory = Directory(named)
        for value in named.values():
            if isinstance(value, Profile):
                self._add_profile(value)
        for kind in _LABELLED:
            for records in _pages(store, kind):
                if not any(among in _OF_ENDPOINTS for _, among in self._left):
                    return
                if self.read >= most_read or self._tried >= MOST_TRIED:
                    self.is_complete = False
                    return
                self.read += len(records)
                for _, value in _decoded(records):
                    self._add(value)

    def _add(self, value: Resource) -> None:
        match value:
            case WorkloadEndpoint():
                labels = self._directory.labels(value)
                self._meet(Among.SUBJECTS, labels)
                self._meet(Among.PEERS, labels)
            case HostEndpoint():
                self._meet(Among.SUBJECTS, value.metadata.labels)
                self._meet(Among.PEERS, value.metadata.labels)
            case NetworkSet():
                self._meet(Among.PEERS, self._directory.labels(value))

    def _add_profile(self, profile: Profile) -> None:
        for start, (among, prefix) in _PREFIXES.items():
            if profile.key.name.startswith(start):
                given = profile.labels_to_apply.items()
                self._meet(among, {k.removeprefix(prefix): v for k, v in given if k.startswith(prefix)})

    def _meet(self, among: Among, labels: Labels) -> None:
        """Keep the labels of one thing, and no longer look for what selects it."""
        if self._labels[among].add(labels):
            wanted = [(text, each) for text, each in self._left if each is among]
            self._tried += len(wanted)
            for found in wanted:
                if self._left[found].matches(labels):
                    del self._left[found]


def stored_resources(store: Datastore, kinds: Iterable[Kind]) -> dict[Key, Resource]:
    """Return all that a datastore has of some kinds, or what stands for what nobody understands."""
    return {record.key: value for kind in kinds for record, value in _decoded(store.list(kind).records)}


def _pages(store: Datastore, kind: Kind) -> Iterator[tuple[Record, ...]]:
    page = store.list(kind, limit=_PAGE)
    while True:
        yield tuple(page.records)
        if not page.more:
            return
        page = store.list(kind, limit=_PAGE, token=page.more)


def _decoded(records: Iterable[Record]) -> Iterator[tuple[Record, Resource]]:
    """Yield records with what they say, or what stands for what they say."""
    for record in records:
        try:
            value = decode_value(record.key, record.value)
        except Misread as error:
            value = error.instead
        if value is not None:
            yield record, value


def _reason(selector: Selector, known: Mapping[str, set[str]]) -> tuple[str, str]:
    """Return why a selector matches nothing, as the end of a sentence, and what was perhaps meant."""
    for key in sorted(keys(selector)):
        if key not in known:
            return f": the label `{key}` exists nowhere", _near(key, known)
    for key, compared in sorted(values(selector).items()):
        for value in sorted(compared - known[key]):
            return f": no `{key}` is `{value}`", _near(value, known[key])
    return "", ""


def _near(word: str, known: Iterable[str]) -> str:
    found = get_close_matches(word, known, n=1)
    return f"did you mean `{found[0]}`?" if found else ""
