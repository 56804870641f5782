"""The label index against asking every selector of every item again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.spec.strategies import label_maps, selector_texts
from tortie.engine.labels import LabelIndex
from tortie.selector import parse

ITEMS = st.sampled_from("abcd")
IDS = st.integers(0, 3)
SELECTORS = st.sampled_from(
    [
        "all()",
        "!all()",
        "a == 'x'",
        "a != 'x'",
        "has(a)",
        "!has(a)",
        "a in {'x', 'y'}",
        "a not in {'x'}",
        "a in {}",
        "a == 'x' && b == 'y'",
        "a == 'x' || b == 'y'",
        "a == 'x' || all()",
        "has(a) && has(b)",
        "a starts with 'x'",
        "a == 'x' && a == 'y'",
    ]
)
STEPS = st.one_of(
    st.tuples(st.just("put item"), ITEMS, label_maps()),
    st.tuples(st.just("drop item"), ITEMS, st.none()),
    st.tuples(st.just("put selector"), IDS, st.one_of(SELECTORS, selector_texts())),
    st.tuples(st.just("drop selector"), IDS, st.none()),
)


class Naive:
    """What the index should answer."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, str]] = {}
        self.selectors: dict[int, str] = {}

    def matches(self, item: str) -> set[int]:
        labels = self.items.get(item)
        return set() if labels is None else {i for i, text in self.selectors.items() if parse(text).matches(labels)}


def take(index: LabelIndex[int, str], naive: Naive, step: tuple[str, object, object]) -> None:
    match step:
        case ("put item", str(item), dict(labels)):
            index.put_item(item, labels)
            naive.items[item] = labels
        case ("drop item", str(item), _):
            index.drop_item(item)
            naive.items.pop(item, None)
        case ("put selector", int(id_), str(text)):
            index.put_selector(id_, parse(text))
            naive.selectors[id_] = text
        case (_, int(id_), _):
            index.drop_selector(id_)
            naive.selectors.pop(id_, None)


@given(st.lists(STEPS, max_size=15))
def test_matches_are_those_of_asking_everybody(steps: list[tuple[str, object, object]]) -> None:
    index: LabelIndex[int, str] = LabelIndex()
    naive = Naive()
    for step in steps:
        before = {item: naive.matches(item) for item in "abcd"}
        take(index, naive, step)
        after = {item: naive.matches(item) for item in "abcd"}
        assert {item: index.matches(item) for item in "abcd"} == after
        assert {item for item in "abcd" if before[item] != after[item]} <= index.stale
        index.stale.clear()
        for id_ in naive.selectors:
            assert index.matching(id_) == {item for item, found in after.items() if id_ in found}
    assert dict(index.items) == naive.items
    assert {id_: str(each) for id_, each in index.selectors.items()} == {
        id_: str(parse(text)) for id_, text in naive.selectors.items()
    }


def test_what_changes_nothing_is_not_stale() -> None:
    index: LabelIndex[str, str] = LabelIndex()
    index.put_selector("web", parse("role == 'web'"))
    index.put_item("w0", {"role": "web"})
    index.put_item("w1", {"role": "db"})
    index.stale.clear()
    index.put_item("w0", {"role": "web", "color": "red"})
    index.put_item("w1", {"role": "db"})
    index.put_selector("web", parse("role == 'web'"))
    index.put_selector("none", parse("role == 'none'"))
    index.drop_item("w9")
    index.drop_selector("unknown")
    assert not index.stale


def test_unknown_items_match_nothing() -> None:
    index: LabelIndex[str, str] = LabelIndex()
    index.put_selector("all", parse("all()"))
    assert index.matches("w0") == frozenset()
