"""A lab that is up: put up, looked into, changed, taken down."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from tortie.errors import Conflict, NotFound, Unavailable
from tortie.lab import hosts, links, processes, servers
from tortie.lab.allocate import allocated
from tortie.lab.file import decode_lab, encode_lab
from tortie.lab.nat import translate
from tortie.lab.probe import SECONDS, Outcome, Probe, ProbeProtocol, measure
from tortie.lab.raw import Capture, send_raw
from tortie.lab.stream import Stream
from tortie.lab.topology import Address, Host, Lab, Member, Workload, WorkloadType
from tortie.netlink.namespace import entered

__all__ = ["RUN", "Running", "attach", "down", "lab_up", "running_labs", "up"]

RUN = Path("/run/tortie/lab")
TURNS = 6  # of the attendant: a frame to a VM, its answer, and an echo between, with some to spare
_CONTROL = "attendant.sock"


@dataclass(slots=True)
class Running:
    """A lab that is up; `lab` tells what is in it now.

    A member is named as `Lab.find` takes it: `namespace/name`, a name that only one has, or an address.
    """

    lab: Lab

    @property
    def directory(self) -> Path:
        """Where the lab's files are; it goes with the lab, and so may whatever else is put there."""
        return RUN / self.lab.name

    @property
    def control(self) -> Path:
        """The attendant's socket."""
        return self.directory / _CONTROL

    def namespace(self, member: str) -> Path:
        """Return the path of a member's network namespace."""
        return self._path(self.lab.find(member))

    def host_namespace(self, host: str) -> Path:
        """Return the path of a host's network namespace."""
        return self._path(self.lab.host(host))

    def addresses(self, member: str) -> tuple[Address, ...]:
        """Return a member's addresses, those that were given first."""
        return self.lab.find(member).addresses

    def address(self, member: str, version: int = 4) -> Address:
        """Return a member's first address of IP version 4 or 6."""
        return next(a for a in self.addresses(member) if a.version == version)

    def probe(
        self,
        source: str,
        destination: Address | str,
        protocol: ProbeProtocol | str = ProbeProtocol.TCP,
        port: int = 0,
        *,
        source_address: Address | str | None = None,
        seconds: float = SECONDS,
    ) -> Outcome:
        """Return what becomes of one connection attempt; a member as destination means its first address."""
        bound = None if source_address is None else ip_address(str(source_address))
        question = Probe(self.namespace(source), self.resolve(destination), ProbeProtocol(protocol), port, source=bound)
        return self.measure([question], seconds=seconds)[0]

    def measure(self, probes: Iterable[Probe], *, seconds: float = SECONDS) -> tuple[Outcome, ...]:
        """Return the outcomes of many probes made side by side, in their order."""
        return measure(probes, seconds=seconds, settle=self.settle)

    def resolve(self, destination: Address | str) -> Address:
        """Return an address as it is, and a member's first address for a member."""
        try:
            return ip_address(str(destination))
        except ValueError:
            return self.addresses(str(destination))[0]

    def settle(self) -> None:
        """Return once the attendant has dealt with all frames and messages that were on their way."""
        servers.turn(self.control, TURNS)

    def stream(self, source: str, destination: Address | str, port: int) -> Stream:
        """Return an open TCP connection between two members."""
        return Stream(self.namespace(source), self.resolve(destination), port)

    def send_raw(self, source: str, packet: bytes) -> None:
        """Send a whole IP packet from a member."""
        send_raw(self.namespace(source), packet)

    def capture(self, member: str) -> Capture:
        """Return a capture of the packets that reach a member."""
        return Capture(self.namespace(member), settle=self.settle)

    def exec(self, member: str, argv: Sequence[str], *, seconds: float = 60.0) -> subprocess.CompletedProcess[str]:
        """Run a program inside a member and return how it ended and what it printed.

        Raises:
            subprocess.TimeoutExpired: It had not ended after that many seconds.
        """
        with entered(self.namespace(member)):
            return subprocess.run(list(argv), capture_output=True, text=True, timeout=seconds, check=False)

    def start(
        self, member: str, name: str, argv: Sequence[str], *, environment: dict[str, str] | None = None
    ) -> processes.Process:
        """Start a program inside a member, to run until it is stopped or the lab goes; `name` is the lab's for it."""
        if self.process(name) is not None:
            raise Conflict(f"`{name}` runs already in lab `{self.lab.name}`")
        return processes.start(self.namespace(member), argv, self.record(name), environment=environment)

    def process(self, name: str) -> processes.Process | None:
        """Return the program started by that name, or None when it does not run."""
        return processes.running(self.record(name))

    def log(self, name: str) -> str:
        """Return what the program started by that name has printed."""
        path = self.record(name).with_suffix(".log")
        return path.read_text() if path.exists() else ""

    def add_workload(self, workload: Workload) -> Workload:
        """Add a workload; return it with its addresses.

        Raises:
            Conflict: It is there already.
            NotFound: The lab has no such host.
        """
        if any(known.reference == workload.reference for known in self.lab.workloads):
            raise Conflict(f"workload `{workload.reference}` is in lab `{self.lab.name}` already")
        host = self.lab.host(workload.host)
        self.lab = allocated(self.lab.with_workload(workload).declared())
        added = self.lab.workload(workload.reference)
        _make_namespaces(self.lab, (added,))
        _make_taps(self.lab, (added,))
        hosts.run_batches([links.Batch(self._name(links.FABRIC), tuple(links.fabric_routes(self.lab, added)))])
        hosts.run_batches([links.Batch(self._name(host.place), tuple(links.router_end(self.lab.name, added)))])
        hosts.run_batches([links.leaf(self.lab.name, added)])
        servers.serve(self.control, added.reference, self._name(added.place), added.listen)
        _keep(self.lab)
        return added

    def remove_workload(self, reference: str) -> Workload:
        """Remove a workload with its interface and everything that runs in it; return what it was."""
        removed = self.lab.workload(reference)
        servers.forget(self.control, removed.reference)
        processes.end(processes.inside([self._path(removed)]))
        host = self._name(self.lab.host(removed.host).place)
        if removed.type is WorkloadType.POD:  # a VM's taps went with their descriptors
            hosts.run_batches([links.Batch(host, (f"link delete dev {removed.interface}",))])
        hosts.run_batches([links.Batch(self._name(links.FABRIC), tuple(links.no_fabric_routes(removed)))])
        hosts.delete([self._name(removed.place)])
        self.lab = self.lab.without_workload(removed)
        _keep(self.lab)
        return removed

    def set_interface(self, workload: str, *, up: bool) -> None:
        """Take the host's end of a workload's link up or down."""
        found = self.lab.workload(workload)
        lines = tuple(links.router_up(found)) if up else (f"link set dev {found.interface} down",)
        hosts.run_batches([links.Batch(self._name(self.lab.host(found.host).place), lines)])

    def set_forwarding(self, host: str, *, on: bool) -> None:
        """Switch the kernel's forwarding of a host on or off, for IPv4 and IPv6."""
        hosts.set_forwarding(self._name(self.lab.host(host).place), on=on)

    def down(self) -> None:
        """Take the lab down; nothing of it stays."""
        down(self.lab.name)

    def _name(self, place: str) -> str:
        return links.namespace_name(self.lab.name, place)

    def _path(self, member: Member) -> Path:
        return hosts.namespace_path(self._name(member.place))

    def record(self, name: str) -> Path:
        """Return where the number of the program started by that name is kept; its output is beside it."""
        return self.directory / f"{name}.pid"


