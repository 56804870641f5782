"""Who may: TLS, mutual TLS, users, and logins that run out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.etcd.certificates import Authority
from tests.etcds import Etcd, b64, free_ports, gateway, one_etcd, wait_for
from tortie.datastore import EtcdSettings
from tortie.datastore.etcd import EtcdDatastore
from tortie.errors import Invalid, Unavailable
from tortie.model import Key, Kind

TIER = Key(Kind.TIER, "", "a")
SOON = 20.0


def works(settings: EtcdSettings) -> None:
    store = EtcdDatastore(settings)
    watch = store.watch([Kind.TIER], store.list(Kind.TIER).revision)
    made = store.create(TIER, b"1")
    assert [change.record for change in watch.poll(SOON)] == [made]
    store.delete(TIER)
    store.close()


def refused(settings: EtcdSettings) -> str:
    store = EtcdDatastore(settings)
    with pytest.raises(Unavailable) as caught:
        store.list(Kind.TIER)
    store.close()
    return str(caught.value)


# --- TLS ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Secure:
    """An etcd that speaks TLS and wants clients' certificates, and the settings that it takes."""

    settings: EtcdSettings
    directory: Path


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    directory = tmp_path_factory.mktemp("tls")
    authority = Authority(directory).make()
    server, server_key = authority.sign("server", "IP:127.0.0.1,DNS:localhost")
    client, client_key = authority.sign("client")
    client_port, peer_port = free_ports(2)
    options = (
        f"--cert-file={server}",
        f"--key-file={server_key}",
        f"--trusted-ca-file={authority.certificate}",
        "--client-cert-auth",
    )
    etcd = Etcd("tls", directory, client_port, peer_port, options=options, scheme="https")
    settings = EtcdSettings(
        endpoints=etcd.url, ca_cert_file=str(authority.certificate), cert_file=str(client), key_file=str(client_key)
    )
    with one_etcd(directory):  # skips where there is no etcd
        pass
    etcd.start()
    try:
        wait_for(settings)
        yield Secure(settings, directory)
    finally:
        etcd.kill()


def test_mutual_tls_with_files(secure: Secure) -> None:
    works(secure.settings)


def test_mutual_tls_with_texts(secure: Secure) -> None:
    given = secure.settings
    texts = {
        "ca_cert": Path(given.ca_cert_file).read_text(),
        "cert": Path(given.cert_file).read_text(),
        "key": Path(given.key_file).read_text(),
    }
    works(EtcdSettings(endpoints=given.endpoints, **texts))


def test_the_host_s_name_is_checked(secure: Secure) -> None:
    works(replace(secure.settings, endpoints=secure.settings.endpoints.replace("127.0.0.1", "localhost")))


def test_a_client_without_a_certificate_is_refused(secure: Secure) -> None:
    assert "does not answer" in refused(replace(secure.settings, cert_file="", key_file=""))


def test_a_client_of_another_authority_is_refused(secure: Secure, tmp_path: Path) -> None:
    certificate, key = Authority(tmp_path, "other").make().sign("client")
    refused(replace(secure.settings, cert_file=str(certificate), key_file=str(key)))


def test_an_etcd_that_nobody_vouches_for_is_not_spoken_to(secure: Secure, tmp_path: Path) -> None:
    other = Authority(tmp_path, "other").make()
    assert "does not answer" in refused(replace(secure.settings, ca_cert_file=str(other.certificate)))
    assert "does not answer" in refused(replace(secure.settings, ca_cert_file=""))  # the system's own do not either


def test_an_etcd_under_another_name_is_not_spoken_to(tmp_path: Path) -> None:
    authority = Authority(tmp_path).make()
    certificate, key = authority.sign("server", "DNS:elsewhere.example")
    client_port, peer_port = free_ports(2)
    options = (f"--cert-file={certificate}", f"--key-file={key}")
    etcd = Etcd("tls", tmp_path, client_port, peer_port, options=options, scheme="https")
    etcd.start()
    try:
        settings = EtcdSettings(endpoints=etcd.url, ca_cert_file=str(authority.certificate))
        assert "does not answer" in refused(settings)
    finally:
        etcd.kill()


def test_a_certificate_that_is_not_there_is_told(secure: Secure) -> None:
    with pytest.raises(Invalid, match="No such file or directory"):
        EtcdDatastore(replace(secure.settings, cert_file="/absent", key_file="/absent"))


# --- users --------------------------------------------------------------------------------------------------------

