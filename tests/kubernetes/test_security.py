"""Who is asked and who asks: TLS, certificates, tokens, programs; and that no secret is ever said."""

from __future__ import annotations

import base64
import json
import os
import ssl
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.etcd.certificates import Authority
from tests.kube_api import KubeApi, kube_api
from tortie.datastore import KubernetesDatastore, KubernetesSettings
from tortie.errors import Invalid, Unavailable
from tortie.model import Kind

SECRET = "hunter2-hunter2"  # noqa: S105 - of a test


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca")).make()


@pytest.fixture(scope="module")
def client(authority: Authority) -> tuple[Path, Path]:
    return authority.sign("somebody")


@pytest.fixture(scope="module")
def context(authority: Authority) -> ssl.SSLContext:
    certificate, key = authority.sign("server", "IP:127.0.0.1,DNS:kubernetes")
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.load_cert_chain(certificate, key)
    return found


@pytest.fixture
def secure(context: ssl.SSLContext) -> Iterator[tuple[KubeApi, str]]:
    with kube_api(context=context) as running:
        yield running


@pytest.fixture
def mutual(context: ssl.SSLContext, authority: Authority) -> Iterator[str]:
    context.load_verify_locations(authority.certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    with kube_api(context=context) as (_, url):
        yield url
    context.verify_mode = ssl.CERT_NONE


def works(settings: KubernetesSettings) -> bool:
    store = KubernetesDatastore(settings)
    try:
        watch = store.watch([Kind.TIER], store.list(Kind.TIER).revision)
        assert watch.poll(0) == ()
        watch.close()
    finally:
        store.close()
    return True


def refused(settings: KubernetesSettings) -> str:
    with pytest.raises((Unavailable, Invalid)) as caught:
        works(settings)
    assert SECRET not in str(caught.value)
    return str(caught.value)


def kubeconfig(directory: Path, url: str, user: dict[str, Any], **cluster: Any) -> str:
    path = directory / "kubeconfig"
    whole = {
        "current-context": "a",
        "clusters": [{"name": "a", "cluster": {"server": url, **cluster}}],
        "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}],
        "users": [{"name": "a", "user": user}],
    }
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "Config", **whole}))
    return str(path)


def program(directory: Path, text: str) -> str:
    path = directory / "login"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


# --- the server ---------------------------------------------------------------------------------------------------


def test_a_certificate_of_the_authority_is_trusted(secure: tuple[KubeApi, str], authority: Authority) -> None:
    assert works(KubernetesSettings(endpoint=secure[1], ca_file=str(authority.certificate)))


def test_a_stranger_s_certificate_is_not(secure: tuple[KubeApi, str], tmp_path: Path) -> None:
    assert "its certificate is not trusted" in refused(KubernetesSettings(endpoint=secure[1]))
    other = Authority(tmp_path, "other").make()
    assert "not trusted" in refused(KubernetesSettings(endpoint=secure[1], ca_file=str(other.certificate)))


def test_a_certificate_for_another_name_is_not(secure: tuple[KubeApi, str], authority: Authority) -> None:
    url = secure[1].replace("127.0.0.1", "localhost")
    assert "not trusted" in refused(KubernetesSettings(endpoint=url, ca_file=str(authority.certificate)))


def test_the_name_may_be_said(secure: tuple[KubeApi, str], authority: Authority, tmp_path: Path) -> None:
    data = base64.b64encode(authority.certificate.read_bytes()).decode()
    url = secure[1].replace("127.0.0.1", "localhost")
    more: dict[str, Any] = {"certificate-authority-data": data, "tls-server-name": "kubernetes"}
    assert works(KubernetesSettings(kubeconfig(tmp_path, url, {}, **more)))


def test_any_certificate_only_where_that_is_said(secure: tuple[KubeApi, str]) -> None:
    assert works(KubernetesSettings(endpoint=secure[1], insecure="true"))