def up(lab: Lab) -> Running:
    """Put a lab up and return it; what fails half-way is taken down again.

    Raises:
        Conflict: A lab of that name is up, or was left behind.
        Unavailable: The kernel or the attendant refused.
    """
    complete = allocated(lab.declared())
    running = Running(complete)
    RUN.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        running.directory.mkdir(mode=0o700)
    except FileExistsError:
        raise Conflict(f"lab `{lab.name}` is up already; `tortie lab down {lab.name}` takes it down") from None
    try:
        fabric = links.namespace_name(lab.name, links.FABRIC)
        hosts.make([fabric])
        attendant = _start_attendant(running, fabric)
        hosts.tune(fabric, router=True)
        _make_namespaces(complete, complete.members)
        _await_attendant(running, attendant)
        _make_taps(complete, complete.members)
        for stage in links.wiring(complete):
            hosts.run_batches(stage)
        for host in complete.hosts:
            translate(complete, hosts.namespace_path(links.namespace_name(lab.name, host.place)))
        for member in complete.members:
            servers.serve(
                running.control, member.reference, links.namespace_name(lab.name, member.place), member.listen
            )
        _keep(complete)
    except BaseException:
        down(lab.name)
        raise
    return running


@contextmanager
def lab_up(lab: Lab) -> Iterator[Running]:
    """Put a lab up for the length of a `with` block."""
    running = up(lab)
    try:
        yield running
    finally:
        running.down()


