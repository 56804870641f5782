"""How an etcd is reached and who asks: the plain settings, and what they mean. Pure.

Source: calicoctl specification 12.4, 14; datastore specification 6.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Self
from urllib.parse import urlsplit

from tortie.errors import Invalid

__all__ = ["Endpoint", "EtcdSettings"]

_LATEST_TLS = "1.3"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One member's address as gRPC takes it, and whether TLS is spoken there."""

    target: str
    secure: bool

    @classmethod
    def parse(cls, url: str) -> Self:
        """Return the endpoint that `http://host:port`, `https://…`, `unix:///path` or `host:port` names.

        Raises:
            Invalid: it is none of these.
        """
        scheme, separator, rest = url.strip().partition("://")
        if separator and scheme in {"unix", "unixs"}:
            return cls(f"unix:{rest}", scheme == "unixs")
        parts = urlsplit(url.strip() if separator else f"http://{url.strip()}")
        try:
            port, host = parts.port, parts.hostname
        except ValueError:
            port, host = None, None
        if parts.scheme not in {"http", "https"} or not (port and host) or parts.path not in {"", "/"}:
            mend = "write each as http://HOST:PORT or https://HOST:PORT, parted by commas"
            raise Invalid.because(f"`{url.strip()}` is not an etcd endpoint", path="etcdEndpoints", mend=mend)
        return cls(f"[{host}]:{port}" if ":" in host else f"{host}:{port}", parts.scheme == "https")


@dataclass(frozen=True, slots=True)
class EtcdSettings:
    """What a configuration says of etcd, each "" where it says nothing.

    `endpoints` is a list of URLs parted by commas. Files are PEM, as are the texts `key`, `cert` and `ca_cert`.
    """

    endpoints: str = ""
    discovery_srv: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    key_file: str = ""
    cert_file: str = ""
    ca_cert_file: str = ""
    key: str = field(default="", repr=False)
    cert: str = field(default="", repr=False)
    ca_cert: str = field(default="", repr=False)
    tls_min_version: str = ""
    tls_cipher_suites: str = ""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Return what ETCD_ENDPOINTS, ETCD_CERT_FILE and so on say; PEM texts have no variable."""
        return cls(**{name: environ.get(variable, "") for name, variable in {**_VARIABLES, **_ALWAYS}.items()})

    @classmethod
    def from_config(cls, spec: Mapping[str, object], environ: Mapping[str, str] = MappingProxyType({})) -> Self:
        """Return what the spec of a configuration file says: etcdEndpoints, etcdCertFile, etcdCert and so on.

        Of the environment only TLS_MIN_VERSION and TLS_CIPHER_SUITES count, which no file can set.
        """
        return cls(
            **{name: str(spec.get(word) or "") for name, word in CONFIG_FIELDS.items()},
            **{name: environ.get(variable, "") for name, variable in _ALWAYS.items()},
        )

    def check(self) -> tuple[Endpoint, ...]:
        """Return the endpoints.

        Raises:
            Invalid: there are none, or the settings contradict each other or ask for what we cannot keep.
        """
        urls = [url for url in self.endpoints.split(",") if url.strip()]
        if self.discovery_srv and urls:
            raise Invalid.because(
                'multiple discovery or bootstrap options specified, use either "etcdEndpoints" or "etcdDiscoverySrv"'
            )
        if self.discovery_srv:
            mend = "name the members in etcdEndpoints (ETCD_ENDPOINTS)"
            raise Invalid.because("discovery of etcd by DNS is not supported", path="etcdDiscoverySrv", mend=mend)
        if not urls:
            raise Invalid.because(
                "no etcd endpoints specified", mend="set ETCD_ENDPOINTS, or etcdEndpoints in the file"
            )
        self._check_tls()
        return tuple(Endpoint.parse(url) for url in urls)

    def _check_tls(self) -> None:
        if (self.key or self.cert or self.ca_cert) and (self.key_file or self.cert_file or self.ca_cert_file):
            raise Invalid.because("Cannot mix inline certificate-key and certificate / key files")
        if bool(self.key) != bool(self.cert):
            raise Invalid.because("Certificate and Key must both be present inline.")
        if bool(self.key_file) != bool(self.cert_file):
            raise Invalid.because("a certificate and its key belong together", path="etcdCertFile, etcdKeyFile")
        if self.tls_min_version not in {"", "1.2"} or self.tls_cipher_suites:
            what = f"this client speaks TLS 1.2 to {_LATEST_TLS} with the ciphers it has, and cannot be held to fewer"
            mend = "restrict versions and ciphers on the etcd members, and unset the variable"
            raise Invalid.because(what, path="TLS_MIN_VERSION, TLS_CIPHER_SUITES", mend=mend)


def _camel(name: str) -> str:
    """Return the name that a configuration file has for a setting."""
    if name == "discovery_srv":
        return "etcdDiscoverySrv"
    return "etcd" + "".join(part.upper() if part == "ca" else part.title() for part in name.split("_"))


CONFIG_FIELDS = {each.name: _camel(each.name) for each in fields(EtcdSettings) if not each.name.startswith("tls_")}
"""Setting → its name in a configuration file."""

_VARIABLES = {name: f"ETCD_{name.upper()}" for name in CONFIG_FIELDS if name not in {"key", "cert", "ca_cert"}}
_ALWAYS = {"tls_min_version": "TLS_MIN_VERSION", "tls_cipher_suites": "TLS_CIPHER_SUITES"}
