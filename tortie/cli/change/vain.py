"""Untracked policies that select host endpoints on which they do nothing: told when such a policy is written."""

from __future__ import annotations

from collections.abc import Iterator

from tortie.api import decode, document_of
from tortie.cli.change.reach import stored_resources
from tortie.cli.targets import Target
from tortie.datastore import Datastore
from tortie.errors import Problem
from tortie.explain import Directory, no_effects
from tortie.model import Kind, Policy

__all__ = ["vain_problems"]

_KINDS = (Kind.HOST_ENDPOINT, Kind.PROFILE, Kind.NODE, Kind.KUBE_CONTROLLERS_CONFIGURATION)


def vain_problems(store: Datastore, target: Target) -> Iterator[Problem]:
    """Yield a problem for each host endpoint of a datastore on which the policy of a target does nothing.

    Raises:
        Unavailable: the datastore does not answer.
    """
    policy = decode(document_of(target.known_document)).value
    if isinstance(policy, Policy):
        directory = Directory(stored_resources(store, _KINDS))
        for found in no_effects(directory, [policy]):
            mend = "untracked policy works on host endpoints of one interface: make one with its name"
            yield Problem(str(found), path="spec.doNotTrack", mend=mend)