def attach(name: str) -> Running:
    """Return a lab that somebody put up.

    Raises:
        NotFound: No lab of that name is up.
    """
    path = RUN / name / "lab.json"
    try:
        return Running(decode_lab(path.read_text(), file=path))
    except FileNotFoundError:
        known = ", ".join(f"`{found}`" for found in running_labs()) or "none"
        raise NotFound(f"lab `{name}` is not up; up: {known}") from None


def running_labs() -> tuple[str, ...]:
    """Return the names of the labs that are up, in order."""
    return tuple(sorted(path.parent.name for path in RUN.glob("*/lab.json")))


def down(name: str) -> bool:
    """Take down whatever there is of a lab, also what a crash left behind; return whether there was anything.

    Found by name alone: its network namespaces, the programs inside them, its directory.
    """
    directory = RUN / name
    names = hosts.existing(name)
    there = bool(names) or directory.exists()
    paths = [hosts.namespace_path(found) for found in names]
    while found := processes.inside(paths):
        processes.end(found)
    hosts.delete(names)
    shutil.rmtree(directory, ignore_errors=True)
    return there


def _make_namespaces(lab: Lab, members: Iterable[Member]) -> None:
    names = {links.namespace_name(lab.name, member.place): isinstance(member, Host) for member in members}
    hosts.make(names)
    for name, router in names.items():
        hosts.tune(name, router=router)


def _make_taps(lab: Lab, members: Iterable[Member]) -> None:
    """Make both taps of each VM and have frames carried between them."""
    for member in members:
        if isinstance(member, Workload) and member.type is WorkloadType.VM:
            router = links.namespace_name(lab.name, lab.host(member.host).place)
            outer = hosts.open_tap(router, member.interface)
            inner = hosts.open_tap(links.namespace_name(lab.name, member.place), links.DEVICE)
            servers.pump(RUN / lab.name / _CONTROL, member.reference, (outer, inner))


def _start_attendant(running: Running, fabric: str) -> processes.Process:
    """Start the attendant inside the fabric's namespace, where `down` finds it whatever happens."""
    return processes.start(
        hosts.namespace_path(fabric),
        [sys.executable, "-m", "tortie.lab.attendant", str(running.control)],
        running.record("attendant"),
        environment={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def _await_attendant(running: Running, attendant: processes.Process) -> None:
    """Wait until the attendant answers.

    Raises:
        Unavailable: It ended instead.
    """
    while True:
        try:
            return servers.turn(running.control, 1)
        except Unavailable:
            if not attendant.is_running():
                raise Unavailable(f"the lab's attendant ended at once: {running.log('attendant').strip()}") from None
            time.sleep(0.005)


def _keep(lab: Lab) -> None:
    """Write down what the lab is made of, for `attach`."""
    path = RUN / lab.name / "lab.json"
    partial = path.with_suffix(".partial")
    partial.write_text(encode_lab(lab))
    partial.replace(path)
