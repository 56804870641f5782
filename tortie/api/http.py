"""HTTP matches of a rule; rules 54 to 56 of the API."""

from __future__ import annotations

from tortie.api.fields import Fields
from tortie.model import HTTPMatch, HTTPPath

__all__ = ["read_http"]

_MAX_ENTRIES = 20
_MAX_PATH = 1024


def read_http(rule: Fields, name: str) -> HTTPMatch | None:
    """Return what a rule asks of an HTTP request, None where it asks nothing; problems noted."""
    fields = rule.fields(name)
    if fields is None:
        return None
    for field in ("methods", "paths"):
        if (count := len(fields.items(field))) > _MAX_ENTRIES:
            what = f"`{field}` has {count} entries: at most {_MAX_ENTRIES}"
            fields.report.add(fields.at(field), what, is_clear=True)
    paths = tuple(_path(found) for found in fields.each("paths"))
    match = HTTPMatch(_methods(fields), paths)
    fields.close()
    return match


def _methods(fields: Fields) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for method, path in fields.texts("methods"):
        if method in found:
            fields.report.add(path, f"the method `{method[:40]}` stands twice in the list", "keep one of the two")
        found[method] = None
    return tuple(found)


def _path(fields: Fields) -> HTTPPath:
    exact, prefix = fields.text("exact"), fields.text("prefix")
    fields.close()
    if bool(exact) == bool(prefix):
        fields.report.add(fields.path, "an HTTP path has either `exact` or `prefix`", "write one of the two")
    for name, text in (("exact", exact), ("prefix", prefix)):
        if not text:
            continue
        if len(text) > _MAX_PATH:
            fields.report.add(fields.at(name), f"the path has {len(text)} characters: at most {_MAX_PATH}")
        if not text.startswith("/"):
            fields.report.add(
                fields.at(name), f"the path `{text[:60]}` does not start with `/`", f"write `/{text[:60]}`"
            )
        if bad := next((c for c in text if c in "?# "), ""):
            what = f"the path `{text[:60]}` has `{bad}` in it"
            fields.report.add(fields.at(name), what, "a path ends before the query", column=text.index(bad) + 1)
    return HTTPPath(exact, prefix)
