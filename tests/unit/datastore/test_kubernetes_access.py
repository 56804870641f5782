"""Which server is meant, and as whom it is asked."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tortie.datastore.kubernetes_access import Access, Pem, Plugin, access_of
from tortie.datastore.kubernetes_settings import KubernetesSettings
from tortie.errors import Invalid

INLINE = base64.b64encode(b"PEM").decode()


def config(
    cluster: dict[str, Any] | None = None, user: dict[str, Any] | None = None, name: str = "here", **more: object
) -> str:
    """A kubeconfig with one context; JSON is YAML too."""
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": more.pop("current", name),
            "clusters": [{"name": f"c-{name}", "cluster": {"server": f"https://{name}:6443", **(cluster or {})}}],
            "contexts": [{"name": name, "context": {"cluster": f"c-{name}", "user": f"u-{name}"}}],
            "users": [{"name": f"u-{name}", "user": user or {}}],
            **more,
        }
    )


def write(path: Path, text: str) -> str:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize(
    ("cluster", "user", "expected"),
    [
        ({}, {"token": "t"}, Access("https://here:6443", token="t")),  # noqa: S106 - a name, no secret
        ({"server": "https://here:6443/k8s/"}, {}, Access("https://here:6443/k8s")),
        ({}, {"tokenFile": "token"}, Access("https://here:6443", token_file="DIR/token")),  # noqa: S106 - a name, no secret
        ({}, {"tokenFile": "/abs/token"}, Access("https://here:6443", token_file="/abs/token")),  # noqa: S106 - a name, no secret
        ({"certificate-authority": "ca.pem"}, {}, Access("https://here:6443", Pem(file="DIR/ca.pem"))),
        ({"certificate-authority": "ca.pem", "certificate-authority-data": INLINE}, {},
         Access("https://here:6443", Pem(b"PEM"))),
        ({"insecure-skip-tls-verify": True, "certificate-authority": "x"}, {},
         Access("https://here:6443", insecure=True)),
        ({"tls-server-name": "kube"}, {}, Access("https://here:6443", server_name="kube")),
        ({}, {"client-certificate": "c", "client-key-data": INLINE},
         Access("https://here:6443", certificate=Pem(file="DIR/c"), key=Pem(b"PEM"))),
        ({}, {"username": "u", "password": "p"}, Access("https://here:6443", username="u", password="p")),  # noqa: S106 - a name, no secret
        ({}, {"exec": {"command": "login", "args": ["a"], "env": [{"name": "N", "value": "v"}],
                       "apiVersion": "client.authentication.k8s.io/v1beta1", "installHint": "get it"}},
         Access("https://here:6443", plugin=Plugin("login", ("a",), (("N", "v"),),
                                                   "client.authentication.k8s.io/v1beta1", "get it"))),
        ({}, {"exec": {"command": "./login", "apiVersion": "v"}},
         Access("https://here:6443", plugin=Plugin("DIR/login", api_version="v"))),
    ],
)  # fmt: skip
def test_a_kubeconfig(tmp_path: Path, cluster: dict[str, Any], user: dict[str, Any], expected: Access) -> None:
    found = access_of(KubernetesSettings(kubeconfig=write(tmp_path / "k", config(cluster, user))))
    assert repr(found) == repr(expected).replace("DIR", str(tmp_path))
    assert (found.token, found.password, found.authority.data, found.key.data) == (
        expected.token,
        expected.password,
        expected.authority.data,
        expected.key.data,
    )


def test_yaml_is_read(tmp_path: Path) -> None:
    text = """
apiVersion: v1
kind: Config
current-context: a
clusters: [{name: c, cluster: {server: 'https://k:1'}}]
contexts:
- context: {cluster: c, user: u}
  name: a
users:
- name: u
  user:
    token: yes-it-is
