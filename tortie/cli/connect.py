"""From the configuration of a command line to a client of the datastore. Source: calicoctl specification 14."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tortie.datastore import Client, SqliteDatastore, locate
from tortie.errors import Invalid

__all__ = ["DEFAULT_CONFIG", "connected"]

DEFAULT_CONFIG = "/etc/calico/calicoctl.cfg"
_PREFIX = "CALICO_"
_FIELDS = {"datastoreType": "DATASTORE_TYPE"}


@contextmanager
def connected(config: str, environ: Mapping[str, str]) -> Iterator[Client]:
    """Lend a client of the datastore that the configuration file, or else the environment, names.

    Raises:
        Invalid: the file cannot be read, or names a datastore that is not there.
    """
    text = _text(config)
    try:
        store = SqliteDatastore(locate(_settings(config, text, environ)).path)
    except Invalid as error:
        problem = error.problems[0]
        raise Invalid.because(f"Failed to create Calico API client: {problem}", mend=problem.mend) from error
    try:
        yield Client(store)
    finally:
        store.close()


def _text(config: str) -> str | None:
    """Return the text of the file; None where it is the default one and not there."""
    try:
        return Path(config).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        if config == DEFAULT_CONFIG and isinstance(error, FileNotFoundError):
            return None
        raise Invalid.because(f"Error reading config file: {config}") from error


def _settings(config: str, text: str | None, environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return what names the datastore: the file where there is one, and then nothing but the store's own path."""
    if text is None:
        prefixed = {key.removeprefix(_PREFIX): environ[key] for key in environ if key.startswith(_PREFIX)}
        return {**environ, **prefixed}
    return {**_from_file(config, text), "TORTIE_SQLITE_PATH": environ.get("TORTIE_SQLITE_PATH", "")}


def _from_file(config: str, text: str) -> dict[str, str]:
    from tortie.api import read_documents  # noqa: PLC0415 - few have such a file

    documents = read_documents(text, config)
    document = documents[0].data if documents else {}
    if (kind := document.get("kind")) != "CalicoAPIConfig":
        raise Invalid.because(f"invalid config file: expected kind 'CalicoAPIConfig', got '{kind or ''}'", path=config)
    if (version := document.get("apiVersion")) != "projectcalico.org/v3":
        raise Invalid.because(f"invalid config file: unknown APIVersion '{version or ''}'", path=config)
    spec = document.get("spec") or {}
    return {variable: str(spec[field]) for field, variable in _FIELDS.items() if spec.get(field)}
