"""What is said of a Kubernetes API, in an environment and in a configuration file."""

from __future__ import annotations

import dataclasses

import pytest

from tortie.cli.settings import FIELDS
from tortie.datastore.kubernetes_settings import CONFIG_FIELDS, KubernetesSettings
from tortie.errors import Invalid


def test_every_setting_can_be_said_in_a_file_that_the_command_line_reads() -> None:
    surroundings = {"home", "host", "port"}
    assert {*CONFIG_FIELDS, *surroundings} == {each.name for each in dataclasses.fields(KubernetesSettings)}
    assert set(CONFIG_FIELDS.values()) <= {each.name for each in FIELDS}


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, KubernetesSettings()),
        ({"KUBECONFIG": "/a:/b"}, KubernetesSettings(kubeconfig="/a:/b")),
        ({"KUBECONFIG": "/a", "CALICO_KUBECONFIG": "/c"}, KubernetesSettings(kubeconfig="/c")),
        ({"K8S_API_ENDPOINT": "https://k"}, KubernetesSettings(endpoint="https://k")),
        ({"K8S_CA_FILE": "/ca", "K8S_CERT_FILE": "/c", "K8S_KEY_FILE": "/k"},
         KubernetesSettings(ca_file="/ca", cert_file="/c", key_file="/k")),
        ({"K8S_API_TOKEN": "t"}, KubernetesSettings()),
        ({"CALICO_K8SAPITOKEN": "t"}, KubernetesSettings(token="t")),  # noqa: S106 - a name, no secret
        ({"K8S_CLIENT_QPS": "5", "K8S_CLIENT_BURST": "9"}, KubernetesSettings(qps="5", burst="9")),
        ({"K8S_CURRENT_CONTEXT": "x"}, KubernetesSettings(context="x")),
        ({"CALICO_API_GROUP": "projectcalico.org/v3"}, KubernetesSettings(api_group="projectcalico.org/v3")),
        ({"HOME": "/root", "KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "6443"},
         KubernetesSettings(home="/root", host="10.0.0.1", port="6443")),
    ],
)  # fmt: skip
def test_the_environment(environ: dict[str, str], expected: KubernetesSettings) -> None:
    assert KubernetesSettings.from_environment(environ) == expected


def test_a_file_says_all_but_the_surroundings() -> None:
    spec = {"kubeconfigInline": "text", "k8sAPIToken": "t", "k8sInsecureSkipTLSVerify": "true"}
    found = KubernetesSettings.from_config(spec, {"HOME": "/h", "KUBECONFIG": "/not/read"})
    assert found == KubernetesSettings(kubeconfig_inline="text", token="t", insecure="true", home="/h")  # noqa: S106 - a name, no secret


def test_secrets_are_not_shown() -> None:
    shown = repr(KubernetesSettings(token="secret-1", kubeconfig_inline="secret-2"))  # noqa: S106 - a name, no secret
    assert "secret" not in shown


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (KubernetesSettings(insecure="maybe"), "`maybe` is not true or false"),
        (KubernetesSettings(qps="fast"), "k8sClientQPS: `fast` is not a number"),
        (KubernetesSettings(qps="-1"), "is not a number"),
        (KubernetesSettings(burst="inf"), "k8sClientBurst"),
        (KubernetesSettings(api_group="v9"), "`v9` is not a group"),
        (KubernetesSettings(cert_file="/c"), "belong together"),
        (KubernetesSettings(ca_file="/c", insecure="1"), "root certificates file with the insecure flag"),
    ],
)
def test_what_cannot_be_is_refused(settings: KubernetesSettings, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        settings.check()


@pytest.mark.parametrize(("text", "expected"), [("", False), ("0", False), ("False", False), ("1", True), ("T", True)])
def test_insecure(text: str, *, expected: bool) -> None:
    assert KubernetesSettings(insecure=text).skips_verification is expected


@pytest.mark.parametrize(
    ("settings", "rate"),
    [
        (KubernetesSettings(), (0.0, 100)),
        (KubernetesSettings(qps="2.5"), (2.5, 100)),
        (KubernetesSettings(qps="5", burst="7"), (5.0, 7)),
    ],
)
def test_the_rate(settings: KubernetesSettings, rate: tuple[float, int]) -> None:
    assert settings.rate == rate
