"""The one place where a location becomes a datastore."""

from __future__ import annotations

from tortie.datastore.location import DatastoreType, Location
from tortie.datastore.protocol import Datastore
from tortie.errors import Invalid

__all__ = ["open_datastore"]


def open_datastore(location: Location) -> Datastore:
    """Return the datastore at a location; nothing is asked of it yet. Only what that store needs is imported.

    Raises:
        Invalid: the settings are wrong, or Tortie was installed without what the store needs.
    """
    if location.type is DatastoreType.ETCD:
        try:
            from tortie.datastore.etcd import EtcdDatastore  # noqa: PLC0415 - gRPC is heavy, and optional
        except ModuleNotFoundError as error:
            what = f"etcd needs the Python package {error.name}, which is not installed"
            raise Invalid.because(what, mend="pip install 'tortie[etcd]'") from error
        return EtcdDatastore(location.etcd)
    if location.type is DatastoreType.KUBERNETES:
        from tortie.datastore.kubernetes import KubernetesDatastore  # noqa: PLC0415 - as above

        return KubernetesDatastore(location.kubernetes)
    from tortie.datastore.sqlite import SqliteDatastore  # noqa: PLC0415 - only where it is the one

    return SqliteDatastore(location.path)
