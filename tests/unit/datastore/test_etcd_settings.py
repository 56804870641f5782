"""What a configuration says of etcd, and every way in which it cannot be."""

from __future__ import annotations

import pytest

from tortie.datastore.etcd_settings import Endpoint, EtcdSettings
from tortie.errors import Invalid

ENVIRONMENT = {
    "ETCD_ENDPOINTS": "https://a:2379",
    "ETCD_USERNAME": "u",
    "ETCD_PASSWORD": "p",
    "ETCD_KEY_FILE": "k.pem",
    "ETCD_CERT_FILE": "c.pem",
    "ETCD_CA_CERT_FILE": "ca.pem",
}
SETTINGS = EtcdSettings("https://a:2379", "", "u", "p", "k.pem", "c.pem", "ca.pem")


def test_the_environment() -> None:
    assert EtcdSettings.from_environment({**ENVIRONMENT, "ETCD_KEY": "ignored"}) == SETTINGS
    assert EtcdSettings.from_environment({"ETCD_DISCOVERY_SRV": "d"}).discovery_srv == "d"


def test_a_configuration_file() -> None:
    spec = {
        "etcdEndpoints": "https://a:2379",
        "etcdUsername": "u",
        "etcdPassword": "p",
        "etcdKeyFile": "k.pem",
        "etcdCertFile": "c.pem",
        "etcdCACertFile": "ca.pem",
        "datastoreType": "etcdv3",
    }
    assert EtcdSettings.from_config(spec) == SETTINGS
    inline = EtcdSettings.from_config({"etcdKey": "K", "etcdCert": "C", "etcdCACert": "A", "etcdDiscoverySrv": "d"})
    assert (inline.key, inline.cert, inline.ca_cert, inline.discovery_srv) == ("K", "C", "A", "d")


@pytest.mark.parametrize(
    ("url", "target", "secure"),
    [
        ("http://10.0.0.1:2379", "10.0.0.1:2379", False),
        ("https://etcd.example:2379/", "etcd.example:2379", True),
        (" http://[fd00::1]:2379 ", "[fd00::1]:2379", False),
        ("localhost:2379", "localhost:2379", False),
        ("unix:///run/etcd.sock", "unix:/run/etcd.sock", False),
    ],
)
def test_endpoints(url: str, target: str, *, secure: bool) -> None:
    assert Endpoint.parse(url) == Endpoint(target, secure)


@pytest.mark.parametrize(
    "url", ["http://", "http://a", "a", "ftp://a:1", "http://a:99999", "http://a:x", "http://a:1/v2"]
)
def test_what_is_no_endpoint(url: str) -> None:
    with pytest.raises(Invalid, match="is not an etcd endpoint; write each as http://HOST:PORT"):
        Endpoint.parse(url)


def test_versions_of_tls_come_from_the_environment_alone() -> None:
    environ = {"TLS_MIN_VERSION": "1.3", "ETCD_USERNAME": "ignored"}
    assert EtcdSettings.from_environment(environ).tls_min_version == "1.3"
    assert EtcdSettings.from_config({}, environ) == EtcdSettings(tls_min_version="1.3")


def test_several_endpoints() -> None:
    found = EtcdSettings(endpoints="http://a:1, https://b:2,").check()
    assert found == (Endpoint("a:1", secure=False), Endpoint("b:2", secure=True))


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        (EtcdSettings(), "no etcd endpoints specified"),
        (EtcdSettings(" , "), "no etcd endpoints specified"),
        (
            EtcdSettings("http://a:1", "example.com"),
            'multiple discovery or bootstrap options specified, use either "etcdEndpoints" or "etcdDiscoverySrv"',
        ),
        (EtcdSettings(discovery_srv="example.com"), "discovery of etcd by DNS is not supported"),
        (
            EtcdSettings("https://a:1", key="K", cert="C", ca_cert_file="f"),
            "Cannot mix inline certificate-key and certificate / key files",
        ),
        (EtcdSettings("https://a:1", ca_cert="A", key_file="f"), "Cannot mix inline certificate-key"),
        (EtcdSettings("https://a:1", cert="C"), "Certificate and Key must both be present inline."),
        (EtcdSettings("https://a:1", cert_file="C"), "a certificate and its key belong together"),
        (EtcdSettings("https://a:1", tls_min_version="1.3"), "cannot be held to fewer"),
        (EtcdSettings("https://a:1", tls_cipher_suites="X"), "cannot be held to fewer"),
    ],
)
def test_settings_that_cannot_be(settings: EtcdSettings, what: str) -> None:
    with pytest.raises(Invalid) as caught:
        settings.check()
    assert what in str(caught.value)


def test_secrets_are_not_printed() -> None:
    assert "geheim" not in repr(EtcdSettings("http://a:1", password="geheim", key="geheim", cert="geheim"))  # noqa: S106
