"""The lab's file: YAML text to a lab, and back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import TypeVar

from tortie.errors import Invalid
from tortie.lab.reader import Reader, read_document
from tortie.lab.topology import (
    Address,
    External,
    Host,
    Lab,
    Listener,
    Member,
    Namespace,
    Service,
    Store,
    Transport,
    Workload,
    WorkloadPort,
    WorkloadType,
)

__all__ = ["decode_lab", "encode_lab", "load_lab"]

Value = TypeVar("Value")
MAX_LAB_NAME = 40  # what keeps the path of a lab's socket within the kernel's 107 bytes
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
DEFAULT_HOST = Host("node-1")
DEFAULT_NAMESPACE = "default"
Fields = dict[str, Reader]


def load_lab(path: Path) -> Lab:
    """Return the lab that a file describes; the files of resources are found beside it.

    Raises:
        Invalid: It breaks the rules; every breach is listed with its line and column.
        OSError: The file cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise Invalid.because(f"{path}: this file is not UTF-8 text", mend="save it as UTF-8") from None
    return decode_lab(text, file=path)


def decode_lab(text: str, *, file: Path) -> Lab:
    """Return the lab that a text describes; `file` is where the text came from.

    Raises:
        Invalid: It breaks the rules; every breach is listed with its line and column.
    """
    document = read_document(text, str(file))
    top = document.fields("apiVersion", "kind", "metadata", "spec", needed=("kind", "metadata", "spec"))
    if "kind" in top and (kind := top["kind"].text()) != "Lab":
        top["kind"].wrong(f"kind `{kind}` is not `Lab`")
    name = ""
    if "metadata" in top:
        name = _name(top["metadata"].fields("name", needed=("name",)), _LABEL, MAX_LAB_NAME)
    lab = _spec(name, top["spec"], file.parent) if "spec" in top else None
    if document.problems or lab is None:
        raise Invalid(*document.problems)
    return lab


def encode_lab(lab: Lab) -> str:
    """Return the text from which `decode_lab` makes the same lab; it is JSON, which is YAML."""
    spec = {
        "hosts": [_outside(host) for host in lab.hosts],
        "namespaces": [{"name": n.name, "labels": dict(n.labels)} for n in lab.namespaces],
        "workloads": [_workload_fields(workload) for workload in lab.workloads],
        "external": [_outside(external) for external in lab.externals],
        "resources": [str(path) for path in lab.resources],
        "datastore": str(lab.datastore),
        "services": [_service_fields(service) for service in lab.services],
    }
    return json.dumps({"kind": "Lab", "metadata": {"name": lab.name}, "spec": spec}, indent=1)


def _spec(name: str, reader: Reader, folder: Path) -> Lab:
    top = reader.fields("hosts", "namespaces", "workloads", "external", "resources", "datastore", "services")
    seen: set[str] = set()
    addresses: set[Address] = set()

    def new(item: Reader, found: Member | Namespace) -> None:
        kind = type(found).__name__.lower()
        key = f"{kind} `{found.name if isinstance(found, Namespace) else found.reference}`"
        if key in seen:
            item.wrong(f"{key} is there twice")
        seen.add(key)
        for address in () if isinstance(found, Namespace) else found.addresses:
            if address in addresses:
                item.wrong(f"address `{address}` is given twice")
            addresses.add(address)

    hosts = _each(top, "hosts", _host, new) or (DEFAULT_HOST,)
    namespaces = _each(top, "namespaces", _namespace, new)
    workloads = _each(top, "workloads", lambda item: _workload(item, hosts, namespaces), new)
    externals = _each(top, "external", _external, new)
    resources = top["resources"].all_parsed(lambda text: folder / text) if "resources" in top else ()
    datastore = (top["datastore"].parsed(_store) if "datastore" in top else None) or Store.SQLITE
    references = tuple(workload.reference for workload in workloads)
    services = tuple(_service(item, references) for item in top["services"].items()) if "services" in top else ()
    return Lab(name, hosts, namespaces, workloads, externals, resources, datastore, services).declared()


def _each(
    top: Fields, name: str, read: Callable[[Reader], Value], new: Callable[[Reader, Value], None]
) -> tuple[Value, ...]:
    found = []
    for item in top[name].items() if name in top else ():
        value = read(item)
        new(item, value)
        found.append(value)
    return tuple(found)


def _host(reader: Reader) -> Host:
    top = reader.fields("name", "addresses", "listen", needed=("name",))
    return Host(_name(top), _addresses(top), _listen(top))


