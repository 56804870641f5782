"""From the settings of a command line to a client of the datastore. Source: calicoctl specification 12.4 and 14."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tortie.cli.flags import Parsed
from tortie.cli.settings import DEFAULT_CONFIG, read_settings
from tortie.datastore import (
    Client,
    Datastore,
    DatastoreType,
    EtcdSettings,
    KubernetesSettings,
    Location,
    locate,
    open_datastore,
)
from tortie.errors import Invalid, Problem

__all__ = ["connected", "datastore_type", "settings_of"]

ETCD, KUBERNETES, SQLITE = "etcdv3", "kubernetes", "sqlite"
_NAMES_ETCD = ("etcdEndpoints", "etcdDiscoverySrv")
_NAMES_KUBERNETES = ("kubeconfig", "kubeconfigInline", "k8sAPIEndpoint")


def settings_of(parsed: Parsed, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the settings that a command line, its file and the environment give; raises Invalid."""
    return read_settings(parsed.text("config") or DEFAULT_CONFIG, environ, context=parsed.text("context"))


def datastore_type(settings: Mapping[str, str]) -> str:
    """Return which datastore settings mean: the one they name, else the one they say anything about.

    Where they say nothing it is the embedded one.

    Raises:
        Invalid: it is unknown, or they contradict each other.
    """
    named = settings.get("datastoreType", "").strip().lower()
    if named not in ("", ETCD, KUBERNETES, SQLITE):
        raise Invalid.because(f"unknown datastore type: {named}", mend=f"one of: {SQLITE}, {ETCD}, {KUBERNETES}")
    if named:
        return named
    if "sqlitePath" in settings:
        return SQLITE
    if any(name in settings for name in _NAMES_ETCD):
        return ETCD
    return KUBERNETES if any(name in settings for name in _NAMES_KUBERNETES) else SQLITE


@contextmanager
def connected(
    parsed: Parsed,
    environ: Mapping[str, str],
    *,
    checked: bool = True,
    trouble: str = "",
    refusal: str = "Failed to create Calico API client: ",
) -> Iterator[Client]:
    """Lend a client of the datastore that a command line means.

    Args:
        parsed: the command line.
        environ: the environment.
        checked: whether a cluster of another version is refused, unless the command line allows that.
        trouble: what the message of such a refusal begins with.
        refusal: what the message begins with where settings name no datastore that can be used.

    Raises:
        Invalid: the configuration cannot be read, or names a datastore that is not there; the versions do not match.
    """
    settings = settings_of(parsed, environ)
    try:
        store = _opened(settings, environ)
    except Invalid as error:
        raise Invalid(*(Problem(f"{refusal}{each}", mend=each.mend) for each in error.problems)) from error
    try:
        client = Client(store)
        if checked and not parsed.on("allow-version-mismatch"):
            _check(client, trouble)
        yield client
    finally:
        store.close()


def _check(client: Client, trouble: str) -> None:
    from tortie.cli.mismatch import check_version  # noqa: PLC0415 - not every command asks

    try:
        check_version(client)
    except Invalid as error:
        raise Invalid.because(f"{trouble}{error.problems[0].what}") from error


def _opened(settings: Mapping[str, str], environ: Mapping[str, str]) -> Datastore:
    match datastore_type(settings):
        case "sqlite":
            path = {"TORTIE_SQLITE_PATH": settings.get("sqlitePath", "")}
            return open_datastore(locate({"DATASTORE_TYPE": SQLITE, **path}))
        case "etcdv3":
            return open_datastore(Location(DatastoreType.ETCD, etcd=EtcdSettings.from_config(settings, environ)))
        case _:
            kubernetes = KubernetesSettings.from_config(settings, environ)
            return open_datastore(Location(DatastoreType.KUBERNETES, kubernetes=kubernetes))
