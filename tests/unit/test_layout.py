"""What holds of every file: its size, its names, its first line, its test, and that it tells of no machine."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAX_FILE_LINES = 400
MAX_BODY_LINES = 60
MAX_PARAMETERS = 6
VAGUE = frozenset({"manager", "helper", "util", "handler", "processor", "base", "common", "misc"})
SHORT = frozenset({"ep", "ns", "np"})  # abbreviations for shells, not for code
UNREAD = frozenset({".git", ".venv", "__pycache__", "dist", "build", "site"})  # not ours, or made from ours
MACHINE = re.compile(  # put together here, so that this file does not find itself
    "|".join([r"(?:^|[^A-Za-z0-9_.])/(?:" + "work|" + "farm)/", "pypi" + r"\.org", "python" + r"hosted\.org"])
)

ETCD = "asks an etcd; tests/contract and tests/etcd have it do so"
KUBERNETES = "asks an API server; tests/contract and tests/kubernetes have it do so"
KERNEL_LAB = "acts on the kernel; tests/kernel/test_lab.py has it do so"
POLICED_LAB = "acts on the kernel; tests/kernel/test_policed_lab.py has it do so"
DATA_ONLY = "declares fields, and does nothing"
TESTED_ELSEWHERE = {
    "tortie/dataplane/nftables/constants.py": "numbers of the kernel; tests/kernel/test_listing.py holds them to it",
    "tortie/dataplane/nftables/kernel.py": "acts on the kernel; tests/contract/test_kernel.py has it do so",
    "tortie/dataplane/nftables/protocol.py": "declares what a kernel does; tests/contract holds both kernels to it",
    "tortie/datastore/etcd.py": ETCD,
    "tortie/datastore/etcd_calls.py": ETCD,
    "tortie/datastore/etcd_channel.py": ETCD,
    "tortie/datastore/kubernetes.py": KUBERNETES,
    "tortie/datastore/kubernetes_calls.py": KUBERNETES,
    "tortie/datastore/kubernetes_connection.py": KUBERNETES,
    "tortie/datastore/kubernetes_login.py": KUBERNETES,
    "tortie/datastore/kubernetes_objects.py": KUBERNETES,
    "tortie/datastore/kubernetes_watch.py": KUBERNETES,
    "tortie/datastore/protocol.py": "declares what a datastore does; tests/contract holds every one of them to it",
    "tortie/lab/etcd.py": "runs in a lab; tests/kernel/test_etcd_lab.py has it do so",
    "tortie/lab/hosts.py": KERNEL_LAB,
    "tortie/lab/kernels.py": POLICED_LAB,
    "tortie/lab/lab.py": KERNEL_LAB,
    "tortie/lab/policed.py": POLICED_LAB,
    "tortie/lab/probe.py": KERNEL_LAB,
    "tortie/lab/processes.py": KERNEL_LAB,
    "tortie/lab/raw.py": KERNEL_LAB,
    "tortie/lab/servers.py": KERNEL_LAB,
    "tortie/lab/stream.py": KERNEL_LAB,
    "tortie/model/configuration.py": DATA_ONLY,
    "tortie/model/endpoint.py": DATA_ONLY,
    "tortie/model/metadata.py": DATA_ONLY,
    "tortie/model/networkset.py": DATA_ONLY,
    "tortie/model/rule.py": DATA_ONLY,
    "tortie/model/update.py": DATA_ONLY,
    "tortie/netlink/namespace.py": KERNEL_LAB,
    "tortie/netlink/conntrack.py": "acts on the kernel; tests/kernel/test_conntrack.py has it do so",
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def python_files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def text_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name in UNREAD:  # in a second work tree, .git is a file
            continue
        if path.is_dir():
            if not (path.name.startswith(".") and path.name != ".ci"):
                yield from text_files(path)
        elif path.name != "uv.lock" and b"\0" not in path.read_bytes():
            yield path


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def syntax(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))


def functions(path: Path) -> Iterator[Function]:
    return (node for node in ast.walk(syntax(path)) if isinstance(node, Function))


def definitions(path: Path) -> Iterator[Function | ast.ClassDef]:
    return (node for node in ast.walk(syntax(path)) if isinstance(node, Function | ast.ClassDef))


def parameters(function: Function) -> list[str]:
    every = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return [argument.arg for argument in every if argument.arg not in {"self", "cls"}]


def body_lines(function: Function) -> int:
    """Count the lines of a function's statements, its docstring left out."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def words(name: str) -> set[str]:
    """Split `snake_case` and `CamelCase` into lower-case words; a plural counts as its singular."""
    found = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return {word.lower() for word in found} | {word.lower().removesuffix("s") for word in found}


