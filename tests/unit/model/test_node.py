"""Hosts and the cluster: what they are where nothing is said of them."""

from __future__ import annotations

from tortie.model import ClusterInformation, Key, Kind, Node


def test_a_node_of_which_nothing_is_said_has_no_addresses() -> None:
    node = Node(Key(Kind.NODE, "", "n1"))
    assert (node.addresses, node.outer, node.interfaces) == ((), (), ())


def test_agents_act_on_a_cluster_of_which_nothing_is_said() -> None:
    assert ClusterInformation(Key(Kind.CLUSTER_INFORMATION, "", "default")).ready
