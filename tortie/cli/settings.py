"""Which datastore a command line means: the configuration file, or else the environment.

Source: calicoctl specification 14.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tortie.errors import Invalid, Problem

__all__ = ["DEFAULT_CONFIG", "FIELDS", "Field", "read_settings"]

DEFAULT_CONFIG = "/etc/calico/calicoctl.cfg"
_PREFIX = "CALICO_"
_TRUE = frozenset({"1", "t", "true"})
_FALSE = frozenset({"0", "f", "false"})


class Field(NamedTuple):
    """One setting: its name in the file and in the environment, where it has one; `type` is what it has to be."""

    name: str
    variable: str = ""
    type: type[str] | type[bool] | type[int] | type[float] = str


FIELDS = (
    Field("datastoreType", "DATASTORE_TYPE"),
    Field("sqlitePath", "TORTIE_SQLITE_PATH"),
    Field("etcdEndpoints", "ETCD_ENDPOINTS"),
    Field("etcdDiscoverySrv", "ETCD_DISCOVERY_SRV"),
    Field("etcdUsername", "ETCD_USERNAME"),
    Field("etcdPassword", "ETCD_PASSWORD"),
    Field("etcdKeyFile", "ETCD_KEY_FILE"),
    Field("etcdCertFile", "ETCD_CERT_FILE"),
    Field("etcdCACertFile", "ETCD_CA_CERT_FILE"),
    Field("etcdKey"),
    Field("etcdCert"),
    Field("etcdCACert"),
    Field("kubeconfig", "KUBECONFIG"),
    Field("k8sAPIEndpoint", "K8S_API_ENDPOINT"),
    Field("k8sKeyFile", "K8S_KEY_FILE"),
    Field("k8sCertFile", "K8S_CERT_FILE"),
    Field("k8sCAFile", "K8S_CA_FILE"),
    Field("k8sAPIToken"),
    Field("k8sInsecureSkipTLSVerify", "K8S_INSECURE_SKIP_TLS_VERIFY", bool),
    Field("k8sDisableNodePoll", "K8S_DISABLE_NODE_POLL", bool),
    Field("usePodCIDR", "USE_POD_CIDR", bool),
    Field("kubeconfigInline"),
    Field("k8sClientQPS", "K8S_CLIENT_QPS", float),
    Field("k8sClientBurst", "K8S_CLIENT_BURST", int),
    Field("k8sCurrentContext", "K8S_CURRENT_CONTEXT"),
    Field("calicoAPIGroup", "CALICO_API_GROUP"),
)
"""Every setting. `sqlitePath` is ours: the file of the embedded datastore."""

_ONLY_PREFIXED = {"CALICO_K8SAPITOKEN": "k8sAPIToken"}
_BY_LOWER = {field.name.lower(): field for field in FIELDS}
_TOP = frozenset({"apiversion", "kind", "metadata", "spec"})


def read_settings(config: str, environ: Mapping[str, str], *, context: str = "") -> dict[str, str]:
    """Return the settings by their names in the file; those that are not given are left out.

    A file that can be read counts alone; where the default one is not there, the environment does. Of a variable with
    and without the prefix `CALICO_` the one with it wins; an empty one counts as none. Only the path of the embedded
    datastore and the context of the command line are added to what a file says.

    Args:
        config: the path of the file.
        environ: the environment.
        context: the value of `--context`.

    Raises:
        Invalid: the file cannot be read or is none, or a value is not what it has to be.
    """
    text = _text(config)
    found = _from_environment(environ) if text is None else _from_file(config, text)
    if text is not None and (path := environ.get("TORTIE_SQLITE_PATH")):
        found.setdefault("sqlitePath", path)
    if context:
        found["k8sCurrentContext"] = context
    return found


def _text(config: str) -> str | None:
    """Return the text of the file; None where it is the default one and not there."""
    try:
        return Path(config).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        if config == DEFAULT_CONFIG and isinstance(error, FileNotFoundError):
            return None
        raise Invalid.because(f"Error reading config file: {config}") from error


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for field in FIELDS:
        given = (f"{_PREFIX}{field.variable}", field.variable) if field.variable else ()
        for variable in given:
            if value := environ.get(variable, ""):
                found[field.name] = _checked(field, value, f"failed to load config from env vars: {variable}")
                break
    found |= {name: environ[variable] for variable, name in _ONLY_PREFIXED.items() if environ.get(variable)}
    return found


def _from_file(config: str, text: str) -> dict[str, str]:
    from tortie.api import read_documents  # noqa: PLC0415 - few have such a file

    try:
        documents = read_documents(text, config)
    except Invalid as error:
        raise Invalid(*(_at(config, problem) for problem in error.problems)) from error
    data = documents[0].data if documents else {}
    top = {key.lower(): value for key, value in data.items()}
    if (version := top.get("apiversion")) != "projectcalico.org/v3":
        raise Invalid.because(f"syntax error in {config}: invalid config file: unknown APIVersion '{version or ''}'")
    if (kind := top.get("kind")) != "CalicoAPIConfig":
        what = f"invalid config file: expected kind 'CalicoAPIConfig', got '{kind or ''}'"
        raise Invalid.because(f"syntax error in {config}: {what}")
    spec = {} if top.get("spec") is None else top["spec"]
    if not isinstance(spec, Mapping):
        raise Invalid.because(f"syntax error in {config}: failed to parse config as YAML/JSON: `spec` is no object")
    unknown = [key for key in data if key.lower() not in _TOP] + [key for key in spec if key.lower() not in _BY_LOWER]
    if unknown:
        raise Invalid(*(_unknown(config, key) for key in unknown))
    return _values(config, spec)


def _values(config: str, spec: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    for key, value in spec.items():
        field = _BY_LOWER[key.lower()]
        if value is None or value == "":
            continue
        is_right = isinstance(value, bool) if field.type is bool else not isinstance(value, bool | dict | list)
        if not is_right or (field.type is str) != isinstance(value, str):
            what = f"`{key}` has to be a {_SAID[field.type]}"
            raise Invalid.because(f"syntax error in {config}: failed to parse config as YAML/JSON: {what}")
        found[field.name] = _checked(field, str(value), f"syntax error in {config}: {key}")
    return found


_SAID = {str: "string", bool: "true or false", int: "whole number", float: "number"}


def _checked(field: Field, value: str, where: str) -> str:
    """Return a value in the form in which it is handed on: `true` and `false`, numbers as they are."""
    try:
        if field.type is bool:
            lowered = value.lower()
            if lowered not in _TRUE | _FALSE:
                raise ValueError(value)  # noqa: TRY301 - told as a number's is
            return "true" if lowered in _TRUE else "false"
        field.type(value)
    except ValueError:
        raise Invalid.because(f"{where}: `{value}` is not a {_SAID[field.type]}") from None
    return value


def _at(config: str, problem: Problem) -> Problem:
    what = f"syntax error in {config}: failed to parse config as YAML/JSON: {problem.what}"
    return Problem(what, mend=problem.mend, file=problem.file, line=problem.line, column=problem.column)


def _unknown(config: str, key: str) -> Problem:
    from tortie.api.nearest import nearest  # noqa: PLC0415 - only where there is a mistake

    near = nearest(key, (field.name for field in FIELDS))
    what = f'syntax error in {config}: failed to parse config as YAML/JSON: unknown field "{key}"'
    return Problem(what, mend=f"did you mean `{near}`?" if near else "")