def is_only_declarations(path: Path) -> bool:
    """Tell whether a package's front file only re-exports, so that it has nothing to test."""
    return path.name in {"__init__.py", "__main__.py"} and not any(definitions(path))


def report(breaches: list[str]) -> None:
    if breaches:
        pytest.fail(f"{len(breaches)} found:\n" + "\n".join(breaches), pytrace=False)


def test_every_source_file_has_its_test_file() -> None:
    breaches = []
    for path in python_files("tortie"):
        source = path.relative_to(ROOT / "tortie")
        test = Path("tests/unit", source.parent, f"test_{source.stem.strip('_')}.py")
        if not (is_only_declarations(path) or relative(path) in TESTED_ELSEWHERE or (ROOT / test).is_file()):
            breaches.append(f"{relative(path)}: no {test}")
    report(breaches)


def test_files_excused_from_a_test_file_exist() -> None:
    report([f"{path}: is gone; drop it from the list" for path in TESTED_ELSEWHERE if not (ROOT / path).is_file()])


def test_files_are_short() -> None:
    breaches = []
    for path in python_files("tortie", "tests", "benchmarks"):
        lines = len(path.read_text().splitlines())
        if lines > MAX_FILE_LINES:
            breaches.append(
                f"{relative(path)}: {lines} lines, more than {MAX_FILE_LINES}; give each reason its own file"
            )
    report(breaches)


def test_functions_are_short_and_take_few_parameters() -> None:
    breaches = []
    for path in python_files("tortie", "tests", "benchmarks"):
        for function in functions(path):
            place = f"{relative(path)}:{function.lineno}: {function.name}"
            if (lines := body_lines(function)) > MAX_BODY_LINES:
                breaches.append(f"{place}: {lines} lines, more than {MAX_BODY_LINES}")
            if (count := len(parameters(function))) > MAX_PARAMETERS:
                breaches.append(f"{place}: {count} parameters, more than {MAX_PARAMETERS}; make a dataclass of them")
    report(breaches)


def test_names_say_what_things_keep_or_answer() -> None:
    breaches = []
    for path in python_files("tortie", "benchmarks"):
        for part in path.relative_to(ROOT).with_suffix("").parts:
            breaches += [f"{relative(path)}: `{word}` says nothing" for word in sorted(words(part) & VAGUE)]
        for node in definitions(path):
            place = f"{relative(path)}:{node.lineno}: {node.name}"
            breaches += [f"{place}: `{word}` says nothing" for word in sorted(words(node.name) & VAGUE)]
            if isinstance(node, Function):
                breaches += [f"{place}: parameter `{n}`: write it out" for n in parameters(node) if n in SHORT]
    report(breaches)


def test_every_module_begins_with_its_reason() -> None:
    breaches = []
    for path in python_files("tortie", "tests", "benchmarks"):
        first = (ast.get_docstring(syntax(path)) or "").partition("\n")[0]
        if len(first.split()) < 2:
            breaches.append(f"{relative(path)}: the first line of its docstring must tell what the file is for")
    report(breaches)


def test_nothing_tells_of_a_machine_or_a_registry() -> None:
    breaches = []
    for path in text_files(ROOT):
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1):
            if MACHINE.search(line):
                breaches.append(f"{relative(path)}:{number}: {line.strip()[:80]}")
    report(breaches)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("PolicyManager", {"policy", "manager"}),
        ("decode_utils", {"decode", "util"}),
        ("database", {"database"}),
        ("HTTPHandler", {"http", "handler"}),
    ],
)
def test_words(name: str, expected: set[str]) -> None:
    assert expected <= words(name)


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("see /" + "work/main", True),
        ("path='/" + "farm/x'", True),
        ("https://" + "pypi" + ".org/simple", True),
        ("docs/" + "work/notes.md", False),
        ("network/" + "workload", False),
    ],
)
def test_machine_pattern(line: str, is_found: bool) -> None:
    assert bool(MACHINE.search(line)) is is_found
