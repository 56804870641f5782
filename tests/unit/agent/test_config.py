"""What an agent is told: flags before TORTIE_ before FELIX_ before defaults, and nothing ignored in silence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tortie.agent.config import Config, read_config
from tortie.api import Source
from tortie.datastore import DatastoreType, EtcdSettings
from tortie.errors import Invalid
from tortie.model import EndpointToHostAction, Settings


def test_nothing_said_means_the_defaults() -> None:
    assert read_config({}, {}, "Node-1") == Config(hostname="node-1")


@pytest.mark.parametrize(
    ("flags", "environ", "wanted"),
    [
        ({}, {"FELIX_FELIXHOSTNAME": "a"}, "a"),
        ({}, {"FELIX_FELIXHOSTNAME": "a", "TORTIE_HOSTNAME": "b"}, "a"),
        ({}, {"TORTIE_HOSTNAME": "b"}, "b"),
        ({"hostname": "c"}, {"FELIX_FELIXHOSTNAME": "a"}, "c"),
        ({"hostname": None}, {"felix_FelixHostname": "Mixed"}, "Mixed"),
        ({}, {"FELIX_FELIXHOSTNAME": " "}, "own"),
    ],
)
def test_whose_word_counts(flags: dict[str, str | None], environ: dict[str, str], wanted: str) -> None:
    assert read_config(flags, environ, "own").hostname == wanted


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({"FELIX_INTERFACEPREFIX": "cali,tap"}, Settings(interface_prefixes=("cali", "tap"), openstack=True)),
        (
            {"FELIX_DEFAULTENDPOINTTOHOSTACTION": "ACCEPT"},
            Settings(endpoint_to_host_action=EndpointToHostAction.ACCEPT),
        ),
        ({"FELIX_LOGPREFIX": "drop %t"}, Settings(log_prefix="drop %t")),
        ({"FELIX_WORKLOADSOURCESPOOFING": "Any"}, Settings(workload_source_spoofing=True)),
        ({"FELIX_ALLOWVXLANPACKETSFROMWORKLOADS": "true"}, Settings(allow_vxlan_from_workloads=True)),
        ({"FELIX_ALLOWIPIPPACKETSFROMWORKLOADS": "1"}, Settings(allow_ipip_from_workloads=True)),
        ({"FELIX_VXLANPORT": "8472"}, Settings(vxlan_port=8472)),
        ({"FELIX_DISABLECONNTRACKINVALIDCHECK": "true"}, Settings(drop_invalid=False)),
    ],
)
def test_settings(environ: dict[str, str], wanted: Settings) -> None:
    assert read_config({}, environ, "own").settings == wanted


@pytest.mark.parametrize(
    ("flags", "environ", "wanted"),
    [
        ({}, {"FELIX_HEALTHENABLED": "true"}, ("127.0.0.1", 9099)),
        ({}, {"FELIX_HEALTHENABLED": "true", "FELIX_HEALTHHOST": "localhost"}, ("127.0.0.1", 9099)),
        ({}, {"FELIX_HEALTHENABLED": "true", "FELIX_HEALTHHOST": "::", "FELIX_HEALTHPORT": "1"}, ("::", 1)),
        ({}, {"FELIX_HEALTHPORT": "1"}, None),
        ({"health-port": "0"}, {}, ("127.0.0.1", 0)),
    ],
)
def test_where_health_is_told(
    flags: dict[str, str | None], environ: dict[str, str], wanted: tuple[str, int] | None
) -> None:
    assert read_config(flags, environ, "own").health == wanted


def test_places_and_times() -> None:
    environ = {
        "FELIX_PROMETHEUSMETRICSENABLED": "true",
        "TORTIE_STATEDIRECTORY": "/state",
        "TORTIE_RUNDIRECTORY": "/run/x",
        "FELIX_NFTABLESREFRESHINTERVAL": "180",
        "FELIX_LOGSEVERITYSCREEN": "Debug",
    }
    config = read_config({}, environ, "own")
    assert config.metrics == ("127.0.0.1", 9091)
    assert (config.state_directory, config.run_directory) == (Path("/state"), Path("/run/x"))
    assert (config.repair_seconds, config.log_level) == (180.0, "DEBUG")


def test_settings_nobody_knows_are_named() -> None:
    environ = {"FELIX_BPFENABLED": "true", "FELIX_LOGPREFIX": "x", "HOME": "/"}
    assert read_config({}, environ, "own").ignored == ("FELIX_BPFENABLED",)


def test_every_bad_value_is_named() -> None:
    environ = {
        "FELIX_HEALTHPORT": "99999",
        "FELIX_HEALTHENABLED": "maybe",
        "FELIX_INTERFACEPREFIX": "cali,a b",
        "FELIX_DEFAULTENDPOINTTOHOSTACTION": "Reject",
        "FELIX_WORKLOADSOURCESPOOFING": "x",
        "FELIX_LOGSEVERITYSCREEN": "loud",
        "TORTIE_NFTABLESREFRESHINTERVAL": "-1",
    }
    with pytest.raises(Invalid) as caught:
        read_config({"metrics-port": "x"}, environ, "own")
    assert {problem.path for problem in caught.value.problems} == {*environ, "--metrics-port"}
    assert re.search(r"FELIX_HEALTHPORT: `99999`: want a whole number from 0 to 65535", str(caught.value))


def test_the_datastore_is_named_as_for_other_commands_or_as_the_reference_agent_is_told() -> None:
    plain = {"DATASTORE_TYPE": "etcdv3", "ETCD_ENDPOINTS": "http://a:1"}
    assert read_config({}, plain, "own").datastore.etcd.endpoints == "http://a:1"
    felix = {
        "FELIX_DATASTORETYPE": "etcdv3",
        "felix_EtcdEndpoints": "https://b:1",
        "FELIX_ETCDCAFILE": "/ca",
        "FELIX_ETCDCERTFILE": "/cert",
        "FELIX_ETCDKEYFILE": "/key",
    }
    config = read_config({}, {**plain, **felix}, "own")
    assert config.datastore.etcd == EtcdSettings("https://b:1", ca_cert_file="/ca", cert_file="/cert", key_file="/key")
    assert config.ignored == ()
    with pytest.raises(Invalid, match="no etcd endpoints specified"):
        read_config({}, {"FELIX_DATASTORETYPE": "etcdv3"}, "own")


def test_a_value_that_a_higher_place_overrides_is_not_read() -> None:
    config = read_config({"log-level": "error"}, {"FELIX_LOGSEVERITYSCREEN": "loud"}, "own")
    assert config.log_level == "ERROR"
    assert read_config({}, {"TORTIE_VXLANPORT": "1", "FELIX_VXLANPORT": "x"}, "own").settings.vxlan_port == 1


def felix_cfg(**values: str) -> Source:
    return Source("/etc/calico/felix.cfg", values)


def test_a_file_says_what_the_environment_does_not() -> None:
    file = felix_cfg(FelixHostname="of-file", LogPrefix="file", HealthEnabled="true", HealthPort="7", Odd="x")
    config = read_config({}, {"FELIX_LOGPREFIX": "environment"}, "own", file)
    assert (config.hostname, config.settings.log_prefix, config.health) == ("of-file", "environment", ("127.0.0.1", 7))
    assert read_config({}, {"TORTIE_HOSTNAME": "a"}, "own", file).hostname == "a"
    assert read_config({"hostname": "b"}, {"TORTIE_HOSTNAME": "a"}, "own", file).hostname == "b"


@pytest.mark.parametrize(
    ("values", "refused"),
    [
        ({"FailsafeInboundHostPorts": "all"}, "felix.cfg FailsafeInboundHostPorts"),
        ({"EtcdScheme": "ftp"}, "felix.cfg ETCDSCHEME"),
        ({"VXLANPort": "many"}, ""),
    ],
)
def test_a_file_is_refused_only_where_no_agent_may_start(values: dict[str, str], refused: str) -> None:
    if not refused:
        assert read_config({}, {}, "own", felix_cfg(**values)).settings == Settings()
        return
    with pytest.raises(Invalid, match=refused):
        read_config({}, {}, "own", felix_cfg(**values))


PLAIN = {"DATASTORE_TYPE": "etcdv3", "ETCD_ENDPOINTS": "http://plain:1"}
OURS = {"TORTIE_ETCDENDPOINTS": "http://ours:1"}
FELIX = {"FELIX_ETCDENDPOINTS": "http://felix:1"}
ADDRESS = {"FELIX_ETCDADDR": "address:1"}


@pytest.mark.parametrize(
    ("environ", "file", "endpoints"),
    [
        (PLAIN, {}, "http://plain:1"),
        ({**PLAIN, **FELIX, **OURS}, {"EtcdEndpoints": "http://file:1"}, "http://ours:1"),
        ({**PLAIN, **FELIX}, {"EtcdEndpoints": "http://file:1"}, "http://felix:1"),
        (PLAIN, {"EtcdEndpoints": "http://file:1"}, "http://file:1"),
        ({}, {"EtcdEndpoints": "http://file:1"}, "http://file:1"),
        ({}, {"DatastoreType": "etcdv3", "EtcdAddr": "file:1", "EtcdScheme": "https"}, "https://file:1"),
        ({**PLAIN, **ADDRESS}, {}, "http://address:1"),
        ({**PLAIN, **ADDRESS, "FELIX_ETCDSCHEME": "HTTPS"}, {"EtcdScheme": "http"}, "https://address:1"),
        ({**PLAIN, **ADDRESS, **FELIX}, {}, "http://felix:1"),
        ({**PLAIN, **ADDRESS}, {"EtcdEndpoints": "http://file:1"}, "http://file:1"),
        ({**PLAIN, "FELIX_ETCDSCHEME": "https"}, {}, "http://plain:1"),
        ({"ETCD_DISCOVERY_SRV": "example.org", "DATASTORE_TYPE": "etcdv3", **FELIX}, {}, "http://felix:1"),
    ],
)
def test_whose_word_on_the_datastore_counts(environ: dict[str, str], file: dict[str, str], endpoints: str) -> None:
    config = read_config({}, environ, "own", felix_cfg(**file))
    assert (config.datastore.type, config.datastore.etcd.endpoints) == (DatastoreType.ETCD, endpoints)
    assert config.ignored == ()


def test_a_file_may_name_the_files_of_tls() -> None:
    file = felix_cfg(EtcdEndpoints="https://a:1", EtcdCaFile="/f/ca", EtcdCertFile="/f/cert", EtcdKeyFile="/f/key")
    config = read_config({}, {"ETCD_CA_CERT_FILE": "/plain", "FELIX_ETCDCERTFILE": "/felix"}, "own", file)
    etcd = EtcdSettings("https://a:1", ca_cert_file="/f/ca", cert_file="/felix", key_file="/f/key")
    assert config.datastore.etcd == etcd


def test_what_an_agent_was_told_has_settings_alone() -> None:
    environ = {"FELIX_LOGPREFIX": "x", "FELIX_ETCDKEYFILE": "/secret", "TORTIE_INTERFACEPREFIX": "tap"}
    assert read_config({}, environ, "Me").told() == {
        "host": "me",
        "sources": [
            {"place": "environment", "values": {"INTERFACEPREFIX": "tap"}},
            {"place": "environment", "values": {"LOGPREFIX": "x"}},
        ],
    }
