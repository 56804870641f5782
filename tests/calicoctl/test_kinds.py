"""Every kind under every one of its names, in any case, with and without a namespace."""

from __future__ import annotations

import pytest

from tests.calicoctl.rows import holds
from tests.unit.cli.console import Console

NAMESPACED = {
    "NetworkPolicy": "networkpolicy networkpolicies policy policies np pol pols",
    "StagedNetworkPolicy": "stagednetworkpolicy stagednetworkpolicies stagedpolicy stagedpolicies snp spol spols",
    "StagedKubernetesNetworkPolicy": (
        "stagedkubernetesnetworkpolicy stagedkubernetesnetworkpolicies "
        "stagedkubernetespolicy stagedkubernetespolicies sknp skpol skpols"
    ),
    "WorkloadEndpoint": "workloadendpoint workloadendpoints wep weps",
    "NetworkSet": "networkset networksets netsets",
}
OTHERS = {
    "GlobalNetworkPolicy": "globalnetworkpolicy globalnetworkpolicies gnp gnps",
    "StagedGlobalNetworkPolicy": "stagedglobalnetworkpolicy stagedglobalnetworkpolicies sgnp sgnps",
    "Tier": "tier tiers",
    "Profile": "profile profiles pro pros",
    "HostEndpoint": "hostendpoint hostendpoints hep heps",
    "GlobalNetworkSet": "globalnetworkset globalnetworksets gnetsets",
    "Node": "node nodes no nos",
    "FelixConfiguration": "felixconfiguration felixconfigurations felixconfig felixconfigs",
    "ClusterInformation": "clusterinformation clusterinformations clusterinfo clusterinfos",
    "KubeControllersConfiguration": (
        "kubecontrollersconfiguration kubecontrollersconfigurations kubecontrollersconfig kubecontrollersconfigs"
    ),
    "CalicoNodeStatus": "caliconodestatus caliconodestatuses nodestatus nodestatuses",
    "BGPConfiguration": "bgpconfiguration bgpconfigurations bgpconfig bgpconfigs",
    "BGPPeer": "bgppeer bgppeers bgpp bgpps bp bps",
    "BGPFilter": "bgpfilter bgpfilters bgpf bgpfs bf bfs",
    "IPPool": "ippool ippools ipp ipps pool pools",
    "IPReservation": "ipreservation ipreservations reservation reservations",
    "IPAMConfiguration": "ipamconfiguration ipamconfigurations ipamconfig ipamconfigs",
}


@holds(*(f"7.{kind}" for kind in (*NAMESPACED, *OTHERS)))
@pytest.mark.parametrize(("kind", "names"), [*NAMESPACED.items(), *OTHERS.items()])
def test_names(calicoctl: Console, kind: str, names: str) -> None:
    for name in names.split():
        for spelt in (name, name.upper(), name.title()):
            said = calicoctl("get", spelt, "-o", "json")
            assert (said.code, said.err) == (0, ""), spelt
            assert f'"kind": "{kind}List"' in said.out
    said = calicoctl("get", names.split(maxsplit=1)[0], "-A")
    assert (said.code, said.err) == ((0, "") if kind in NAMESPACED else (1, f"{kind} is not namespaced\n"))
