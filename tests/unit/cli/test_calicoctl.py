"""The program itself: dispatch, exit codes, where errors go, and what starting it costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.unit.cli.console import Console, network_set

NOT_OURS = "is not supported: Tortie does not manage addresses, routes or clusters\n"


@pytest.mark.parametrize(
    ("words", "begins"),
    [
        ((), "Manage Calico"),
        (("--help",), "Manage Calico"),
        (("help",), "Manage Calico"),
        (("help", "get"), "Show resources."),
        (("get", "-h"), "Show resources."),
        (("ipam",), "Not of Tortie, which manages policy and no addresses."),
        (("ipam", "nonsense"), "Not of Tortie"),
        (("ipam", "check", "--help"), "Not of Tortie"),
        (("-c", "x", "get", "--help"), "Show resources."),
        (("-l", "info", "apply", "--help"), "Create resources, or update those that exist."),
    ],
)
def test_help(calicoctl: Console, words: tuple[str, ...], begins: str) -> None:
    said = calicoctl(*words)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(begins)


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("gett",), 'unknown command "gett" for "calicoctl"\n  did you mean `get`?\n'),
        (("ipam", "check", "-o", "x"), f"`calicoctl ipam check` {NOT_OURS}  use the tool that set up this network\n"),
        (("node", "status"), f"`calicoctl node status` {NOT_OURS}  `tortie status` tells how this host's agent is\n"),
        (("convert",), 'unknown command "convert" for "calicoctl"\n  `calicoctl --help` lists the commands\n'),
        (("get", "--unknown-flag"), "unknown flag: --unknown-flag\n"),
        (("get", "-m"), "unknown shorthand flag: 'm' in -m\n"),
        (
            ("label", "np", "x", "a=b", "-l", "loud"),
            "unknown log level: loud, expected one of: panic, fatal, error, warn, info, debug\n",
        ),
    ],
)
def test_errors(calicoctl: Console, words: tuple[str, ...], what: str) -> None:
    said = calicoctl(*words)
    assert (said.code, said.out, said.err) == (1, "", what)


@pytest.mark.parametrize(("called", "root"), [("kubectl-calico", "kubectl-calico"), ("calicoctl", "calicoctl")])
def test_as_a_plugin_of_kubectl(calicoctl: Console, monkeypatch: pytest.MonkeyPatch, called: str, root: str) -> None:
    monkeypatch.setattr(sys, "argv", [f"/usr/bin/{called}"])
    for words in ((), ("get",), ("ipam",)):
        assert f"\n  {root} " in calicoctl(*words, "--help").out


def test_the_first_level_that_is_none_is_told(calicoctl: Console) -> None:
    said = calicoctl("label", "np", "x", "a=b", "-l", "info", "-l", "loud")
    assert said.err.startswith("unknown log level: loud, expected")


def test_global_flags_may_stand_anywhere(calicoctl: Console) -> None:
    calicoctl.has(network_set())
    for words in (
        ("-l", "info", "get", "gnetsets"),
        ("get", "--context=x", "gnetsets"),
        ("get", "gnetsets", "-l", "info"),
    ):
        assert calicoctl(*words).out == "NAME   \nout    \n\n"


def test_a_configuration_that_cannot_be_read_is_told_on_standard_output(calicoctl: Console) -> None:
    said = calicoctl("get", "np", "-c", "/absent")
    assert (said.code, said.out, said.err) == (1, "Error reading config file: /absent\n", "")


def test_a_datastore_that_does_not_answer(calicoctl: Console) -> None:
    calicoctl.file("this is not a database, though it stands where one should be\n" * 20, "store.db")
    said = calicoctl("get", "np")
    assert (said.code, said.out) == (1, "")
    assert "store.db" in said.err


def test_help_loads_neither_the_api_nor_a_datastore() -> None:
    code = (
        "import sys\nfrom tortie.cli.calicoctl import main\nmain(['--help'])\n"
        "heavy = ('tortie.api', 'tortie.datastore', 'yaml', 'sqlite3', 'json', 'asyncio', 'argparse')\n"
        "sys.exit(str([name for name in heavy if name in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.stderr == "[]\n"


def test_listing_policies_loads_neither_rules_nor_what_reads_files() -> None:
    code = (
        "import sys\nfrom tortie.cli.calicoctl import main\n"
        "main(['get', 'np'], {'TORTIE_SQLITE_PATH': '/absent/store.db'})\n"
        "heavy = ('tortie.selector', 'tortie.api.decoding', 'tortie.model.settings', 'yaml', 'uuid', 'grpc')\n"
        "sys.exit(str([name for name in heavy if name in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.stderr == "[]\n"
