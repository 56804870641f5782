"""The commands of calicoctl: their flags, and what their help says."""

from __future__ import annotations

from typing import NamedTuple

from tortie.cli.flags import Flag, flags_help

__all__ = ["COMMANDS", "GLOBAL_FLAGS", "Command", "command_help", "overview"]


class Command(NamedTuple):
    """One command: the words it takes, what it does, and its flags. Its module is the one of its name."""

    name: str
    words: str
    summary: str
    flags: tuple[Flag, ...]

    @property
    def module(self) -> str:
        """Return the module whose `run` does it."""
        return f"tortie.cli.{self.name}"


GLOBAL_FLAGS = (
    Flag("log-level", "l", "panic, fatal, error, warn, info or debug", "panic"),
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

COMMANDS = {
    command.name: command
    for command in (
        Command("get", "[KIND [NAME...]]", "show resources", (
            *_FILES,
            Flag("output", "o", "ps, wide, yaml or json", "ps"),
            Flag("all-namespaces", "A", "resources of all namespaces", default=False),
            Flag("all-namespaces-a", "a", "as -A", default=False, hidden=True),
            Flag("export", "", "leave out what belongs to this datastore", default=False),
        )),
        Command("apply", "-f FILE", "create resources, or update those that exist", _FILES),
        Command("create", "-f FILE", "create resources", (
            *_FILES,
            Flag("skip-exists", "", "what exists already is no error", default=False),
        )),
        Command("replace", "-f FILE", "update resources that exist", _FILES),
        Command("delete", "[KIND NAME...]", "remove resources", (
            *_FILES,
            Flag("skip-not-exists", "s", "what does not exist is no error", default=False),
        )),
        Command("patch", "KIND NAME -p PATCH", "change parts of one resource", (
            _CONFIG,
            _NAMESPACE,
            Flag("patch", "p", "the change, as JSON or YAML"),
            Flag("type", "t", "always strategic", "strategic"),
        )),
        Command("label", "KIND NAME KEY=VALUE", "set or remove a label of one resource", (
            _CONFIG,
            _NAMESPACE,
            Flag("overwrite", "", "change the value of a label that is there", default=False),
            Flag("remove", "", "remove the label", default=False),
        )),
        Command("validate", "-f FILE", "find mistakes in files, without a datastore", _FILES),
        Command("version", "", "tell the versions of client and cluster", (
            Flag("config", "c", "file that says which datastore to use"),
            Flag("client", "", "the client's only", default=False),
            Flag("poll", "", "not supported"),
        )),
    )
}  # fmt: skip
"""Every command by its name. Source: calicoctl specification 2 and 3."""


def overview() -> str:
    """Return the help of the program."""
    rows = "".join(f"  {command.name:<10} {command.summary}\n" for command in COMMANDS.values())
    return (
        "Manage Calico network policy, endpoints and what they need.\n\n"
        "Usage:\n  calicoctl COMMAND [flags]\n\n"
        f"Commands:\n{rows}\nFlags:\n{flags_help(GLOBAL_FLAGS)}\n"
        "`calicoctl COMMAND --help` tells more of one.\n"
    )


def command_help(command: Command) -> str:
    """Return the help of one command."""
    return (
        f"{command.summary[0].upper()}{command.summary[1:]}.\n\n"
        f"Usage:\n  calicoctl {command.name} {command.words} [flags]\n\n"
        f"Flags:\n{flags_help(command.flags)}\nGlobal flags:\n{flags_help(GLOBAL_FLAGS)}"
    )
