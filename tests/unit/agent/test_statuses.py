"""A status file is there from when an endpoint's policy is in the kernel until the endpoint is gone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.spec.cast import workload
from tests.unit.agent.scene import Scene, say, until
from tortie.agent import Agent, StatusFiles
from tortie.agent.statuses import RETRY, status_file
from tortie.model import Key, Kind, WorkloadEndpoint, parse_address

POD = WorkloadEndpoint(
    Key(Kind.WORKLOAD_ENDPOINT, "shop", "node--1-k8s-web-eth0"),
    "node-1",
    "cali1",
    orchestrator="k8s",
    pod="web",
    endpoint="eth0",
    addresses=(parse_address("10.0.0.1"), parse_address("2001:db8::1")),
    mac="02:00:00:00:00:01",
)
OTHER = replace(POD, pod="other", interface="cali2")
NAME = "k8s shop%2Fweb eth0"


class Place:
    """A directory of status files, and a clock."""

    def __init__(self, root: Path, prefix: str = "/run") -> None:
        self.directory = root / "run" / "endpoint-status"
        self.files = StatusFiles(root)
        self.files.begin(prefix)
        self.marks = 0

    def keep(self, *ready: WorkloadEndpoint, committed: bool = True, now: float = 0.0) -> dict[str, bytes]:
        """Tell news; return what the directory has."""
        self.marks += 1
        self.files.keep(self.marks, lambda: ready, committed=committed, now=now)
        return self.found()

    def found(self) -> dict[str, bytes]:
        """What is there; one that is being written has a name with a dot, and another one a moment later."""
        finished = (each for each in self.directory.glob("*") if not each.name.startswith("."))
        return {each.name: each.read_bytes() for each in finished if each.is_file()}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.mark.parametrize(
    ("endpoint", "name"),
    [
        (POD, NAME),
        (replace(POD, pod="a b/c%"), "k8s shop%2Fa%20b%2Fc%25 eth0"),
        (replace(POD, pod="a_b-c.d~$&+=:@"), "k8s shop%2Fa_b-c.d~$&+=:@ eth0"),
        (replace(POD, orchestrator="cni", container_id="7f"), "cni shop%2F7f eth0"),
        (replace(POD, orchestrator="openstack", workload="vm"), "openstack shop%2Fvm eth0"),
        (replace(POD, pod="", endpoint=""), "k8s shop%2Fnode--1-k8s-web-eth0 node--1-k8s-web-eth0"),
    ],
)
def test_a_file_is_named_as_plugins_expect(endpoint: WorkloadEndpoint, name: str) -> None:
    assert status_file(endpoint)[0] == name


def test_a_file_tells_interface_and_addresses() -> None:
    assert json.loads(status_file(POD)[1]) == {
        "ifaceName": "cali1",
        "mac": "02:00:00:00:00:01",
        "ipv4Nets": ["10.0.0.1/32"],
        "ipv6Nets": ["2001:db8::1/128"],
    }
    assert json.loads(status_file(replace(POD, addresses=(), mac=""))[1]) == {"ifaceName": "cali1"}


@pytest.mark.scenario(155)
def test_a_file_comes_once_policy_is_committed_and_goes_with_the_endpoint(place: Place) -> None:
    assert place.keep(POD, committed=False) == {}
    assert place.keep(POD) == dict([status_file(POD)])
    assert place.directory.stat().st_mode & 0o777 == 0o755
    assert (place.directory / NAME).stat().st_mode & 0o777 == 0o644
    assert place.keep(replace(POD, interface="cali9"))[NAME] == status_file(replace(POD, interface="cali9"))[1]
    assert place.keep(POD, OTHER).keys() == {NAME, status_file(OTHER)[0]}
    assert place.keep(OTHER, committed=False).keys() == {status_file(OTHER)[0]}


@pytest.mark.scenario(155)
def test_after_a_start_stale_files_go_and_valid_ones_stay_as_they_are(place: Place) -> None:
    place.keep(POD, OTHER)
    (place.directory / ".new").write_bytes(b"half")
    (place.directory / "k8s gone").symlink_to(place.directory)
    (place.directory / "somebody's").mkdir()
    valid = (place.directory / NAME).stat()
    again = Place(place.directory.parent.parent)
    assert again.keep(POD) == dict([status_file(POD)])
    assert (place.directory / NAME).stat().st_ino == valid.st_ino
    assert {each.name for each in place.directory.iterdir()} == {NAME, "somebody's"}
    assert again.files.error == ""


@pytest.mark.scenario(155)
def test_what_fails_is_tried_again_and_keeps_nobody_waiting(place: Place) -> None:
    place.keep()
    (place.directory / NAME).mkdir()  # a file cannot take its place
    assert place.keep(POD, now=100.0) == {}
    assert NAME in place.files.error
    assert place.keep(POD, OTHER, now=101.0).keys() == {status_file(OTHER)[0]}
    (place.directory / NAME).rmdir()
    assert NAME not in place.keep(POD, OTHER, now=99.0 + RETRY)
    assert place.files.error
    mark = place.marks
    place.files.keep(mark, lambda: [POD, OTHER], committed=True, now=100.0 + RETRY)
    assert NAME in place.found()
    assert place.files.error == ""


def test_a_directory_that_cannot_be_made_is_tried_again(place: Place) -> None:
    place.directory.parent.write_bytes(b"in the way")
    assert place.keep(POD) == {}
    assert place.files.error
    place.directory.parent.unlink()
    assert place.keep(POD, now=RETRY) == dict([status_file(POD)])


def test_nothing_is_read_while_nothing_is_new(place: Place) -> None:
    place.keep(POD)

    def ready() -> Iterator[WorkloadEndpoint]:
        raise AssertionError

    place.files.keep(place.marks, ready, committed=True, now=1000.0)


def test_without_a_directory_there_are_no_files(tmp_path: Path) -> None:
    place = Place(tmp_path, "")
    assert place.keep(POD) == {}
    place.files.begin("/run")  # only a new start changes it
    assert place.keep(POD) == {}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.scenario(155)
def test_an_agent_keeps_the_files_of_its_host(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    place = Place(tmp_path / "root")
    names = {name: status_file(workload(name))[0] for name in ("w0", "w1", "w2")}
    scene.fill()
    say(scene, EndpointStatusPathPrefix="/run")
    place.directory.mkdir(parents=True)
    (place.directory / "k8s gone eth0").write_bytes(b"{}")
    scene.kernel.full = True

    async def act(agent: Agent) -> None:
        await until(lambda: agent.report().error and not place.found())
        scene.kernel.full = False
        await until(lambda: place.found().keys() == set(names.values()))
        scene.store.delete(workload("w1").key)
        await until(lambda: place.found().keys() == {names["w0"], names["w2"]})
        assert agent.report().statuses_error == ""

    scene.run(act)
    scene.close()
    assert place.found().keys() == {names["w0"], names["w2"]}
