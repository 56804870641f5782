"""Rules that ask for something of HTTP requests: told when they are written, as nobody looks into requests yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tortie.errors import Problem

__all__ = ["request_problems"]


def request_problems(document: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a problem for each rule with `http` in the document of a policy or profile; `path` is that in it."""
    spec = document.get("spec") or {}
    for direction in ("ingress", "egress"):
        for number, rule in enumerate(spec.get(direction) or ()):
            if rule.get("http") is not None:
                what = "layer 7 is not enforced yet: a rule with `http` matches nothing"
                mend = "without `http` it allows all that its other fields match"
                yield Problem(what, path=f"spec.{direction}[{number}].http", mend=mend)
