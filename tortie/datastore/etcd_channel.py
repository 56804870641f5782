"""gRPC channels to the members of an etcd: TLS, time limits, and how soon silence is noticed."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # what goes wrong is told by us, and only once

import grpc

from tortie.datastore.etcd_settings import Endpoint, EtcdSettings
from tortie.errors import Invalid

__all__ = ["open_channel"]

_OPTIONS = (
    ("grpc.max_receive_message_length", -1),  # a listing's page may be of any size
    ("grpc.keepalive_time_ms", 10_000),  # a member that is frozen or cut off is noticed; etcd bears one in 5 seconds
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.http2.ping_timeout_ms", 5_000),  # also of gRPC's own pings: while one is out, no other is sent
    ("grpc.http2.max_pings_without_data", 0),  # also on a watch that is quiet for hours
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    ("grpc.use_local_subchannel_pool", 1),  # each store has connections of its own, and ends them
    ("grpc.enable_http_proxy", 0),
    ("grpc.enable_retries", 0),  # we know better which calls may be repeated
)


def open_channel(endpoint: Endpoint, settings: EtcdSettings) -> grpc.Channel:
    """Return a channel, which connects when first used.

    Raises:
        Invalid: a certificate or key cannot be read.
    """
    if not endpoint.secure:
        return grpc.insecure_channel(endpoint.target, options=_OPTIONS)
    return grpc.secure_channel(endpoint.target, _credentials(settings), options=_OPTIONS)


def _credentials(settings: EtcdSettings) -> grpc.ChannelCredentials:
    authority = _pem(settings.ca_cert, settings.ca_cert_file) or _pem("", _system_authorities())
    key, cert = _pem(settings.key, settings.key_file), _pem(settings.cert, settings.cert_file)
    return grpc.ssl_channel_credentials(authority, key, cert)


def _pem(text: str, path: str) -> bytes | None:
    if text:
        return text.encode()
    if not path:
        return None
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise Invalid.because(f"could not initialize etcdv3 client: open {path}: {error.strerror}") from error


def _system_authorities() -> str:
    """Return the file of the authorities that the system trusts, "" where there is none: gRPC then has its own."""
    return ssl.get_default_verify_paths().cafile or ""
