"""What was found, in the format asked for. Source: calicoctl specification 9."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tortie.api import KindInfo
from tortie.errors import Invalid

__all__ = ["Result", "check_format", "printed"]

_PLAIN = ("ps", "wide", "yaml", "yml", "json")
_NEED = {
    "custom-columns": "at least one column",
    "go-template": "a template",
    "go-template-file": "a template file",
}


class Result(NamedTuple):
    """What one target came to: a single document, or the listing of a kind where `revision` is given."""

    info: KindInfo
    documents: Sequence[Mapping[str, Any]]
    revision: str = ""

    def data(self) -> Mapping[str, Any]:
        """Return the document, or the list as a document."""
        if not self.revision:
            return self.documents[0]
        return {
            "kind": f"{self.info.document_kind}List",
            "apiVersion": self.info.api_version,
            "metadata": {"resourceVersion": self.revision},
            "items": list(self.documents),
        }


def check_format(output: str) -> str:
    """Return the output format, if it is one.

    Raises:
        Invalid: it is unknown, lacks its argument, or is not supported yet.
    """
    if output in _PLAIN:
        return output
    name, _, argument = output.partition("=")
    if name not in _NEED:
        raise Invalid.because(f"unrecognized output format '{output}'", mend=f"one of: {', '.join(_PLAIN)}")
    if not argument:
        raise Invalid.because(f"need to specify {_NEED[name]}")
    raise Invalid.because(f"output format '{name}' is not supported", mend="use `-o json`, and a tool that reads JSON")


def printed(results: Sequence[Result], output: str, *, with_namespace: bool) -> str:
    """Return the text of results: a table for each, or one document, or an array of several."""
    if output in {"ps", "wide"}:
        from tortie.cli.columns import headings, resources_table  # noqa: PLC0415 - documents need none

        is_wide = output == "wide"
        return "".join(
            resources_table(
                result.info.kind,
                result.documents,
                headings(result.info.kind, wide=is_wide, with_namespace=with_namespace),
            )
            + "\n"
            for result in results
        )
    from tortie.cli.document_text import as_json, as_yaml  # noqa: PLC0415 - tables need none

    every = [result.data() for result in results]
    value = every[0] if len(every) == 1 else every or None
    return as_json(value) if output == "json" else as_yaml(value)