TOKEN_SECONDS = 1


@dataclass(frozen=True)
class Guarded:
    """An etcd with users; `reader` may only read."""

    etcd: Etcd
    writer: EtcdSettings
    reader: EtcdSettings
    root: str

    def ask(self, method: str, **body: object) -> object:
        return gateway(self.etcd, method, self.root, **body)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    with one_etcd(tmp_path_factory.mktemp("users"), (f"--auth-token-ttl={TOKEN_SECONDS}",)) as etcd:
        space = {"key": b64("/calico/"), "range_end": b64("/calico0")}
        gateway(etcd, "auth/user/add", name="root", password="secret")  # noqa: S106 - of a test
        gateway(etcd, "auth/user/grant", user="root", role="root")
        for name, kind in (("writer", 2), ("reader", 0)):
            gateway(etcd, "auth/user/add", name=name, password="secret")  # noqa: S106 - as above
            gateway(etcd, "auth/role/add", name=name)
            gateway(etcd, "auth/role/grant", name=name, perm={"permType": kind, **space})
            gateway(etcd, "auth/user/grant", user=name, role=name)
        gateway(etcd, "auth/enable")
        root = gateway(etcd, "auth/authenticate", name="root", password="secret")["token"]  # noqa: S106 - as above
        writer = EtcdSettings(etcd.url, username="writer", password="secret")  # noqa: S106 - as above
        yield Guarded(etcd, writer, replace(writer, username="reader"), root)


def test_a_user_with_the_prefix_may_do_everything(guarded: Guarded) -> None:
    works(guarded.writer)


def test_a_login_that_ran_out_is_renewed(guarded: Guarded) -> None:
    store = EtcdDatastore(guarded.writer)
    watch = store.watch([Kind.TIER], store.list(Kind.TIER).revision)
    assert watch.poll(0) == ()
    first = store._calls._token
    assert watch.poll(TOKEN_SECONDS + 2.5) == ()  # a quiet watch does not keep the login alive
    made = store.create(TIER, b"1")
    assert store._calls._token != first
    assert [change.record for change in watch.poll(SOON)] == [made]
    store.delete(TIER)
    store.close()


def test_a_watch_that_opens_with_a_dead_login_logs_in_again(guarded: Guarded) -> None:
    store = EtcdDatastore(guarded.writer)
    watch = store.watch([Kind.TIER], store.list(Kind.TIER).revision)
    store._calls._token = "nobody.1"  # noqa: S105 - it is none
    assert watch.poll(0) == ()
    made = store.create(TIER, b"1")
    assert [change.record for change in watch.poll(SOON)] == [made]
    store.delete(TIER)
    store.close()


def test_changed_rights_of_somebody_else_do_not_end_a_login(guarded: Guarded) -> None:
    store = EtcdDatastore(guarded.writer)
    store.create(TIER, b"1")
    gateway_root = gateway(guarded.etcd, "auth/authenticate", name="root", password="secret")["token"]  # noqa: S106
    gateway(guarded.etcd, "auth/role/add", gateway_root, name="another")
    store.delete(TIER)
    store.close()


def test_a_wrong_password_is_told(guarded: Guarded) -> None:
    said = refused(replace(guarded.writer, password="wrong"))  # noqa: S106 - of a test
    assert said.startswith("connection is unauthorized: etcd does not accept user `writer`: ")


@pytest.mark.parametrize("settings", [{"username": ""}, {"password": ""}])
def test_nobody_is_refused(guarded: Guarded, settings: dict[str, str]) -> None:
    assert "etcd refuses: etcdserver: user name is empty" in refused(replace(guarded.writer, **settings))


def test_a_reader_reads_and_watches_and_may_not_write(guarded: Guarded) -> None:
    writer, reader = EtcdDatastore(guarded.writer), EtcdDatastore(guarded.reader)
    watch = reader.watch([Kind.TIER], reader.list(Kind.TIER).revision)
    made = writer.create(TIER, b"1")
    assert [change.record for change in watch.poll(SOON)] == [made]
    with pytest.raises(Unavailable, match="connection is unauthorized: etcd refuses: etcdserver: permission denied"):
        reader.delete(TIER)
    writer.delete(TIER)
    for store in (writer, reader):
        store.close()


def test_a_user_where_there_are_none_is_no_mistake(tmp_path: Path) -> None:
    with one_etcd(tmp_path) as etcd:
        works(EtcdSettings(etcd.url, username="writer", password="secret"))  # noqa: S106 - of a test
