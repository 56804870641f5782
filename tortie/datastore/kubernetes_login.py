"""Who we are to an API server: a token, a token file, a password, or what a program of the kubeconfig prints."""

from __future__ import annotations

import base64
import json
import os
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

from tortie.datastore.kubernetes_access import Access, Pem, Plugin
from tortie.errors import Unavailable

__all__ = ["Login"]

FILE_SECONDS = 60.0  # that a token file counts: the kubelet renews it long before the token ends
PLUGIN_SECONDS = 60.0  # that a program has
EARLY_SECONDS = 10.0  # before its end a token counts as ended


class Login:
    """The headers that say who asks, kept up to date. Safe to use from several threads."""

    def __init__(self, access: Access) -> None:
        """Touch nothing yet."""
        self._access = access
        self._guard = threading.Lock()  # of the next lines, and of asking
        self._token = access.token
        self._until = float("inf") if access.token else 0.0
        self.certificate: tuple[Pem, Pem] | None = None

    def headers(self) -> Mapping[str, str]:
        """Return the headers; raises Unavailable where nobody can be asked who we are."""
        access = self._access
        if not (access.token or access.token_file or access.plugin):
            if access.username:
                pair = base64.b64encode(f"{access.username}:{access.password}".encode()).decode()
                return {"Authorization": f"Basic {pair}"}
            return {}
        with self._guard:
            if monotonic() >= self._until:
                self._renew()
            return {"Authorization": f"Bearer {self._token}"} if self._token else {}

    def refused(self, headers: Mapping[str, str]) -> bool:
        """Tell whether asking again may help, after the server did not accept `headers`."""
        if self._access.token_file == "" and self._access.plugin is None:
            return False
        with self._guard:
            if headers.get("Authorization") == f"Bearer {self._token}":
                self._until = 0.0
        return True

    def _renew(self) -> None:
        if self._access.plugin is not None:
            self._ask(self._access.plugin)
            return
        path = Path(self._access.token_file)
        try:
            self._token = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no text"
            raise Unavailable(f"the token file {path} cannot be read: {why}") from None
        self._until = monotonic() + FILE_SECONDS

    def _ask(self, plugin: Plugin) -> None:
        """Run the program, and take what it prints. What that is never gets into a message."""
        import subprocess  # noqa: PLC0415, TID251 - few kubeconfigs name a program; clouds give no other way in

        said = {"apiVersion": plugin.api_version, "kind": "ExecCredential", "spec": {"interactive": False}}
        environment = {**os.environ, **dict(plugin.environment), "KUBERNETES_EXEC_INFO": json.dumps(said)}
        command = [plugin.command, *plugin.arguments]
        hint = f"; {plugin.hint}" if plugin.hint else ""
        try:
            done = subprocess.run(  # noqa: S603 - as kubectl does, and without a shell
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                timeout=PLUGIN_SECONDS,
                check=False,
            )
        except OSError as error:
            what = f"the program `{plugin.command}` of the kubeconfig does not run: {error.strerror}{hint}"
            raise Unavailable(what) from None
        except subprocess.TimeoutExpired:
            raise Unavailable(f"the program `{plugin.command}` of the kubeconfig does not end") from None
        status = _status(done.stdout) if done.returncode == 0 else None
        if status is None:
            told = f"it ended with {done.returncode}" if done.returncode else "it printed no ExecCredential"
            raise Unavailable(
                f"the program `{plugin.command}` of the kubeconfig does not tell who we are: {told}{hint}"
            )
        self._token = str(status.get("token") or "")
        certificate, key = status.get("clientCertificateData"), status.get("clientKeyData")
        if certificate and key:
            self.certificate = Pem(str(certificate).encode()), Pem(str(key).encode())
        self._until = monotonic() + _seconds(status.get("expirationTimestamp"))


def _status(printed: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(printed)
    except ValueError:
        return None
    status = found.get("status") if isinstance(found, dict) else None
    return status if isinstance(status, dict) and (status.get("token") or status.get("clientKeyData")) else None


def _seconds(end: object) -> float:
    """Return how long a credential counts that ends at an RFC 3339 time; one without an end counts on."""
    try:
        until = datetime.fromisoformat(str(end)) if end else None
    except ValueError:
        until = None
    if until is None:
        return float("inf")
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds() - EARLY_SECONDS)