"""
    assert access_of(KubernetesSettings(kubeconfig=write(tmp_path / "k", text))).token == "yes-it-is"  # noqa: S105 - a name, no secret


def test_of_several_files_the_first_that_says_a_thing_wins(tmp_path: Path) -> None:
    first = write(tmp_path / "first", config({}, {"token": "1"}, "one"))
    second = write(tmp_path / "second", config({}, {"token": "2"}, "two"))
    both = f"{tmp_path}/absent:{first}:{second}"
    assert access_of(KubernetesSettings(kubeconfig=both)).token == "1"  # noqa: S105 - a name, no secret
    assert access_of(KubernetesSettings(kubeconfig=both, context="two")).server == "https://two:6443"
    again = write(tmp_path / "again", config({}, {"token": "3"}, "one"))
    assert access_of(KubernetesSettings(kubeconfig=f"{first}:{again}")).token == "1"  # noqa: S105 - a name, no secret


def test_single_settings_beat_files(tmp_path: Path) -> None:
    kubeconfig = write(tmp_path / "k", config({"certificate-authority": "ca"}, {"tokenFile": "t"}))
    said = KubernetesSettings(
        kubeconfig,
        endpoint="https://other:1/",
        token="t",  # noqa: S106 - a name, no secret
        insecure="true",
        cert_file="/c",
        key_file="/k",
    )
    found = access_of(said)
    assert found == Access("https://other:1", insecure=True, token="t", certificate=Pem(file="/c"), key=Pem(file="/k"))  # noqa: S106 - a name, no secret
    assert access_of(KubernetesSettings(kubeconfig, ca_file="/ca")).authority == Pem(file="/ca")


def test_an_inline_kubeconfig_counts_alone(tmp_path: Path) -> None:
    said = KubernetesSettings(
        write(tmp_path / "k", config(name="file")),
        kubeconfig_inline=config(name="inline"),
        context="file",
        endpoint="https://other",
    )
    assert access_of(said).server == "https://inline:6443"


def test_where_nothing_is_said_it_is_the_usual_file_or_the_pod_s_cluster(tmp_path: Path) -> None:
    settings = KubernetesSettings(home=str(tmp_path), host="10.96.0.1", port="443")
    pod = tmp_path / "pod"
    write(pod / "ca.crt", "CA")
    assert access_of(settings, pod) == Access(
        "https://10.96.0.1:443", Pem(file=str(pod / "ca.crt")), token_file=str(pod / "token")
    )
    assert access_of(KubernetesSettings(host="fd00::1"), tmp_path).server == "https://[fd00::1]:443"
    write(tmp_path / ".kube" / "config", config(name="usual"))
    assert access_of(settings, pod).server == "https://usual:6443"


def test_an_endpoint_alone_is_enough() -> None:
    assert access_of(KubernetesSettings(endpoint="10.0.0.1:8080")).server == "http://10.0.0.1:8080"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (config(current=""), "names no current-context"),
        (config(current="no"), 'context "no" does not exist; its contexts: `here`'),
        (config(clusters=[]), 'there is no cluster "c-here"'),
        (config(users=[]), 'there is no user "u-here"'),
        (config({"server": ""}), "not the URL of an API server"),
        (config({"server": "ftp://x"}), "not the URL of an API server"),
        (config({"server": "https://x:port"}), "not the URL of an API server"),
        (config({"proxy-url": "http://p"}), "`proxy-url` of the kubeconfig"),
        (config({}, {"as": "root"}), "`as` of the kubeconfig"),
        (config({}, {"auth-provider": {"name": "gcp"}}), "`auth-provider`"),
        (config({}, {"client-certificate": "c"}), "belong together"),
        (config({"certificate-authority-data": "%%"}), "`certificate-authority-data` of the kubeconfig is not base64"),
        ("- nothing", "is not YAML"),
    ],
)  # fmt: skip
def test_what_a_kubeconfig_cannot_say(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        access_of(KubernetesSettings(kubeconfig=write(tmp_path / "k", text)))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (KubernetesSettings(), "nothing says where the Kubernetes API is"),
        (KubernetesSettings("/nowhere/k"), "there is no kubeconfig at /nowhere/k"),
        (KubernetesSettings(context="x"), 'context "x" does not exist'),
        (KubernetesSettings(endpoint="https://user:secret@h"), "not the URL of an API server"),
        (KubernetesSettings(endpoint="https://h", insecure="?"), "is not true or false"),
    ],
)
def test_what_cannot_be_is_refused(settings: KubernetesSettings, words: str) -> None:
    with pytest.raises(Invalid, match=words) as caught:
        access_of(settings)
    assert "secret" not in str(caught.value)


def test_a_broken_file_is_named_without_its_secrets(tmp_path: Path) -> None:
    path = write(tmp_path / "k", 'users:\n- token: "secret\n  : [')
    with pytest.raises(Invalid, match="is not YAML") as caught:
        access_of(KubernetesSettings(kubeconfig=path))
    assert path in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot be read: Is a directory"):
        access_of(KubernetesSettings(kubeconfig=str(tmp_path)))


def test_secrets_are_not_shown() -> None:
    access = Access(
        "s",
        token="secret",  # noqa: S106 - a name, no secret
        password="secret",  # noqa: S106 - a name, no secret
        key=Pem(b"secret"),
        plugin=Plugin("c", (), (("A", "secret"),)),
    )
    assert "secret" not in repr(access)