def _external(reader: Reader) -> External:
    top = reader.fields("name", "addresses", "listen", needed=("name",))
    return External(_name(top), _addresses(top), _listen(top))


def _namespace(reader: Reader) -> Namespace:
    top = reader.fields("name", "labels", needed=("name",))
    return Namespace(_name(top, _LABEL), _labels(top))


def _workload(reader: Reader, hosts: tuple[Host, ...], namespaces: tuple[Namespace, ...]) -> Workload:
    known = ("name", "namespace", "host", "type", "labels", "listen", "addresses", "serviceAccount", "ports")
    top = reader.fields(*known, needed=("name",) if len(hosts) == 1 else ("name", "host"))
    kind = top["type"].parsed(_type) if "type" in top else None
    return Workload(
        name=_name(top),
        namespace=_known(top, "namespace", (*(n.name for n in namespaces), DEFAULT_NAMESPACE), DEFAULT_NAMESPACE),
        host=_known(top, "host", tuple(h.name for h in hosts), hosts[0].name),
        type=kind or WorkloadType.POD,
        labels=_labels(top),
        listen=_listen(top),
        addresses=_addresses(top),
        service_account=top["serviceAccount"].text() if "serviceAccount" in top else "",
        ports=tuple(_port(item) for item in top["ports"].items()) if "ports" in top else (),
    )


def _service(reader: Reader, workloads: tuple[str, ...]) -> Service:
    top = reader.fields("name", "listen", "workload", "targetPort", "addresses", needed=("name", "listen", "workload"))
    listener = (top["listen"].parsed(Listener.parse) if "listen" in top else None) or Listener(Transport.TCP, 1)
    port = top["targetPort"].integer() if "targetPort" in top else listener.port
    return Service(_name(top), listener, _known(top, "workload", workloads, ""), port, _addresses(top))


def _port(reader: Reader) -> WorkloadPort:
    top = reader.fields("name", "protocol", "port", needed=("name", "port"))
    protocol = top["protocol"].parsed(lambda text: Transport(text.lower())) if "protocol" in top else None
    port = top["port"].integer() if "port" in top else 0
    return WorkloadPort(top["name"].text() if "name" in top else "", protocol or Transport.TCP, port)


def _name(top: Fields, pattern: re.Pattern[str] = _NAME, longest: int = 63) -> str:
    if "name" not in top:
        return ""
    name = top["name"].text()
    if name and (not pattern.fullmatch(name) or len(name) > longest):
        top["name"].wrong(f"`{name}` cannot be a name", f"use up to {longest} lower-case letters, digits and hyphens")
    return name


def _known(top: Fields, name: str, known: tuple[str, ...], default: str) -> str:
    """Return the field's text, which must be one of those that were declared."""
    if name not in top:
        return default
    text = top[name].text()
    if text and text not in known:
        top[name].wrong(f"{name} `{text}` is not declared", f"declared: {', '.join(known)}")
    return text


def _type(text: str) -> WorkloadType:
    try:
        return WorkloadType(text)
    except ValueError:
        raise ValueError(f"type `{text}` is not one of {', '.join(WorkloadType)}") from None


def _store(text: str) -> Store:
    try:
        return Store(text)
    except ValueError:
        raise ValueError(f"datastore `{text}` is not one of {', '.join(Store)}") from None


def _labels(top: Fields) -> dict[str, str]:
    return top["labels"].texts() if "labels" in top else {}


def _listen(top: Fields) -> tuple[Listener, ...]:
    return top["listen"].all_parsed(Listener.parse) if "listen" in top else ()


def _addresses(top: Fields) -> tuple[Address, ...]:
    return top["addresses"].all_parsed(ip_address) if "addresses" in top else ()


def _outside(member: Host | External) -> dict[str, object]:
    return {
        "name": member.name,
        "addresses": [str(address) for address in member.addresses],
        "listen": [str(listener) for listener in member.listen],
    }


def _workload_fields(workload: Workload) -> dict[str, object]:
    return {
        "name": workload.name,
        "namespace": workload.namespace,
        "host": workload.host,
        "type": str(workload.type),
        "labels": dict(workload.labels),
        "listen": [str(listener) for listener in workload.listen],
        "addresses": [str(address) for address in workload.addresses],
        "serviceAccount": workload.service_account,
        "ports": [{"name": p.name, "protocol": str(p.protocol), "port": p.port} for p in workload.ports],
    }


def _service_fields(service: Service) -> dict[str, object]:
    return {
        "name": service.name,
        "listen": str(service.listener),
        "workload": service.workload,
        "targetPort": service.target_port,
        "addresses": [str(address) for address in service.addresses],
    }
