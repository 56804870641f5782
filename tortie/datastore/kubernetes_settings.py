"""How a Kubernetes API server is reached and who asks: the plain settings. Pure.

Source: calicoctl specification 14.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from tortie.errors import Invalid

__all__ = ["API_GROUPS", "KubernetesSettings"]

API_GROUPS = ("crd.projectcalico.org/v1", "projectcalico.org/v3")
"""Under which group Calico's resources may be stored: that of most clusters first."""

_TRUE = frozenset({"1", "t", "true"})
_FALSE = frozenset({"", "0", "f", "false"})


@dataclass(frozen=True, slots=True)
class KubernetesSettings:
    """What a configuration says of Kubernetes, each "" where it says nothing.

    `kubeconfig` is a path, or several parted as PATH is. Where `kubeconfig_inline` has the text of one, it counts
    alone. `home` is where `.kube/config` is looked for; `host` and `port` are what a pod is told of its cluster.
    """

    kubeconfig: str = ""
    kubeconfig_inline: str = field(default="", repr=False)
    context: str = ""
    endpoint: str = ""
    key_file: str = ""
    cert_file: str = ""
    ca_file: str = ""
    token: str = field(default="", repr=False)
    insecure: str = ""
    qps: str = ""
    burst: str = ""
    api_group: str = ""
    home: str = ""
    host: str = ""
    port: str = ""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Return what KUBECONFIG, K8S_API_ENDPOINT and so on say; a name that begins with CALICO_ wins."""
        said = {
            name: environ.get(f"CALICO_{variable}", "") or environ.get(variable, "")
            for name, variable in _VARIABLES.items()
        }
        return cls(**said, token=environ.get("CALICO_K8SAPITOKEN", ""), **_surroundings(environ))

    @classmethod
    def from_config(cls, spec: Mapping[str, object], environ: Mapping[str, str]) -> Self:
        """Return what settings say by the names they have in a configuration file: kubeconfig and so on.

        Of the environment only HOME and what a pod is told of its cluster count.
        """
        return cls(
            **{name: str(spec.get(word) or "") for name, word in CONFIG_FIELDS.items()}, **_surroundings(environ)
        )

    def check(self) -> None:
        """Raise Invalid where a setting is not what it has to be, or two contradict each other."""
        _ = self.skips_verification
        _number("k8sClientQPS", self.qps)
        _number("k8sClientBurst", self.burst)
        if self.api_group not in ("", *API_GROUPS):
            mend = f"one of {', '.join(API_GROUPS)}, or nothing: the server is asked then"
            raise Invalid.because(f"`{self.api_group}` is not a group of Calico's", path="calicoAPIGroup", mend=mend)
        if bool(self.key_file) != bool(self.cert_file) and not self.kubeconfig:
            raise Invalid.because("a certificate and its key belong together", path="k8sCertFile, k8sKeyFile")
        if self.ca_file and self.skips_verification:
            what = "specifying a root certificates file with the insecure flag is not allowed"
            raise Invalid.because(what, path="k8sCAFile, k8sInsecureSkipTLSVerify", mend="unset one of them")

    @property
    def skips_verification(self) -> bool:
        """Tell whether any certificate of the server is taken; raises Invalid."""
        given = self.insecure.strip().lower()
        if given not in _TRUE | _FALSE:
            raise Invalid.because(f"`{self.insecure}` is not true or false", path="k8sInsecureSkipTLSVerify")
        return given in _TRUE

    @property
    def rate(self) -> tuple[float, int]:
        """Return how many requests a second are sent at most (0: no limit), and how many at once; raises Invalid."""
        return _number("k8sClientQPS", self.qps), int(_number("k8sClientBurst", self.burst)) or 100


def _number(path: str, text: str) -> float:
    try:
        value = float(text or "0")
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise Invalid.because(f"`{text}` is not a number of requests", path=path, mend="for example 50")
    return value


def _surroundings(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: environ.get(variable, "") for name, variable in _SURROUNDINGS.items()}


_SURROUNDINGS = {"home": "HOME", "host": "KUBERNETES_SERVICE_HOST", "port": "KUBERNETES_SERVICE_PORT"}
CONFIG_FIELDS = {
    "kubeconfig": "kubeconfig",
    "kubeconfig_inline": "kubeconfigInline",
    "context": "k8sCurrentContext",
    "endpoint": "k8sAPIEndpoint",
    "key_file": "k8sKeyFile",
    "cert_file": "k8sCertFile",
    "ca_file": "k8sCAFile",
    "token": "k8sAPIToken",
    "insecure": "k8sInsecureSkipTLSVerify",
    "qps": "k8sClientQPS",
    "burst": "k8sClientBurst",
    "api_group": "calicoAPIGroup",
}
"""Setting → its name in a configuration file."""

_VARIABLES = {
    "kubeconfig": "KUBECONFIG",
    "context": "K8S_CURRENT_CONTEXT",
    "endpoint": "K8S_API_ENDPOINT",
    "key_file": "K8S_KEY_FILE",
    "cert_file": "K8S_CERT_FILE",
    "ca_file": "K8S_CA_FILE",
    "insecure": "K8S_INSECURE_SKIP_TLS_VERIFY",
    "qps": "K8S_CLIENT_QPS",
    "burst": "K8S_CLIENT_BURST",
    "api_group": "CALICO_API_GROUP",
}