def test_an_authority_that_is_none_is_named(secure: tuple[KubeApi, str], tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    assert "cannot be read" in refused(KubernetesSettings(endpoint=secure[1], ca_file=str(path)))
    path.write_text(SECRET)
    assert f"{path} is no certificate" in refused(KubernetesSettings(endpoint=secure[1], ca_file=str(path)))


# --- the client ---------------------------------------------------------------------------------------------------


def test_a_client_s_certificate(mutual: str, authority: Authority, client: tuple[Path, Path], tmp_path: Path) -> None:
    certificate, key = client
    ca = str(authority.certificate)
    assert works(KubernetesSettings(endpoint=mutual, ca_file=ca, cert_file=str(certificate), key_file=str(key)))
    inline = {
        "client-certificate-data": base64.b64encode(certificate.read_bytes()).decode(),
        "client-key-data": base64.b64encode(key.read_bytes()).decode(),
    }
    assert works(KubernetesSettings(kubeconfig(tmp_path, mutual, inline), ca_file=ca))
    assert "does not answer" in refused(KubernetesSettings(endpoint=mutual, ca_file=ca))


def test_a_key_of_another_certificate_is_told(
    secure: tuple[KubeApi, str], client: tuple[Path, Path], tmp_path: Path
) -> None:
    wrong = tmp_path / "key.pem"
    wrong.write_text(SECRET)
    said = refused(
        KubernetesSettings(endpoint=secure[1], insecure="true", cert_file=str(client[0]), key_file=str(wrong))
    )
    assert str(wrong) in said


def test_a_token(api: KubeApi, server: tuple[KubeApi, str]) -> None:
    api.faults.tokens = frozenset({"right"})
    assert works(KubernetesSettings(endpoint=server[1], token="right"))  # noqa: S106 - of a test
    assert "does not accept who we are (401)" in refused(KubernetesSettings(endpoint=server[1], token=SECRET))


def test_a_token_file_is_read_again_when_its_token_is_refused(
    api: KubeApi, server: tuple[KubeApi, str], tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("first\n")
    api.faults.tokens = frozenset({"first"})
    store = KubernetesDatastore(KubernetesSettings(kubeconfig(tmp_path, server[1], {"tokenFile": "token"})))
    watch = store.watch([Kind.TIER], store.list(Kind.TIER).revision)
    (tmp_path / "token").write_text("second\n")
    api.faults.tokens = frozenset({"second"})
    assert watch.poll(0) == ()
    assert store.list(Kind.TIER).records == ()
    (tmp_path / "token").unlink()
    api.faults.tokens = frozenset({"third"})
    with pytest.raises(Unavailable, match=r"token file .* cannot be read"):
        store.list(Kind.TIER)
    watch.close()
    store.close()


def test_a_name_and_a_password(server: tuple[KubeApi, str], api: KubeApi, tmp_path: Path) -> None:
    api.faults.tokens = frozenset({f"Basic {base64.b64encode(b'u:p').decode()}"})
    user = {"username": "u", "password": "p"}
    assert works(KubernetesSettings(kubeconfig(tmp_path, server[1], user)))
    user["password"] = SECRET
    assert "401" in refused(KubernetesSettings(kubeconfig(tmp_path, server[1], user)))


def credential(**status: Any) -> str:
    return json.dumps({"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1", "status": status})


def plugin(directory: Path, url: str, text: str, **more: Any) -> KubernetesSettings:
    command = {"command": program(directory, text), "apiVersion": "client.authentication.k8s.io/v1", **more}
    return KubernetesSettings(kubeconfig(directory, url, {"exec": command}))


def test_a_program_tells_who_we_are(api: KubeApi, server: tuple[KubeApi, str], tmp_path: Path) -> None:
    api.faults.tokens = frozenset({"from-program"})
    text = f"""[ "$1" = get ] && [ "$REGION" = here ] && [ -n "$KUBERNETES_EXEC_INFO" ] || exit 9
echo run >> {tmp_path}/runs
echo '{credential(token="from-program")}'"""  # noqa: S106 - a name, no secret
    env = [{"name": "REGION", "value": "here"}]
    assert works(plugin(tmp_path, server[1], text, args=["get"], env=env))
    assert (tmp_path / "runs").read_text() == "run\n"


def test_a_credential_that_has_ended_is_asked_for_again(
    api: KubeApi, server: tuple[KubeApi, str], tmp_path: Path
) -> None:
    api.faults.tokens = frozenset({"t"})
    printed = credential(token="t", expirationTimestamp="2020-01-01T00:00:00Z")  # noqa: S106 - of a test
    store = KubernetesDatastore(plugin(tmp_path, server[1], f"echo run >> {tmp_path}/runs\necho '{printed}'"))
    store.list(Kind.NAMESPACE)
    store.list(Kind.NAMESPACE)
    assert (tmp_path / "runs").read_text() == "run\nrun\n"
    store.close()


def test_a_program_may_give_a_certificate(
    mutual: str, authority: Authority, client: tuple[Path, Path], tmp_path: Path
) -> None:
    certificate, key = (path.read_text() for path in client)
    (tmp_path / "credential").write_text(credential(clientCertificateData=certificate, clientKeyData=key))
    settings = plugin(tmp_path, mutual, f"cat {tmp_path}/credential")
    assert works(KubernetesSettings(settings.kubeconfig, ca_file=str(authority.certificate)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"echo {SECRET}", "it printed no ExecCredential"),
        (f"echo {SECRET}; exit 3", "it ended with 3; install it"),
        ("echo '{\"status\": {}}'", "it printed no ExecCredential"),
    ],
)
def test_a_program_that_fails_is_named(server: tuple[KubeApi, str], tmp_path: Path, text: str, words: str) -> None:
    said = refused(plugin(tmp_path, server[1], text, installHint="install it"))
    assert words in said
    assert "login" in said


def test_a_program_that_is_not_there_is_named(server: tuple[KubeApi, str], tmp_path: Path) -> None:
    user = {"exec": {"command": "no-such-program", "apiVersion": "v1"}}
    assert "`no-such-program` of the kubeconfig does not run" in refused(
        KubernetesSettings(kubeconfig(tmp_path, server[1], user))
    )


def test_inline_keys_never_get_to_a_disk(
    tmp_path: Path, client: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    real = os.memfd_create

    def noted(name: str) -> int:
        opened.append(name)
        return real(name)

    monkeypatch.setattr(os, "memfd_create", noted)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "none"))
    inline = {
        "client-certificate-data": base64.b64encode(client[0].read_bytes()).decode(),
        "client-key-data": base64.b64encode(client[1].read_bytes()).decode(),
    }
    KubernetesDatastore(KubernetesSettings(kubeconfig(tmp_path, "https://127.0.0.1:9", inline))).close()
    assert opened == ["tortie", "tortie"]
