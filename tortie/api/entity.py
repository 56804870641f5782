"""What a rule asks of one side of a packet: `source` or `destination`; rules 58 to 72 of the API."""

from __future__ import annotations

from dataclasses import dataclass

from tortie.api.fields import Fields
from tortie.api.names import is_dns_subdomain
from tortie.api.numbers import read_ports
from tortie.api.selectors import read_namespace_selector, read_selector
from tortie.model import EntityMatch, Prefix, ServiceAccountMatch, ServiceMatch, parse_prefix

__all__ = ["Side", "read_entity", "read_net"]

_MAX_NETS = 256
_SERVICE_EXCLUDES = ("namespaceSelector", "selector", "notSelector", "serviceAccounts", "nets", "notNets")


@dataclass(frozen=True, slots=True)
class Side:
    """A side of a rule, with the fields it was read from."""

    fields: Fields
    match: EntityMatch
    nets: tuple[tuple[Prefix, str], ...] = ()  # of nets and notNets, each with its path


def read_entity(rule: Fields, name: str, *, limited: bool) -> Side:
    """Return one side of a rule, problems noted; `limited` says that lists and texts have their greatest lengths."""
    fields = rule.fields(name)
    if fields is None:
        return Side(Fields(rule.report, {}, rule.at(name)), EntityMatch())
    nets, not_nets = _nets(fields, "nets", limited=limited), _nets(fields, "notNets", limited=limited)
    for net, path in not_nets:
        if net.length == 0:
            what = f"`{net}` in `notNets` covers every address: the rule can never match"
            fields.report.add(path, what, "remove it", is_clear=True)
    match = EntityMatch(
        nets=tuple(net for net, _ in nets),
        not_nets=tuple(net for net, _ in not_nets),
        selector=read_selector(fields, "selector", limited=limited),
        not_selector=read_selector(fields, "notSelector", limited=limited, may_be_global=True),
        namespace_selector=read_namespace_selector(fields, "namespaceSelector", limited=limited),
        service_accounts=_service_accounts(fields),
        services=_services(fields),
        ports=read_ports(fields, "ports", limited=limited),
        not_ports=read_ports(fields, "notPorts", limited=limited),
    )
    fields.close()
    return Side(fields, match, (*nets, *not_nets))


def read_net(fields: Fields, path: str, text: str) -> Prefix | None:
    """Return a rule's net, which has to be a CIDR without host bits; None where it is no net at all.

    Source: rules 58, 59.
    """
    report = fields.report
    try:
        net = parse_prefix(text)
    except ValueError:
        what = f"`{text[:60]}` is not a CIDR" if text else "an empty text is not a CIDR"
        report.add(path, what, "write `10.0.0.0/8` or `2001:db8::/32`")
        return None
    if "/" not in text:
        report.add(path, f"`{text}` has no prefix length", f"write `{net}`", is_clear=True)
        return net
    try:
        return parse_prefix(text, strict=True)
    except ValueError:
        report.add(path, f"`{text}` has host bits set", f"write `{net}`", is_clear=True)
        return net


def _nets(fields: Fields, name: str, *, limited: bool) -> list[tuple[Prefix, str]]:
    texts = fields.texts(name)
    if limited and len(texts) > _MAX_NETS:
        what = f"`{name}` has {len(texts)} entries: at most {_MAX_NETS}"
        fields.report.add(fields.at(name), what, "put them in a NetworkSet and select that", is_clear=True)
    _refuse_twice(fields, texts)
    read = ((read_net(fields, path, text), path) for text, path in texts)
    return [(net, path) for net, path in read if net is not None]


def _refuse_twice(fields: Fields, texts: list[tuple[str, str]]) -> None:
    seen: set[str] = set()
    for text, path in texts:
        if text in seen:
            fields.report.add(path, f"`{text[:60]}` stands twice in the list", "keep one of the two", is_clear=True)
        seen.add(text)


def _service_accounts(fields: Fields) -> ServiceAccountMatch | None:
    found = fields.fields("serviceAccounts")
    if found is None:
        return None
    names = found.texts("names")
    _refuse_twice(found, names)
    for name, path in names:
        if "'" in name:
            found.report.add(path, f"a service account cannot be called `{name[:60]}`", "remove the `'`")
    match = ServiceAccountMatch(
        tuple(name for name, _ in names), read_selector(found, "selector", limited=False, may_be_global=True)
    )
    found.close()
    return match


def _services(fields: Fields) -> ServiceMatch | None:
    found = fields.fields("services")
    if found is None:
        return None
    name, namespace = found.text("name"), found.text("namespace")
    if not name:
        found.report.add(found.at("name"), "`services` needs the name of a service", "add `name`")
    for field, text in (("name", name), ("namespace", namespace)):
        if text and not is_dns_subdomain(text):
            found.report.add(found.at(field), f"`{text[:60]}` is not a {field} that a service can have")
    others = [other for other in _SERVICE_EXCLUDES if fields.take(other) not in (None, "", [], {})]
    for other in others:
        what = f"`services` and `{other}` cannot stand together"
        fields.report.add(fields.at(other), what, "remove one, or make two rules")
    found.close()
    return ServiceMatch(name, namespace)
