"""A small API server for tests, which answers as Kubernetes' own as far as a client can tell. It knows nothing of us.

Objects have versions of one counter, uids and times; updates and deletions compare; listings are paged by tokens of
one snapshot; watches tell changes and bookmarks, and 410 where those are forgotten. What is to go wrong is told in
`Faults`.
"""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.kube_objects import CALICO_TYPES, CORE_TYPES, Objects, Refusal, Type, calico_types, discovery, gone

__all__ = ["CALICO_TYPES", "CORE_TYPES", "Faults", "KubeApi", "Type", "calico_types", "kube_api"]

Object = dict[str, Any]


@dataclass(slots=True)
class Faults:
    """What goes wrong: each number counts down with every request that it spoils."""

    refuse: list[tuple[int, dict[str, str]]] = field(default_factory=list[tuple[int, dict[str, str]]])
    lose_answers: int = 0  # act, and close the connection instead of answering
    cut_lines: int = 0  # of watches: close in the middle of a line
    tokens: frozenset[str] = frozenset()  # that are accepted; empty: anybody is
    forbidden: frozenset[str] = frozenset()  # plurals that nobody may touch
    seconds: float = 0.0  # before each answer
    bookmarks: bool = False  # whether watches tell of every change of others at once; else never


class NoSuchPath(Exception):  # noqa: N818 - it is an answer
    """The server knows no such type."""


class KubeApi(Objects):
    """The objects and the server; `stop` and `start` are a restart that loses nothing but connections."""

    def __init__(self, types: tuple[Type, ...] = (*CORE_TYPES, *CALICO_TYPES)) -> None:
        super().__init__(types)
        self.faults = Faults()
        self.requests: list[tuple[str, str]] = []
        self.watches: set[Any] = set()
        self._server: _Server | None = None
        self._port = 0

    def start(self, context: ssl.SSLContext | None = None) -> str:
        self._server = _Server(("127.0.0.1", self._port), self, context)
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return f"{'https' if context else 'http'}://127.0.0.1:{self._port}"

    def stop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()
            server.cut()

    def cut(self, *, connections: bool = False) -> None:
        """End every watch, as a proxy does; or every connection."""
        assert self._server is not None
        with self.changed:
            watches = tuple(self.watches)
        for each in watches:
            each.cut()
        if connections:
            self._server.cut()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], api: KubeApi, context: ssl.SSLContext | None) -> None:
        self.api = api
        self._context = context
        self._guard = threading.Lock()
        self._sockets: set[Any] = set()
        super().__init__(address, _Asked)

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self._context is not None:
            try:
                request = self._context.wrap_socket(request, server_side=True)
            except OSError:
                return  # whoever called did not like our certificate
        with self._guard:
            self._sockets.add(request)
        try:
            super().finish_request(request, client_address)
        except OSError:
            return  # the other side is gone
        finally:
            with self._guard:
                self._sockets.discard(request)
            if self._context is not None:
                request.close()

    def cut(self) -> None:
        with self._guard:
            sockets = tuple(self._sockets)
        for each in sockets:
            _shut(each)


def _shut(connection: Any) -> None:
    try:
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
    except OSError:
        return


