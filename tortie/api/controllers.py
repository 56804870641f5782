"""The controllers' configuration: which host endpoints come to be by themselves. The rest of it is others' business."""

from __future__ import annotations

import re
from typing import Any

from tortie.api.encode_rule import without_empty
from tortie.api.fields import Fields
from tortie.api.metadata import Named, check_labels
from tortie.api.names import is_dns_subdomain
from tortie.api.network import read_prefix
from tortie.api.selectors import read_selector
from tortie.model import HostEndpointTemplate, Key, KubeControllersConfiguration

__all__ = ["encode_controllers", "read_controllers"]

_ON, _OFF = "Enabled", "Disabled"
_SWITCH = {_ON: _ON, _OFF: _OFF}
_ONLY_NAME = "default"


def read_controllers(key: Key, named: Named, spec: Fields) -> KubeControllersConfiguration:
    """Return what a spec says of automatic host endpoints, problems noted."""
    if key.name != _ONLY_NAME:
        what = f"there is one KubeControllersConfiguration, and its name is `{_ONLY_NAME}`"
        spec.report.add("metadata.name", what, f"write `name: {_ONLY_NAME}`")
    spec.ignore_others()
    nothing = KubeControllersConfiguration(key, named.metadata)
    if (controllers := spec.fields("controllers")) is None:
        return nothing
    controllers.ignore_others()
    if (node := controllers.fields("node")) is None:
        return nothing
    node.ignore_others()
    if (asked := node.fields("hostEndpoint")) is None:
        return nothing
    asked.choice("autoCreate", _SWITCH)
    is_on = asked.take("autoCreate") not in (None, "", _OFF)  # a word that nobody knows had better not open a host
    has_default = asked.choice("createDefaultHostEndpoint", _SWITCH) != _OFF
    templates = tuple(each for each in map(_template, asked.each("templates")) if each is not None)
    asked.close()
    return KubeControllersConfiguration(key, named.metadata, is_on, has_default, templates)


def _template(fields: Fields) -> HostEndpointTemplate | None:
    """Return a template, None where something of it is wrong."""
    known = len(fields.report.problems)
    report = fields.report
    name, pattern, labels = fields.text("generateName"), fields.text("interfacePattern"), fields.strings("labels")
    if not is_dns_subdomain(name):
        what = (
            f"`{name[:60]}` cannot be part of a host endpoint's name" if name else "a template needs a `generateName`"
        )
        report.add(fields.at("generateName"), what, "write lower-case letters, digits, `-` and `.`")
    nets = tuple(
        net for net in (read_prefix(fields, path, text) for text, path in fields.texts("interfaceCIDRs")) if net
    )
    if not fields.has("interfaceCIDRs", "interfacePattern"):
        report.add(fields.path, "a template needs `interfaceCIDRs` or an `interfacePattern`")
    try:
        re.compile(pattern)
    except re.error as error:
        report.add(fields.at("interfacePattern"), f"`{pattern[:60]}` is not a regular expression: {error}")
    check_labels(report, fields.at("labels"), labels)
    selector = read_selector(fields, "nodeSelector", limited=True)
    fields.close()
    return None if len(report.problems) > known else HostEndpointTemplate(name, nets, pattern, selector, labels)


def encode_controllers(found: KubeControllersConfiguration) -> dict[str, Any]:
    """Return what is known of a configuration, as the spec of a document."""
    asked = {
        "autoCreate": _ON if found.auto_create else _OFF,
        "createDefaultHostEndpoint": _ON if found.default else _OFF,
        "templates": [_template_document(each) for each in found.templates],
    }
    return {"controllers": {"node": {"hostEndpoint": without_empty(asked)}}}


def _template_document(template: HostEndpointTemplate) -> dict[str, Any]:
    return without_empty(
        {
            "generateName": template.name,
            "interfaceCIDRs": [str(net) for net in template.nets],
            "interfacePattern": template.pattern,
            "nodeSelector": template.node_selector,
            "labels": dict(template.labels),
        }
    )
