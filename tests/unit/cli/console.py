"""What tests of calicoctl share: the program run in this process on a store of its own, and documents to give it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tortie.cli.calicoctl import main
from tortie.datastore import Client, Datastore, locate, open_datastore
from tortie.model import Key, Kind

API = "apiVersion: projectcalico.org/v3"


@dataclass(frozen=True, slots=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Console:
    """Runs commands in a directory; `file` writes a file there and returns its path."""

    directory: Path
    capture: pytest.CaptureFixture[str]
    etcd: str = ""

    @property
    def environ(self) -> dict[str, str]:
        """What names the datastore: the etcd where there is one, else a file in the directory."""
        return {"ETCD_ENDPOINTS": self.etcd} if self.etcd else {"TORTIE_SQLITE_PATH": str(self.directory / "store.db")}

    @property
    def store(self) -> Datastore:
        return open_datastore(locate(self.environ))

    def __call__(self, *arguments: str) -> Said:
        return self.run_in(self.environ, *arguments)

    def run_in(self, environ: Mapping[str, str], *arguments: str) -> Said:
        """Run a command in another environment."""
        code = main(arguments, environ)
        out, err = self.capture.readouterr()
        return Said(code, out, err)

    def file(self, text: str, name: str = "given.yaml") -> str:
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return str(path)

    def says(self, **fields: str | bool) -> None:
        """Let the datastore's ClusterInformation have these fields."""
        store = self.store
        Client(store).initialise()
        record = store.get(Key(Kind.CLUSTER_INFORMATION, "", "default"))
        document = json.loads(record.value)
        document["spec"] |= fields
        store.update(record.key, json.dumps(document).encode(), record.revision)
        store.close()

    def has(self, *texts: str) -> None:
        said = self("apply", "-f", self.file("---\n".join(texts), "has.yaml"))
        assert said.code == 0, said.err


def policy(name: str = "db", namespace: str = "shop", spec: str = "selector: color == 'red'", extra: str = "") -> str:
    place = f", namespace: {namespace}" if namespace else ""
    return f"{API}\nkind: NetworkPolicy\nmetadata: {{name: {name}{place}{extra}}}\nspec: {{{spec}}}\n"


def network_set(name: str = "out", spec: str = "nets: [10.0.0.0/8]", extra: str = "") -> str:
    return f"{API}\nkind: GlobalNetworkSet\nmetadata: {{name: {name}{extra}}}\nspec: {{{spec}}}\n"


def tier(name: str, spec: str = "order: 500") -> str:
    return f"{API}\nkind: Tier\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n"
