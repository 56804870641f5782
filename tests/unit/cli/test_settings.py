"""The configuration file and the environment: every setting, what wins, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tortie.cli.settings import DEFAULT_CONFIG, FIELDS, Field, read_settings
from tortie.errors import Invalid

HEAD = "apiVersion: projectcalico.org/v3\nkind: CalicoAPIConfig\nmetadata: {}\n"
GIVEN = {str: ("text", "text"), bool: ("true", "true"), int: ("7", "7"), float: ("1.5", "1.5")}
WITH_VARIABLE = [field for field in FIELDS if field.variable]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "calicoctl.cfg"


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_each_in_the_file(config: Path, field: Field) -> None:
    written, value = GIVEN[field.type]
    config.write_text(f"{HEAD}spec: {{{field.name}: {written}}}\n")
    assert read_settings(str(config), {}) == {field.name: value}


@pytest.mark.parametrize("field", WITH_VARIABLE, ids=lambda field: field.name)
def test_each_in_the_environment_with_and_without_the_prefix(field: Field) -> None:
    written, value = GIVEN[field.type]
    assert read_settings(DEFAULT_CONFIG, {field.variable: written}) == {field.name: value}
    both = {field.variable: "0", f"CALICO_{field.variable}": written}
    assert read_settings(DEFAULT_CONFIG, both) == {field.name: value}


@pytest.mark.parametrize(
    ("environ", "found"),
    [
        ({"CALICO_K8SAPITOKEN": "t"}, {"k8sAPIToken": "t"}),
        ({"K8SAPITOKEN": "t", "ETCD_KEY": "k", "ETCD_CERT": "c"}, {}),
        ({"ETCD_ENDPOINTS": "", "USE_POD_CIDR": ""}, {}),
        ({"CALICO_ETCD_ENDPOINTS": "", "ETCD_ENDPOINTS": "http://a:1"}, {"etcdEndpoints": "http://a:1"}),
        ({"USE_POD_CIDR": "T"}, {"usePodCIDR": "true"}),
        ({"USE_POD_CIDR": "0"}, {"usePodCIDR": "false"}),
    ],
)
def test_the_environment(environ: dict[str, str], found: dict[str, str]) -> None:
    assert read_settings(DEFAULT_CONFIG, environ) == found


def test_a_file_counts_alone(config: Path) -> None:
    config.write_text(f'{HEAD}spec: {{datastoreType: etcdv3, ETCDEndpoints: "http://a:1,http://b:1"}}\n')
    environ = {"ETCD_USERNAME": "u", "CALICO_DATASTORE_TYPE": "sqlite"}
    expected = {"datastoreType": "etcdv3", "etcdEndpoints": "http://a:1,http://b:1"}
    assert read_settings(str(config), environ) == expected


def test_a_file_takes_the_path_of_the_embedded_datastore_and_the_context_from_outside(config: Path) -> None:
    config.write_text(f"{HEAD}spec: {{k8sCurrentContext: a}}\n")
    found = read_settings(str(config), {"TORTIE_SQLITE_PATH": "/s"}, context="b")
    assert found == {"k8sCurrentContext": "b", "sqlitePath": "/s"}


def test_json_and_nothing_in_the_spec(config: Path) -> None:
    config.write_text('{"apiVersion": "projectcalico.org/v3", "kind": "CalicoAPIConfig"}')
    assert read_settings(str(config), {}) == {}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("kind: CalicoAPIConfig\napiVersion: v1\n", "invalid config file: unknown APIVersion 'v1'"),
        ("kind: CalicoAPIConfig\n", "invalid config file: unknown APIVersion ''"),
        ("kind: Config\napiVersion: projectcalico.org/v3\n", "expected kind 'CalicoAPIConfig', got 'Config'"),
        (f"{HEAD}spec: {{etcdEndpoint: a}}\n", 'failed to parse config as YAML/JSON: unknown field "etcdEndpoint"'),
        (f"{HEAD}specs: {{}}\n", 'unknown field "specs"'),
        (f"{HEAD}spec: []\n", "`spec` is no object"),
        (f"{HEAD}spec: {{usePodCIDR: 'yes'}}\n", "`usePodCIDR` has to be a true or false"),
        (f"{HEAD}spec: {{etcdUsername: 7}}\n", "`etcdUsername` has to be a string"),
        (f"{HEAD}spec: {{k8sClientBurst: 1.5}}\n", "`1.5` is not a whole number"),
        (f"{HEAD}spec: {{", "failed to parse config as YAML/JSON"),
    ],
)
def test_files_that_are_none(config: Path, text: str, what: str) -> None:
    config.write_text(text)
    with pytest.raises(Invalid) as caught:
        read_settings(str(config), {})
    assert f"syntax error in {config}: " in str(caught.value)
    assert what in str(caught.value)


@pytest.mark.parametrize(
    ("environ", "what"),
    [
        ({"USE_POD_CIDR": "maybe"}, "USE_POD_CIDR: `maybe` is not a true or false"),
        ({"CALICO_K8S_CLIENT_QPS": "x"}, "CALICO_K8S_CLIENT_QPS: `x` is not a number"),
    ],
)
def test_variables_that_are_wrong(environ: dict[str, str], what: str) -> None:
    with pytest.raises(Invalid, match=f"^failed to load config from env vars: {what}"):
        read_settings(DEFAULT_CONFIG, environ)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=f"^Error reading config file: {tmp_path}/absent"):
        read_settings(f"{tmp_path}/absent", {})
