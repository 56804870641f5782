"""The endpoints of a host, who governs them, and which profile a name means."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.spec.cast import INGRESS, OPEN, endpoint_key, policy, tier, workload
from tortie.engine.local import Local, Profiles
from tortie.model import DEFAULT_ALLOW_PROFILE, HostEndpoint, Key, Kind, Labels, Metadata, Profile

W0, W1, W2 = (endpoint_key(name) for name in ("w0", "w1", "w2"))


def local(*names: str) -> Local:
    """A host with endpoints, settled."""
    found = Local(Profiles())
    for name in names:
        found.put_endpoint(endpoint_key(name), workload(name))
    found.settle()
    return found


def governed_by(host: Local, key: Key) -> set[str]:
    return {each.key.name for each in host.policies_of(key)}


def test_policies_govern_whom_they_select() -> None:
    host = local("w0", "w1")
    mine = policy("p", "name == 'w0'", (INGRESS,))
    host.put_policy(mine.key, mine)
    assert (governed_by(host, W0), governed_by(host, W1)) == ({"p"}, set())
    assert host.settle() == {W0}
    other = policy("p", "name == 'w1'", (INGRESS,))
    host.put_policy(other.key, other)
    assert (governed_by(host, W0), governed_by(host, W1)) == (set(), {"p"})
    assert host.settle() == {W0, W1}
    host.put_policy(other.key, None)
    assert governed_by(host, W1) == set()
    assert host.settle() == {W1}


def test_what_is_put_again_touches_nobody() -> None:
    host = local("w0")
    mine = policy("p", "all()", (INGRESS,))
    host.put_policy(mine.key, mine)
    host.put_tier("t", tier("t", 1.0))
    host.settle()
    host.put_policy(mine.key, mine)
    host.put_tier("t", tier("t", 1.0))
    host.put_endpoint(W0, workload("w0"))
    host.put_endpoint(W1, None)
    host.put_policy(policy("q", "", (INGRESS,)).key, None)
    assert host.settle() == set()


def test_a_policy_whose_rules_change_touches_whom_it_governs() -> None:
    host = local("w0", "w1")
    mine = policy("p", "name == 'w0'", (INGRESS,))
    host.put_policy(mine.key, mine)
    host.settle()
    host.put_policy(mine.key, replace(mine, order=5.0))
    assert host.settle() == {W0}


def test_tiers_touch_everybody() -> None:
    host = local("w0", "w1")
    host.put_tier("t", tier("t", 1.0))
    assert host.settle() == {W0, W1}
    host.put_tier("t", None)
    assert host.settle() == {W0, W1}
    assert not host.tiers


def test_an_endpoint_that_is_gone_is_told_once() -> None:
    host = local("w0")
    host.put_endpoint(W0, None)
    assert host.settle() == {W0}
    assert host.settle() == set()
    assert not host.endpoints


def test_of_two_endpoints_on_one_interface_the_lowest_key_counts() -> None:
    host = local("w1")
    host.put_endpoint(W0, replace(workload("w0"), interface="caliw1"))
    assert (host.governs_interface(W0), host.governs_interface(W1)) == (True, False)
    assert host.settle() == {W0, W1}
    host.put_endpoint(W0, None)
    assert (host.governs_interface(W0), host.governs_interface(W1)) == (False, True)
    assert host.settle() == {W0, W1}


HOSTS = tuple(Key(Kind.HOST_ENDPOINT, "", name) for name in ("h0", "h1"))


def host_endpoint(key: Key, interface: str = "", address: bytes = b"") -> HostEndpoint:
    expected = (address,) if address else ()
    return HostEndpoint(key, "here", interface, Metadata(labels={"name": "w0"}), expected)


def test_host_endpoints_govern_interfaces_as_these_come_and_go() -> None:
    host = local("w0")
    mine = policy("p", "name == 'w0'", (INGRESS,))
    host.put_policy(mine.key, mine)
    host.put_endpoint(HOSTS[0], host_endpoint(HOSTS[0], address=b"abcd"))
    host.put_endpoint(HOSTS[1], host_endpoint(HOSTS[1], "eth0"))
    assert host.settle() == {W0, *HOSTS}
    assert host.governed == {"eth0": HOSTS[1]}
    assert [host.governs_interface(key) for key in HOSTS] == [False, True]
    assert governed_by(host, HOSTS[1]) == {"p"}
    host.put_interfaces({"eth0": frozenset({b"abcd"})})
    assert host.settle() == {*HOSTS}
    assert host.governed == {"eth0": HOSTS[0]}
    host.put_interfaces({"eth0": frozenset({b"abcd"})})
    host.put_interfaces({"eth0": frozenset({b"abcd", b"efgh"})})
    assert host.settle() == set()
    host.put_endpoint(HOSTS[0], None)
    assert host.settle() == {*HOSTS}
    assert host.governed == {"eth0": HOSTS[1]}


def test_labels_of_profiles_decide_too() -> None:
    profiles = Profiles()
    host = Local(profiles)
    host.put_endpoint(W0, workload("w0"))
    mine = policy("p", "team == 'a'", (INGRESS,))
    host.put_policy(mine.key, mine)
    assert governed_by(host, W0) == set()
    profiles.put(OPEN.key, replace(OPEN, labels_to_apply={"team": "a"}))
    host.touch_profile("open")
    assert governed_by(host, W0) == {"p"}
    assert list(host.inherited(("gone", "open"))) == [{"team": "a"}]


def test_a_profile_touches_an_endpoint_by_what_it_says_and_by_labels_that_somebody_asks_for() -> None:
    profiles = Profiles()
    host = Local(profiles)
    host.put_endpoint(W0, workload("w0"))
    mine = policy("p", "team == 'a'", (INGRESS,))
    host.put_policy(mine.key, mine)
    host.settle()
    touched = []
    for each in (
        OPEN,
        replace(OPEN, labels_to_apply={"colour": "blue"}),
        replace(OPEN, labels_to_apply={"team": "b"}),
        replace(OPEN, labels_to_apply={"team": "a"}),
        replace(OPEN, labels_to_apply={"team": "a"}, egress=()),
        None,
    ):
        profiles.put(OPEN.key, each)
        host.touch_profile("open")
        touched.append(bool(host.settle()))
    assert touched == [True, False, False, True, True, True]


def profile(labels: Labels) -> Profile:
    return Profile(Key(Kind.PROFILE, "", "kns.shop"), labels_to_apply=labels)


NAMESPACE, STORED = Key(Kind.NAMESPACE, "", "shop"), Key(Kind.PROFILE, "", "kns.shop")


@pytest.mark.parametrize("order", [(NAMESPACE, STORED), (STORED, NAMESPACE)])
def test_of_profiles_of_one_name_the_lowest_key_counts(order: tuple[Key, Key]) -> None:
    profiles = Profiles()
    for key in order:
        assert profiles.put(key, profile({"from": key.kind})) == {"kns.shop"}
    assert profiles.get("kns.shop") == profile({"from": Kind.NAMESPACE})
    assert profiles.put(NAMESPACE, None) == {"kns.shop"}
    assert profiles.get("kns.shop") == profile({"from": Kind.PROFILE})
    profiles.put(STORED, None)
    assert profiles.get("kns.shop") is None
    assert profiles.put(STORED, None) == set()


def test_a_profile_may_change_its_name() -> None:
    profiles = Profiles()
    profiles.put(NAMESPACE, profile({}))
    renamed = Profile(Key(Kind.PROFILE, "", "kns.other"))
    assert profiles.put(NAMESPACE, renamed) == {"kns.shop", "kns.other"}
    assert (profiles.get("kns.shop"), profiles.get("kns.other")) == (None, renamed)


def test_the_built_in_profile_is_always_there() -> None:
    profiles = Profiles()
    assert profiles.get("projectcalico-default-allow") == DEFAULT_ALLOW_PROFILE


def test_the_profile_that_is_always_there_comes_back_when_one_of_its_name_goes() -> None:
    profiles = Profiles()
    name = DEFAULT_ALLOW_PROFILE.key.name
    for key in (DEFAULT_ALLOW_PROFILE.key, Key(Kind.PROFILE, "", "another-key")):
        other = Profile(DEFAULT_ALLOW_PROFILE.key)
        assert profiles.put(key, other) == {name}
        assert profiles.put(key, None) == {name}
        assert profiles.get(name) == DEFAULT_ALLOW_PROFILE
