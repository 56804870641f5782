"""The commands of calicoctl: their flags, and what their help says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tortie.cli.flags import Flag, flags_help

__all__ = [
    "COMMANDS",
    "GLOBAL_FLAGS",
    "GROUPS",
    "LOG_LEVELS",
    "Command",
    "children",
    "command_help",
    "group_help",
    "overview",
]

LOG_LEVELS = ("panic", "fatal", "error", "warn", "info", "debug")


class Command(NamedTuple):
    """One command: the words it takes, what it does, its flags, and the module whose `run` does it.

    `name` has the words that call it (`datastore migrate lock`). `file` is the module where that has another name, a
    colon and the function behind it where that is not `run`. A command that is `foreign` is none of ours: whatever
    is given to it is not read.
    """

    name: str
    words: str
    summary: str
    flags: tuple[Flag, ...]
    file: str = ""
    foreign: bool = False
    hidden: bool = False

    @property
    def module(self) -> str:
        """Return the module that does it."""
        return f"tortie.cli.verbs.{(self.file or self.name).partition(':')[0]}"

    @property
    def function(self) -> str:
        """Return the name of the function in it that does."""
        return self.file.partition(":")[2] or "run"


GLOBAL_FLAGS = (
    Flag("log-level", "l", ", ".join(LOG_LEVELS), "panic", repeats=True),
    Flag("context", "", "the context of the kubeconfig to use"),
    Flag("allow-version-mismatch", "", "go on when client and cluster have different versions", default=False),
    Flag("help", "h", "tell what a command does", default=False),
)
_CONFIG = Flag("config", "c", "file that says which datastore to use", "/etc/calico/calicoctl.cfg")
_NAMESPACE = Flag("namespace", "n", "namespace of the resources")
_FILES = (
    Flag("filename", "f", "file, directory, or `-` for standard input"),
    Flag("recursive", "R", "look into directories of the directory too", default=False),
    Flag("skip-empty", "", "files and directories may be empty", default=False),
    _CONFIG,
    _NAMESPACE,
)
_CAREFUL = (
    Flag("force", "", "write what would cut live sessions of this machine too", default=False),
    Flag("confirm", "", "undo it after this long (60s, 5m) unless `calicoctl confirm` is run by then"),
)
_UNCHECKED = Flag("skip-selector-check", "", "do not look whether selectors match anything", default=False)
_SELECTOR = Flag("selector", "", "labels that resources must have; `-l` may be written for it")

GROUPS = {
    "datastore": "what concerns the datastore as a whole",
    "datastore migrate": "move resources from one datastore to another",
    "ipam": "not of Tortie, which manages policy and no addresses",
    "node": "not of Tortie, which manages policy and no routes",
    "cluster": "not of Tortie, which manages policy and no cluster",
}
"""Words that only begin a command. Source: calicoctl specification 2."""


def _foreign(group: str, names: str) -> tuple[Command, ...]:
    return tuple(
        Command(f"{group} {name}", "", GROUPS[group], (), file="unmanaged", foreign=True) for name in names.split()
    )


_EVERY = (
    Command("get", "[KIND [NAME...]]", "show resources", (
        *_FILES,
        Flag("output", "o", "ps, wide, yaml, json, custom-columns=..., go-template=... or go-template-file=...", "ps"),
        Flag("all-namespaces", "A", "resources of all namespaces", default=False),
        Flag("all-namespaces-a", "a", "as -A", default=False, hidden=True),
        Flag("export", "", "leave out what belongs to this datastore", default=False),
        Flag("watch", "w", "go on, and show every change", default=False),
        _SELECTOR,
    )),
    Command("apply", "-f FILE", "create resources, or update those that exist", (
        *_FILES,
        Flag("dry-run", "", "tell what would change, field by field, and write nothing", default=False),
        _UNCHECKED,
        Flag("prune", "", "delete what `-l` selects and the files do not have", default=False),
        *_CAREFUL,
        _SELECTOR,
    )),
    Command("diff", "-f FILE", "tell what applying files would change, and for which connections", (
        *_FILES,
        Flag("output", "o", "text, json or yaml", "text"),
    )),
    Command("create", "-f FILE", "create resources", (
        *_FILES,
        Flag("skip-exists", "", "what exists already is no error", default=False),
        *_CAREFUL,
        _UNCHECKED,
    )),
    Command("replace", "-f FILE", "update resources that exist", (*_FILES, *_CAREFUL, _UNCHECKED)),
    Command("delete", "[KIND NAME...]", "remove resources", (
        *_FILES,
        Flag("skip-not-exists", "s", "what does not exist is no error", default=False),
        *_CAREFUL,
    )),
    Command("patch", "KIND NAME -p PATCH", "change parts of one resource", (
        _CONFIG,
        _NAMESPACE,
        Flag("patch", "p", "the change, as JSON or YAML"),
        Flag("type", "t", "always strategic", "strategic"),
        *_CAREFUL,
        _UNCHECKED,
    )),
    Command("label", "KIND NAME KEY=VALUE", "set or remove a label of one resource", (
        _CONFIG,
        _NAMESPACE,
        Flag("overwrite", "", "change the value of a label that is there", default=False),
        Flag("remove", "", "remove the label", default=False),
        *_CAREFUL,
    )),
    Command("confirm", "", "let a change stand that was written with `--confirm`", (
        _CONFIG,
        Flag("rollback", "", "undo it now instead", default=False),
        Flag("status", "", "only tell of it", default=False),
        Flag("forget", "", "forget it, though it cannot be read: what was written stays", default=False),
    )),
    Command("validate", "-f FILE", "find mistakes in files, without a datastore", _FILES),
    Command("version", "", "tell the versions of client and cluster", (
        Flag("config", "c", "file that says which datastore to use"),
        Flag("client", "", "the client's only", default=False),
        Flag("poll", "", "tell the cluster's again when it changes, looking this often: 30s, 5m"),
    )),
    Command("datastore migrate lock", "", "keep agents from acting on the datastore", (_CONFIG,), "ready:lock"),
    Command("datastore migrate unlock", "", "let agents act on the datastore", (_CONFIG,), "ready:unlock"),
    Command("datastore migrate export", "", "print all resources of a locked datastore", (
        _CONFIG,
        Flag("all", "", "profiles, endpoints and Kubernetes' kinds too: for a datastore that does not make them",
             default=False),
        Flag("without-ipam", "", "go on although there are pools, whose assignments are not exported", default=False),
    ), "migrate_export"),
    Command("datastore migrate import", "-f FILE", "store what was exported in an empty datastore", (
        _CONFIG,
        Flag("filename", "f", "file that export has printed, or `-`"),
    ), "migrate_import"),
    Command("datastore migrate-policy-names", "", "store policies under their own names", (_CONFIG,), "policy_names"),
    Command("completion", "bash|zsh|fish", "print what makes a shell complete commands", ()),
    Command("__complete", "WORD...", "print what may come next", (), file="complete", foreign=True, hidden=True),
    *_foreign("ipam", "check release show split configure"),
    *_foreign("node", "status diags checksystem run"),
    *_foreign("cluster", "diags"),
)  # fmt: skip

COMMANDS = {command.name: command for command in _EVERY}
"""Every command by its name. Source: calicoctl specification 2 and 3."""


def overview(root: str = "calicoctl") -> str:
    """Return the help of the program, which is called `root`."""
    rows = _rows("")
    return (
        "Manage Calico network policy, endpoints and what they need.\n\n"
        f"Usage:\n  {root} COMMAND [flags]\n\n"
        f"Commands:\n{rows}\nFlags:\n{flags_help(GLOBAL_FLAGS)}\n"
        f"`{root} COMMAND --help` tells more of one.\n"
    )


def group_help(group: str, root: str = "calicoctl") -> str:
    """Return the help of the commands that begin with a word, or words."""
    return (
        f"{_sentence(GROUPS[group])}\n\nUsage:\n  {root} {group} COMMAND [flags]\n\n"
        f"Commands:\n{_rows(group)}\n`{root} {group} COMMAND --help` tells more of one.\n"
    )


def command_help(command: Command, root: str = "calicoctl") -> str:
    """Return the help of one command."""
    flags = f"\nFlags:\n{flags_help(command.flags)}" if command.flags else ""
    return (
        f"{_sentence(command.summary)}\n\n"
        f"Usage:\n  {' '.join(filter(None, (root, command.name, command.words)))} [flags]\n"
        f"{flags}\nGlobal flags:\n{flags_help(GLOBAL_FLAGS)}"
    )


def children(group: str) -> Sequence[tuple[str, str]]:
    """Return the words that may follow a group's, "" being the program's own, each with what it is for."""
    found: dict[str, str] = {}
    summaries = {command.name: command.summary for command in _EVERY if not command.hidden} | GROUPS
    for name, summary in summaries.items():
        before, _, last = name.rpartition(" ")
        if before == group:
            found[last] = summary
    return tuple(found.items())


def _rows(group: str) -> str:
    found = children(group)
    width = max(len(name) for name, _ in found)
    return "".join(f"  {name:<{width}} {summary}\n" for name, summary in found)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
