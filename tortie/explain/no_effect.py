"""Policies that do nothing to an endpoint they select, where their author may expect otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tortie.engine import policy_selector
from tortie.explain.directory import Directory, display_name
from tortie.model import ALL_INTERFACES, HostEndpoint, Policy

__all__ = ["NoEffect", "no_effects"]


class NoEffect(NamedTuple):
    """An untracked policy, and a host endpoint of all interfaces that it selects in vain.

    Source: enforcement.md 3.1.
    """

    policy: Policy
    endpoint: HostEndpoint

    def __str__(self) -> str:
        """Return it as a sentence's middle."""
        return (
            f"`doNotTrack` has no effect on the host endpoint {display_name(self.endpoint)}, which is of all interfaces"
        )


def no_effects(directory: Directory, policies: Iterable[Policy]) -> Iterator[NoEffect]:
    """Yield what has no effect of some policies, in the order of the host endpoints' keys."""
    untracked = [(each, policy_selector(each)) for each in policies if each.do_not_track]
    for key, endpoint in sorted(directory.host_endpoints.items()) if untracked else ():
        if endpoint.interface == ALL_INTERFACES:
            labels = directory.labels(directory.endpoint(key))
            yield from (NoEffect(policy, endpoint) for policy, selector in untracked if selector.matches(labels))
