"""Where the datastore is, as the environment names it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from tortie.datastore.etcd_settings import EtcdSettings
from tortie.datastore.kubernetes_settings import KubernetesSettings
from tortie.errors import Invalid

__all__ = ["DEFAULT_SQLITE_PATH", "DatastoreType", "Location", "locate"]

DEFAULT_SQLITE_PATH = Path("/var/lib/tortie/tortie.db")


class DatastoreType(StrEnum):
    """The datastores one can name in DATASTORE_TYPE."""

    SQLITE = "sqlite"
    ETCD = "etcdv3"
    KUBERNETES = "kubernetes"


@dataclass(frozen=True, slots=True)
class Location:
    """Which datastore to open, and where: the file of the embedded store, or how the others are reached."""

    type: DatastoreType = DatastoreType.SQLITE
    path: Path = DEFAULT_SQLITE_PATH
    etcd: EtcdSettings = field(default_factory=EtcdSettings)
    kubernetes: KubernetesSettings = field(default_factory=KubernetesSettings)


def locate(environ: Mapping[str, str]) -> Location:
    """Return the datastore that the environment names.

    DATASTORE_TYPE is read without regard to case, TORTIE_SQLITE_PATH with a leading `~` expanded; empty means unset.
    Where no type is named it is the embedded store if there is a TORTIE_SQLITE_PATH, else etcd if there are
    ETCD_ENDPOINTS, else Kubernetes if there is a KUBECONFIG or K8S_API_ENDPOINT, else the embedded store.

    Raises:
        Invalid: DATASTORE_TYPE is none of `DatastoreType`, or what is said of the one that is meant cannot be.
    """
    named = environ.get("DATASTORE_TYPE", "").strip().lower()
    path = environ.get("TORTIE_SQLITE_PATH", "")
    etcd = EtcdSettings.from_environment(environ)
    if named not in ("", *DatastoreType):
        supported = ", ".join(f"`{kind}`" for kind in DatastoreType)
        raise Invalid.because(
            f"`{environ['DATASTORE_TYPE']}` is not a datastore type",
            path="DATASTORE_TYPE",
            mend=f"set it to one of {supported}, or unset it to use the embedded store",
        )
    kubernetes = KubernetesSettings.from_environment(environ)
    unnamed = DatastoreType.SQLITE
    if etcd.endpoints.strip() and not path:
        unnamed = DatastoreType.ETCD
    elif (kubernetes.kubeconfig or kubernetes.endpoint) and not path:
        unnamed = DatastoreType.KUBERNETES
    found = Location(
        DatastoreType(named) if named else unnamed,
        Path(path).expanduser() if path else DEFAULT_SQLITE_PATH,
        etcd,
        kubernetes,
    )
    if found.type is DatastoreType.ETCD:
        found.etcd.check()
    elif found.type is DatastoreType.KUBERNETES:
        found.kubernetes.check()
    return found
