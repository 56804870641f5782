"""Kubernetes' label selectors as selectors. Source: datastore specification 13.1."""

from __future__ import annotations

from tortie.api.fields import Fields
from tortie.api.metadata import check_labels
from tortie.api.names import is_label_value, is_qualified_name
from tortie.model import ORCHESTRATOR_LABEL

__all__ = ["PODS", "label_selector"]

PODS = f"{ORCHESTRATOR_LABEL} == 'k8s'"
"""What every selector of pods begins with."""
_SET_OPERATORS = {"In": "in", "NotIn": "not in"}
_OPERATORS = {word: word for word in (*_SET_OPERATORS, "Exists", "DoesNotExist")}


def label_selector(fields: Fields | None, first: str = "") -> str:
    """Return the selector that a LabelSelector means, after the term it begins with; "" where there is neither.

    An empty one means everything.
    """
    if fields is None:
        return first
    labels = fields.strings("matchLabels")
    check_labels(fields.report, fields.at("matchLabels"), labels)
    terms = [first] if first else []
    terms += [f"{key} == '{value}'" for key, value in sorted(labels.items())]
    terms += [_expression(found) for found in fields.each("matchExpressions")]
    fields.close()
    return " && ".join(terms) or "all()"


def _expression(fields: Fields) -> str:
    key = fields.text("key")
    if not is_qualified_name(key):
        fields.report.add(fields.at("key"), f"`{key[:60]}` is not a label key")
    operator = fields.choice("operator", _OPERATORS, needed=True) or "Exists"
    values = fields.texts("values")
    for value, path in values:
        if not is_label_value(value):
            fields.report.add(path, f"`{value[:60]}` is not a label value")
    if (operator in _SET_OPERATORS) != bool(values):
        wanted = "needs" if operator in _SET_OPERATORS else "takes no"
        fields.report.add(fields.at("values"), f"`{operator}` {wanted} values")
    fields.close()
    if operator in _SET_OPERATORS:
        listed = ", ".join(f"'{value}'" for value, _ in values)
        return f"{key} {_SET_OPERATORS[operator]} {{ {listed} }}"
    return f"has({key})" if operator == "Exists" else f"! has({key})"