class _Asked(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @property
    def api(self) -> KubeApi:
        assert isinstance(self.server, _Server)
        return self.server.api

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_PUT = do_DELETE = do_PATCH = do_GET  # noqa: N815 - as above

    def cut(self) -> None:
        _shut(self.connection)

    def _answer(self) -> None:
        api, parts = self.api, urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else {}
        api.requests.append((self.command, self.path))
        if api.faults.seconds:
            time.sleep(api.faults.seconds)
        try:
            self._spoil(api.faults)
            if (told := discovery(api.types, parts.path)) is not None:
                self._send(200, told)
                return
            kind, namespace, name, sub = _place(api, parts.path)
            _check_allowed(api, kind)
            if query.get("watch") in {"1", "true"}:
                self._watch(api, kind, namespace, query)
                return
            with api.changed:
                found = self._act(api, kind, (namespace, name, sub), query, body)
        except Refusal as refusal:
            self._send(refusal.code, refusal.status)
        except NoSuchPath:
            self._send_text(404, "404 page not found\n")
        else:
            if api.faults.lose_answers and self.command != "GET":
                api.faults.lose_answers -= 1
                self.close_connection = True
                _shut(self.connection)
                return
            self._send(201 if self.command == "POST" else 200, found)

    def _spoil(self, faults: Faults) -> None:
        if faults.tokens and (self.headers.get("Authorization") or "").removeprefix("Bearer ") not in faults.tokens:
            raise Refusal(401, "Unauthorized", "Unauthorized")
        if faults.refuse:
            code, headers = faults.refuse.pop(0)
            self._extra = headers
            raise Refusal(code, HTTPStatus(code).phrase.replace(" ", ""), f"told to answer {code}")

    _extra: Mapping[str, str] = {}

    def _act(
        self, api: KubeApi, kind: Type, place: tuple[str, str, str], query: Mapping[str, str], body: Object
    ) -> Object:
        namespace, name, sub = place
        match self.command, bool(name):
            case "GET", False:
                return api.listing(kind, namespace, query)
            case "GET", True:
                return api.existing(kind, namespace, name)
            case "POST", False:
                return api.create(kind, namespace, body)
            case "PUT", True:
                return api.update(kind, namespace, name, body, status=sub == "status")
            case "DELETE", True:
                return api.delete(kind, namespace, name, body)
            case _:
                raise Refusal(
                    405, "MethodNotAllowed", "the server does not allow this method on the requested resource"
                )

    def _watch(self, api: KubeApi, kind: Type, namespace: str, query: Mapping[str, str]) -> None:
        position = int(query.get("resourceVersion") or 0)
        until = time.monotonic() + float(query.get("timeoutSeconds") or 1e6)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        with api.changed:
            if position < api.kept_from:
                self._line({"type": "ERROR", "object": gone().status})
                self._end()
                return
            api.watches.add(self)
        try:
            while time.monotonic() < until:
                with api.changed:
                    news = [event for event in api.events if event.version > position]
                    if not news:
                        api.changed.wait(min(0.5, max(0.0, until - time.monotonic())))
                        position = max(position, api.version) if not api.events else position
                        news = [event for event in api.events if event.version > position]
                    reached = api.version
                for event in news:
                    if event.type == kind and namespace in ("", event.key[0]):
                        if api.faults.cut_lines:
                            api.faults.cut_lines -= 1
                            self._line({"type": event.what, "object": event.object}, whole=False)
                            self.cut()
                            return
                        self._line({"type": event.what, "object": event.object})
                if news and api.faults.bookmarks and query.get("allowWatchBookmarks") == "true":
                    mark = {
                        "kind": kind.kind,
                        "apiVersion": kind.version,
                        "metadata": {"resourceVersion": str(reached)},
                    }
                    self._line({"type": "BOOKMARK", "object": mark})
                position = max(position, news[-1].version) if news else position
            self._end()
        except OSError:
            self.close_connection = True
        finally:
            with api.changed:
                api.watches.discard(self)

    def _line(self, event: Object, *, whole: bool = True) -> None:
        data = json.dumps(event).encode() + b"\n"
        data = data if whole else data[: len(data) // 2]
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def _end(self) -> None:
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    def _send(self, code: int, found: Object) -> None:
        self._send_text(code, json.dumps(found), "application/json")

    def _send_text(self, code: int, text: str, content: str = "text/plain") -> None:
        data = text.encode()
        self.send_response(code)
        self.send_header("Content-Type", content)
        self.send_header("Content-Length", str(len(data)))
        for name, value in self._extra.items():
            self.send_header(name, value)
        self._extra = {}
        self.end_headers()
        self.wfile.write(data)


def _check_allowed(api: KubeApi, kind: Type) -> None:
    if kind.plural in api.faults.forbidden:
        what = f'{kind.qualified} is forbidden: User "test" cannot do that'
        raise Refusal(403, "Forbidden", what, {"kind": kind.plural})


def _place(api: KubeApi, path: str) -> tuple[Type, str, str, str]:
    parts = [unquote(part) for part in path.strip("/").split("/")]
    core = parts[0] == "api"
    version, rest = (parts[1], parts[2:]) if core else ("/".join(parts[1:3]), parts[3:])
    namespace = ""
    if len(rest) > 2 and rest[0] == "namespaces" and rest[2] != "status":
        namespace, rest = rest[1], rest[2:]
    for kind in api.types if rest else ():
        if (kind.version, kind.plural) == (version, rest[0]) and (core or parts[0] == "apis"):
            if len(rest) > 1 and kind.namespaced != bool(namespace):
                break
            if len(rest) > 2 and not (kind.has_status and rest[2] == "status"):
                break
            return kind, namespace, rest[1] if len(rest) > 1 else "", rest[2] if len(rest) > 2 else ""
    raise NoSuchPath


@contextmanager
def kube_api(
    types: tuple[Type, ...] = (*CORE_TYPES, *CALICO_TYPES), context: ssl.SSLContext | None = None
) -> Iterator[tuple[KubeApi, str]]:
    """Run a server for the length of a `with` block, and lend it and its URL."""
    api = KubeApi(types)
    url = api.start(context)
    try:
        yield api, url
    finally:
        api.stop()
