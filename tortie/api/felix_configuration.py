"""FelixConfiguration: settings in documents; rules 93 to 99 of the API."""

from __future__ import annotations

from typing import Any

from tortie.api.fields import Fields
from tortie.api.metadata import Named
from tortie.api.selectors import read_selector
from tortie.api.setting import Setting
from tortie.api.setting_form import NONE, from_text, to_text
from tortie.api.settings_table import BY_FIELD, BY_KEY
from tortie.api.settings_unused import UNUSED_CHECKS, UNUSED_FIELDS, UNUSED_KEYS, Form, unused_key
from tortie.model import FelixConfiguration, Key

__all__ = ["ANNOTATION", "GLOBAL_NAME", "NODE_PREFIX", "encode_felix_configuration", "read_felix_configuration"]

GLOBAL_NAME = "default"
NODE_PREFIX = "node."
ANNOTATION = "config.projectcalico.org/"
"""Before a setting's own name: an annotation that overrides the field, and that nobody checks."""
_NODE_SELECTOR = "nodeSelector"


def read_felix_configuration(key: Key, named: Named, spec: Fields) -> FelixConfiguration:
    """Return the settings that a spec and its annotations say, as text; problems noted."""
    selector = read_selector(spec, _NODE_SELECTOR)
    if selector and (key.name == GLOBAL_NAME or key.name.startswith(NODE_PREFIX)):
        what = f"`{key.name}` says by its name for which hosts it is: no `nodeSelector`"
        spec.report.add(spec.at(_NODE_SELECTOR), what, "give the resource another name")
    values = {}
    for field, setting in BY_FIELD.items():
        before = len(spec.report.problems)
        if text := to_text(spec, field, setting.form):
            values[setting.key] = text
            if len(spec.report.problems) == before:
                _check(spec, field, setting, text)
    for field, form in UNUSED_FIELDS.items():
        before = len(spec.report.problems)
        if text := to_text(spec, field, form):
            values[unused_key(field)] = text
            if len(spec.report.problems) == before:
                _check_unused(spec, field, text)
    for name, text in named.metadata.annotations.items():
        if name.startswith(ANNOTATION):
            values[_known(name.removeprefix(ANNOTATION))] = text
    return FelixConfiguration(key, named.metadata, selector, values)


def _known(name: str) -> str:
    """Return a setting's own name, whatever the case that it was written in; others as they are."""
    upper = name.upper()
    if upper in BY_KEY:
        return BY_KEY[upper].key
    return unused_key(UNUSED_KEYS[upper]) if upper in UNUSED_KEYS else name


def _check_unused(spec: Fields, field: str, text: str) -> None:
    try:
        if text.lower() != NONE:
            UNUSED_CHECKS.get(field, str)(text)
    except ValueError as error:
        spec.report.add(spec.at(field), f"`{text[:60]}`: {error}")


def _check(spec: Fields, field: str, setting: Setting[Any], text: str) -> None:
    if text.lower() == NONE and setting.zero is not None:
        return
    try:
        value = setting.parse(text)
    except ValueError as error:
        spec.report.add(spec.at(field), f"`{text[:60]}`: {error}")
        return
    if setting.exact and value != text:
        spec.report.add(spec.at(field), f"`{text[:60]}` is written `{value}`", f"write `{value}`")


def encode_felix_configuration(found: FelixConfiguration) -> dict[str, Any]:
    """Return the spec that says the settings; what only annotations can say is left to these."""
    told = {name.removeprefix(ANNOTATION).upper() for name in found.metadata.annotations if name.startswith(ANNOTATION)}
    spec: dict[str, Any] = {_NODE_SELECTOR: found.node_selector} if found.node_selector else {}
    for key, text in found.values.items():
        upper = key.upper()
        if upper in told:
            continue
        if setting := BY_KEY.get(upper):
            spec[setting.document_field] = from_text(text, setting.form)
        elif field := UNUSED_KEYS.get(upper):
            spec[field] = from_text(text, UNUSED_FIELDS.get(field, Form.TEXT))
    return spec
