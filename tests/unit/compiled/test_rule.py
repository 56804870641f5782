"""Named ports: which ports an address declares is read from the names of its sets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tortie.compiled import NamedPorts, declared_ports, named_port
from tortie.model import PortRange


def test_declared_ports() -> None:
    sets = frozenset({named_port("p1", 6, 80), named_port("p1", 17, 53), named_port("p10", 6, 81), "p1", "s:web"})
    assert declared_ports("p1", sets) == {(6, 80), (17, 53)}
    assert declared_ports("p10", sets) == {(6, 81)}
    assert declared_ports("p", sets) == frozenset()


@given(st.text(min_size=1), st.sets(st.tuples(st.integers(0, 255), st.integers(0, 65535))))
def test_what_is_declared_is_found(query: str, ports: set[tuple[int, int]]) -> None:
    assert declared_ports(query, frozenset(named_port(query, *port) for port in ports)) == ports


@pytest.mark.parametrize(
    ("names", "is_asked"),
    [
        (NamedPorts(), False),
        (NamedPorts(refused_numbers=(PortRange(1, 2),)), False),
        (NamedPorts(wanted=(("p1", "http"),)), True),
        (NamedPorts(refused=(("p1", "http"),)), True),
    ],
)
def test_named_ports_are_true_where_a_name_is_given(names: NamedPorts, is_asked: bool) -> None:
    assert bool(names) is is_asked
