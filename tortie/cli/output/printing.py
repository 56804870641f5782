"""What was found, in the format asked for. Source: calicoctl specification 9."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tortie.api import KindInfo
from tortie.errors import Invalid

__all__ = ["AsNumber", "Format", "Result", "check_format", "printed"]

AsNumber = Callable[[], str]
"""Returns the AS number that nodes without one of their own have."""

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


class Format(NamedTuple):
    """How to show what is found: the name of the format, and what stands behind its `=`."""

    name: str
    argument: str = ""

    @property
    def is_table(self) -> bool:
        """Tell whether it is a table of the usual columns."""
        return self.name in {"ps", "wide"}


def check_format(output: str) -> Format:
    """Return the output format, if it is one.

    Raises:
        Invalid: it is unknown, or lacks its argument.
    """
    if output in _PLAIN:
        return Format(output)
    name, _, argument = output.partition("=")
    if name not in _NEED:
        near = ", ".join((*_PLAIN, *(f"{name}=..." for name in _NEED)))
        raise Invalid.because(f"unrecognized output format '{output}'", mend=f"one of: {near}")
    if not argument:
        raise Invalid.because(f"need to specify {_NEED[name]}")
    return Format(name, argument)


def printed(results: Sequence[Result], output: Format, *, with_namespace: bool, default_as_number: AsNumber) -> str:
    """Return the text of results: a table for each, one document, an array of several, or what a template makes.

    Args:
        results: what was found.
        output: the format.
        with_namespace: whether tables tell the namespace.
        default_as_number: asked where nodes or a template's `config "asnumber"` need it.
    """
    if output.name in {"ps", "wide", "custom-columns"}:
        return _tables(results, output, default_as_number, with_namespace=with_namespace)
    if output.name.startswith("go-template"):
        return _from_template(results, output, default_as_number)
    from tortie.cli.output.document_text import as_json, as_yaml  # noqa: PLC0415 - tables need none

    every = [result.data() for result in results]
    value = every[0] if len(every) == 1 else every or None
    return as_json(value) if output.name == "json" else as_yaml(value)


def _tables(results: Sequence[Result], output: Format, default_as_number: AsNumber, *, with_namespace: bool) -> str:
    from tortie.cli.output.columns import chosen, headings, resources_table  # noqa: PLC0415 - documents need none

    text = ""
    for result in results:
        kind = result.info.kind
        if output.name == "custom-columns":
            shown = chosen(kind, output.argument)
        else:
            shown = headings(kind, wide=output.name == "wide", with_namespace=with_namespace)
        text += resources_table(kind, result.documents, shown, default_as_number) + "\n"
    return text


def _from_template(results: Sequence[Result], output: Format, default_as_number: AsNumber) -> str:
    from tortie.cli.output import gotemplate  # noqa: PLC0415 - few need it

    def config(name: object) -> str:
        if name != "asnumber":
            raise Invalid.because(f"error calling config: `{name}` is not known; asnumber is")
        return default_as_number()

    text = output.argument
    if output.name == "go-template-file":
        text = _template_text(output.argument)
    functions = {**gotemplate.FUNCTIONS, "config": config}
    template = gotemplate.parse_template(text, functions)
    return gotemplate.render(template, [gotemplate.resource_value(result.data()) for result in results], functions)


def _template_text(path: str) -> str:
    from tortie.cli.output.streams import read_text  # noqa: PLC0415 - few need it

    try:
        return read_text(Path(path))
    except OSError as error:
        raise Invalid.because(f"open {path}: {(error.strerror or str(error)).lower()}") from error
