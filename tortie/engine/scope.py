"""Whom a selector of a policy speaks of: namespaces and service accounts folded into one selector over labels.

Source: api.md 2.5, 6.4.
"""

from __future__ import annotations

from functools import reduce

from tortie.model import (
    NAMESPACE_LABEL,
    NAMESPACE_PREFIX,
    SERVICE_ACCOUNT_LABEL,
    SERVICE_ACCOUNT_PREFIX,
    EntityMatch,
    Policy,
    ServiceAccountMatch,
)
from tortie.selector import (
    Selector,
    conjunction,
    equals,
    has,
    is_in,
    negation,
    parse,
    replace_all,
    replace_global,
    with_prefix,
)

__all__ = ["entity_selector", "policy_selector"]


def policy_selector(policy: Policy) -> Selector:
    """Return the selector of the endpoints that a policy governs."""
    terms = []
    if policy.selector:
        terms.append(parse(policy.selector))
    if policy.key.namespace:
        terms.append(equals(NAMESPACE_LABEL, policy.key.namespace))
    if policy.namespace_selector:
        terms.append(with_prefix(parse(policy.namespace_selector), NAMESPACE_PREFIX))
        terms = [replace_all(term, has(NAMESPACE_LABEL)) for term in terms]
    if policy.service_account_selector:
        terms.append(with_prefix(parse(policy.service_account_selector), SERVICE_ACCOUNT_PREFIX))
        if not policy.key.namespace:
            terms = [replace_all(term, has(SERVICE_ACCOUNT_LABEL)) for term in terms]
    return _all_of(terms) or parse("")


def entity_selector(entity: EntityMatch, namespace: str) -> Selector | None:
    """Return the selector of the objects a rule's side speaks of, or None where any address will do.

    `notSelector` is not part of it, but it does bind the side to the policy's namespace.

    Args:
        entity: the side as written.
        namespace: the policy's namespace, "" for global policies and profiles.
    """
    terms = []
    if (accounts := _service_accounts(entity.service_accounts)) is not None:
        terms.append(accounts)
    if entity.selector:
        terms.append(parse(entity.selector))
    spaces = None
    if entity.namespace_selector:
        spaces = with_prefix(parse(entity.namespace_selector), NAMESPACE_PREFIX)
        spaces = replace_all(spaces, has(NAMESPACE_LABEL))
        spaces = replace_global(spaces, negation(has(NAMESPACE_LABEL)))
    elif namespace and (terms or entity.not_selector):
        spaces = equals(NAMESPACE_LABEL, namespace)
    return _all_of([term for term in (spaces, _all_of(terms)) if term is not None])


def _service_accounts(match: ServiceAccountMatch | None) -> Selector | None:
    """Return the selector of the service accounts, None where nothing is asked of them."""
    if match is None:
        return None
    terms = []
    if match.selector:
        terms.append(with_prefix(parse(match.selector), SERVICE_ACCOUNT_PREFIX))
    if match.names:
        terms.append(is_in(SERVICE_ACCOUNT_LABEL, match.names))
    return _all_of(terms)


def _all_of(terms: list[Selector]) -> Selector | None:
    """Return the conjunction of the terms, from the left, the term itself where there is one, else None."""
    return reduce(conjunction, terms) if terms else None
