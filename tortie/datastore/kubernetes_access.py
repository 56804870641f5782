"""From settings to one API server and one user of it: kubeconfig files, contexts, and what a pod is given.

Source: calicoctl specification 14; Kubernetes' own rules for kubeconfig files.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tortie.datastore.kubernetes_settings import KubernetesSettings
from tortie.errors import Invalid

__all__ = ["Access", "Pem", "Plugin", "access_of"]

IN_POD = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_LOCAL = "http://localhost:8080"
_UNSUPPORTED_USER = ("as", "as-uid", "as-groups", "as-user-extra", "auth-provider")
Section = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pem:
    """A certificate or a key: its text, or else the file that has it; falsy where there is neither."""

    data: bytes = field(default=b"", repr=False)
    file: str = ""

    def __bool__(self) -> bool:
        return bool(self.data or self.file)


@dataclass(frozen=True, slots=True)
class Plugin:
    """A program that prints who we are, as an ExecCredential."""

    command: str
    arguments: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    api_version: str = "client.authentication.k8s.io/v1"
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Access:
    """One server and one user of it: `token_file` is read again now and then, `plugin` is asked where there is one."""

    server: str
    authority: Pem = Pem()
    insecure: bool = False
    server_name: str = ""
    certificate: Pem = Pem()
    key: Pem = Pem()
    token: str = field(default="", repr=False)
    token_file: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    plugin: Plugin | None = None


def access_of(settings: KubernetesSettings, in_pod: Path = IN_POD) -> Access:
    """Return which server is meant, and as whom it is asked.

    An inline kubeconfig counts alone; else kubeconfig files are merged, the first that says a thing wins, and the
    single settings beat them. Without any of these it is `~/.kube/config`, and where that is not there, the cluster
    of the pod we run in.

    Raises:
        Invalid: a file cannot be read or is none, or says what cannot be, or nothing says where a server is.
    """
    settings.check()
    if settings.kubeconfig_inline:
        return _from_sections(_sections(settings.kubeconfig_inline, "kubeconfigInline", Path()), "")
    files = [each for each in settings.kubeconfig.split(os.pathsep) if each]
    usual = Path(settings.home) / ".kube" / "config"
    if not files and not settings.endpoint and settings.home and usual.is_file():
        files = [str(usual)]
    if files:
        return _overridden(_from_sections(_merged(files), settings.context), settings)
    if settings.context:
        what = f'context "{settings.context}" does not exist: there is no kubeconfig'
        raise Invalid.because(what, mend="set KUBECONFIG, or kubeconfig in the file")
    if not settings.endpoint and settings.host:
        return _overridden(_of_pod(settings, in_pod), settings)
    if not settings.endpoint:
        mend = "set KUBECONFIG or K8S_API_ENDPOINT, or kubeconfig in the file"
        raise Invalid.because("nothing says where the Kubernetes API is", path="DATASTORE_TYPE", mend=mend)
    return _overridden(Access(_LOCAL), settings)


def _of_pod(settings: KubernetesSettings, directory: Path) -> Access:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    authority = directory / "ca.crt"
    return Access(
        f"https://{host}:{settings.port or 443}",
        authority=Pem(file=str(authority)) if authority.is_file() else Pem(),
        token_file=str(directory / "token"),
    )


def _overridden(access: Access, settings: KubernetesSettings) -> Access:
    """Return the access with what single settings say in place of what files said."""
    changes: dict[str, Any] = {}
    if settings.endpoint:
        changes["server"] = _server(settings.endpoint, "k8sAPIEndpoint")
    if settings.ca_file:
        changes |= {"authority": Pem(file=settings.ca_file), "insecure": False}
    if settings.skips_verification:
        changes |= {"authority": Pem(), "insecure": True}
    if settings.cert_file:
        changes["certificate"] = Pem(file=settings.cert_file)
    if settings.key_file:
        changes["key"] = Pem(file=settings.key_file)
    if settings.token:
        changes |= {"token": settings.token, "token_file": "", "plugin": None}
    return _whole(replace(access, **changes))


def _whole(access: Access) -> Access:
    """Return the access; raises Invalid where a certificate lacks its key."""
    if bool(access.certificate) != bool(access.key):
        raise Invalid.because("a client certificate and its key belong together", path="kubeconfig")
    return access


def _merged(files: Sequence[str]) -> Section:
    """Return what several kubeconfig files say together: of clusters, contexts and users with one name the first."""
    found: dict[str, Any] = {"clusters": {}, "contexts": {}, "users": {}, "current-context": ""}
    read = 0
    for file in files:
        path = Path(file).expanduser()
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError) as error:
            raise Invalid.because(f"the kubeconfig {path} cannot be read: {_words(error)}") from error
        read += 1
        sections = _sections(text, str(path), path.parent)
        for part in ("clusters", "contexts", "users"):
            found[part] = {**sections[part], **found[part]}
        found["current-context"] = found["current-context"] or sections["current-context"]
    if not read:
        raise Invalid.because(f"there is no kubeconfig at {', '.join(files)}", mend="look at KUBECONFIG")
    return found


def _words(error: Exception) -> str:
    return (error.strerror or "") if isinstance(error, OSError) else "it is no text"


def _sections(text: str, file: str, directory: Path) -> Section:
    """Return the clusters, contexts and users of a kubeconfig by their names; each knows the directory it is of."""
    from tortie.api import read_documents  # noqa: PLC0415 - other stores need no such file

    try:
        documents = read_documents(text, file)
    except Invalid as error:
        where = ", ".join(str(problem.line) for problem in error.problems if problem.line)
        what = f"the kubeconfig {file} is not YAML{f': line {where}' if where else ''}"
        raise Invalid.because(what) from None  # what stands in that line may be a secret
    data = documents[0].data if documents else {}
    named = {
        part: {
            str(each.get("name")): {**_section(each.get(word)), "": directory}
            for each in _listed(data.get(part))
            if each.get("name")
        }
        for part, word in (("clusters", "cluster"), ("contexts", "context"), ("users", "user"))
    }
    return {**named, "current-context": str(data.get("current-context") or "")}


def _section(value: object) -> Section:
    return value if isinstance(value, Mapping) else {}


def _listed(value: object) -> list[Section]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _from_sections(sections: Section, wanted: str) -> Access:
    name = wanted or sections["current-context"]
    contexts = sections["contexts"]
    if name not in contexts:
        known = ", ".join(f"`{each}`" for each in contexts) or "none"
        what = f'context "{name}" does not exist' if name else "the kubeconfig names no current-context"
        raise Invalid.because(what, path="kubeconfig", mend=f"its contexts: {known}")
    context = contexts[name]
    cluster = _named(sections["clusters"], context, "cluster", name)
    user = _named(sections["users"], context, "user", name) if context.get("user") else {"": Path()}
    _refuse(cluster, ("proxy-url",), "a proxy to the server is not supported")
    _refuse(user, _UNSUPPORTED_USER, "is not supported")
    insecure = cluster.get("insecure-skip-tls-verify") is True
    return _whole(
        Access(
            server=_server(str(cluster.get("server") or ""), f"kubeconfig cluster `{context.get('cluster')}`"),
            authority=Pem() if insecure else _pem(cluster, "certificate-authority"),
            insecure=insecure,
            server_name=str(cluster.get("tls-server-name") or ""),
            certificate=_pem(user, "client-certificate"),
            key=_pem(user, "client-key"),
            token=str(user.get("token") or ""),
            token_file=_path(user, str(user.get("tokenFile") or "")),
            username=str(user.get("username") or ""),
            password=str(user.get("password") or ""),
            plugin=_plugin(user),
        )
    )


def _named(known: Section, context: Section, part: str, name: str) -> Section:
    wanted = str(context.get(part) or "")
    if wanted not in known:
        raise Invalid.because(f'context "{name}": there is no {part} "{wanted}"', path="kubeconfig")
    found: Section = known[wanted]
    return found


def _refuse(section: Section, words: Sequence[str], what: str) -> None:
    """Raise Invalid for settings that must not be overlooked: without them we would ask elsewhere, or as another."""
    for word in words:
        if section.get(word):
            raise Invalid.because(f"`{word}` of the kubeconfig: {what}", path="kubeconfig", mend="use another context")


def _pem(section: Section, word: str) -> Pem:
    """Return a certificate or a key: text inside the kubeconfig beats a file."""
    if text := section.get(f"{word}-data"):
        try:
            return Pem(base64.b64decode(str(text), validate=True))
        except (binascii.Error, ValueError):
            raise Invalid.because(f"`{word}-data` of the kubeconfig is not base64", path="kubeconfig") from None
    return Pem(file=_path(section, str(section.get(word) or "")))


def _path(section: Section, path: str) -> str:
    """Return a path that a kubeconfig names: from the directory it is in."""
    return str(Path(section[""]) / path) if path else ""


def _plugin(user: Section) -> Plugin | None:
    found = _section(user.get("exec"))
    if not found:
        return None
    command = str(found.get("command") or "")
    return Plugin(
        _path(user, command) if "/" in command else command,
        tuple(str(each) for each in found.get("args") or ()),
        tuple((str(each.get("name")), str(each.get("value"))) for each in _listed(found.get("env"))),
        str(found.get("apiVersion") or ""),
        str(found.get("installHint") or ""),
    )


def _server(url: str, path: str) -> str:
    """Return the server's URL without a slash at its end; raises Invalid where it is none."""
    whole = url if "://" in url else f"http://{url}"
    try:
        parts = urlsplit(whole)
        is_right = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        is_right = False
    if not is_right or parts.username or parts.password:
        raise Invalid.because("that is not the URL of an API server", path=path, mend="write https://HOST:PORT")
    return whole.rstrip("/")
