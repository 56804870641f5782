"""Services of a lab: a table of the lab's own on every host translates them, as kube-proxy's would."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

from tortie.errors import Unavailable
from tortie.lab.topology import Address, Lab, Service
from tortie.netlink.namespace import entered

__all__ = ["TABLE", "service_table", "translate"]

TABLE = "lab-services"
_WORDS = {4: "ip", 6: "ip6"}
_HOOKS = (("prerouting", "dstnat"), ("output", "-100"))


def translate(lab: Lab, namespace: Path) -> None:
    """Have a host translate the services of a lab; without any, nothing is done.

    Raises:
        Unavailable: nft is not there, or did not take it.
    """
    if not lab.services:
        return
    try:
        with entered(namespace):
            subprocess.run(["nft", "-f", "-"], input=service_table(lab), text=True, check=True, capture_output=True)
    except FileNotFoundError:
        raise Unavailable("a lab with services needs the program nft") from None
    except subprocess.CalledProcessError as error:
        raise Unavailable(f"nft did not take the services of lab `{lab.name}`: {error.stderr.strip()}") from None


def service_table(lab: Lab) -> str:
    """Return the table, as nft reads it, that translates the services of a lab whose addresses are known."""
    lines = [f"table inet {TABLE} {{"]
    for hook, priority in _HOOKS:
        lines += [f"  chain {hook} {{", f"    type nat hook {hook} priority {priority}; policy accept;"]
        lines += [f"    {rule}" for service in lab.services for rule in _rules(lab, service)]
        lines.append("  }")
    return "\n".join([*lines, "}", ""])


def _rules(lab: Lab, service: Service) -> Iterator[str]:
    """Yield the rules of a service, one for each address of each family."""
    port = f"{service.listener.protocol} dport {service.listener.port}"
    for target in lab.workload(service.workload).addresses:
        family = _WORDS[target.version]
        wanted = [each for each in service.addresses if each.version == target.version]
        places = [f"{family} daddr {each}" for each in wanted]
        if not service.addresses:
            places = [f"meta nfproto ipv{target.version} fib daddr type local"]
        yield from (f"{place} {port} dnat {family} to {_end(target, service.target_port)}" for place in places)


def _end(address: Address, port: int) -> str:
    return f"{address}:{port}" if address.version == 4 else f"[{address}]:{port}"  # noqa: PLR2004 - IPv4
