"""HTTP to one API server: connections that are kept, TLS, answers whole or as a stream of lines."""

from __future__ import annotations

import os
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

from tortie.datastore.kubernetes_access import Access, Pem
from tortie.errors import Invalid, Unavailable

__all__ = ["Answer", "Connections", "Lost", "Request", "Stream", "load_certificate"]

CONNECT_SECONDS = 10.0
KEPT = 8  # connections that wait to be used again
_BLOCK = 1 << 16
_BROKEN = (OSError, HTTPException, ValueError, AttributeError)  # the last two: another thread has closed it
_KEEPALIVE = {socket.TCP_KEEPIDLE: 10, socket.TCP_KEEPINTVL: 5, socket.TCP_KEEPCNT: 3, socket.TCP_USER_TIMEOUT: 25_000}


class Lost(Exception):  # noqa: N818 - it is no mistake
    """The server was not reached, or its answer broke off; `sent` tells whether it may have acted."""

    def __init__(self, what: str, *, sent: bool) -> None:
        super().__init__(what)
        self.sent = sent


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked: `target` is the path with its query; `seconds` may pass without a byte."""

    method: str
    target: str
    body: bytes = b""
    seconds: float = 30.0
    content: str = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, the whole body, and how many seconds to wait where the server says so."""

    status: int
    body: bytes
    retry_after: float | None = None


class Stream:
    """Lines of an answer that goes on. For one thread; only `cut` may be called from any."""

    def __init__(self, connection: HTTPConnection, response: HTTPResponse) -> None:
        """Take over a connection."""
        self._connection = connection
        self._response = response
        self._socket = connection.sock

    def __iter__(self) -> Iterator[bytes]:
        """Yield whole lines until the server ends the answer; what follows the last line end does not count.

        Raises:
            Lost: the answer broke off.
        """
        rest = b""
        try:
            while block := self._response.read1(_BLOCK):
                *lines, rest = (rest + block).split(b"\n")
                yield from (line for line in lines if line)
        except _BROKEN as error:
            raise Lost(_words(error), sent=True) from error

    def cut(self) -> None:
        """End it; a thread that waits for a line goes on."""
        _cut(self._socket)

    def close(self) -> None:
        """Let go of it."""
        self._response.close()
        self._connection.close()
        if self._socket is not None:
            self._socket.close()


class Connections:
    """Connections to one server, for any number of threads. Opening touches nothing but files."""

    def __init__(self, access: Access) -> None:
        """Read certificates; raises Invalid."""
        parts = urlsplit(access.server)
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._prefix = parts.path
        self._tls = _context(access) if parts.scheme == "https" else None
        self._name = access.server_name or self._host
        self._headers = {"User-Agent": "tortie", "Accept": "application/json", "Host": parts.netloc}
        self._guard = threading.Lock()  # of the next lines
        self._idle: list[HTTPConnection] = []
        self._shown: tuple[Pem, Pem] | None = None
        self._lent: set[socket.socket] = set()
        self.closed = False

    def ask(self, request: Request, headers: Mapping[str, str]) -> Answer:
        """Return the whole answer; raises Lost, Unavailable once closed."""
        connection, response = self._begin(request, headers)
        try:
            body = response.read()
        except _BROKEN as error:
            self._drop(connection)
            self._check_open()
            raise Lost(_words(error), sent=True) from error
        after = response.getheader("Retry-After") or ""
        self._keep(connection, reusable=not response.will_close)
        return Answer(response.status, body, float(after) if after.isascii() and after.isdigit() else None)

    def stream(self, request: Request, headers: Mapping[str, str]) -> tuple[Answer, Stream | None]:
        """Return the status and the lines that follow, or the whole answer where it is a refusal; raises as `ask`."""
        connection, response = self._begin(request, headers, fresh=True)
        if response.status == HTTPStatus.OK:
            with self._guard:
                self._lent.discard(connection.sock)
            return Answer(response.status, b""), Stream(connection, response)
        try:
            return Answer(response.status, response.read()), None
        except _BROKEN as error:
            raise Lost(_words(error), sent=True) from error
        finally:
            self._drop(connection)

    def show(self, certificate: Pem, key: Pem) -> None:
        """Show another client certificate from now on; raises Invalid."""
        if self._tls is None or self._shown == (certificate, key):
            return
        load_certificate(self._tls, certificate, key)
        with self._guard:
            self._shown = certificate, key
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def close(self) -> None:
        """End every connection but streams; later calls are Unavailable."""
        with self._guard:
            self.closed = True
            idle, self._idle = self._idle, []
            lent = tuple(self._lent)
        for connection in idle:
            connection.close()
        for each in lent:
            _cut(each)

    def _begin(
        self, request: Request, headers: Mapping[str, str], *, fresh: bool = False
    ) -> tuple[HTTPConnection, HTTPResponse]:
        """Send a request, on a kept connection where there is one, and return it with the beginning of the answer."""
        self._check_open()
        connection = (None if fresh else self._kept()) or self._connected()
        try:
            connection.sock.settimeout(request.seconds)
            content = {"Content-Type": request.content} if request.body else {}
            target = f"{self._prefix}{request.target}"
            connection.request(request.method, target, request.body or None, {**self._headers, **content, **headers})
            return connection, connection.getresponse()
        except _BROKEN as error:
            self._drop(connection)
            self._check_open()
            raise Lost(_words(error), sent=True) from error

    def _kept(self) -> HTTPConnection | None:
        with self._guard:
            if not self._idle:
                return None
            connection = self._idle.pop()
            self._lent.add(connection.sock)
            return connection

    def _connected(self) -> HTTPConnection:
        connection = HTTPConnection(self._host, self._port)
        try:
            plain = socket.create_connection((self._host, self._port), CONNECT_SECONDS)
            for option, value in _KEEPALIVE.items():
                plain.setsockopt(socket.IPPROTO_TCP, option, value)
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sock = plain
            if self._tls is not None:
                connection.sock = self._tls.wrap_socket(plain, server_hostname=self._name)
        except (OSError, ValueError) as error:
            connection.close()
            raise Lost(_words(error), sent=False) from error
        with self._guard:
            self._lent.add(connection.sock)
        return connection

    def _keep(self, connection: HTTPConnection, *, reusable: bool) -> None:
        with self._guard:
            if reusable and not self.closed and connection.sock is not None and len(self._idle) < KEPT:
                self._lent.discard(connection.sock)
                self._idle.append(connection)
                return
        self._drop(connection)

    def _drop(self, connection: HTTPConnection) -> None:
        with self._guard:
            self._lent.discard(connection.sock)
        connection.close()

    def _check_open(self) -> None:
        if self.closed:
            raise Unavailable("the connection to the Kubernetes API is closed; open another")


def _cut(sock: socket.socket | None) -> None:
    """End what another thread waits for: of TLS too, only the plain socket below is touched."""
    if sock is not None:
        with suppress(OSError, ValueError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _words(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(error) or type(error).__name__


def _context(access: Access) -> ssl.SSLContext:
    """Return how TLS is spoken; raises Invalid where a certificate or key cannot be used."""
    try:
        context = ssl.create_default_context(cadata=_text(access.authority) if access.authority else None)
    except ssl.SSLError:
        where = access.authority.file or "the kubeconfig"
        raise Invalid.because(f"the certificate authority of {where} is no certificate") from None
    if access.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if access.certificate:
        load_certificate(context, access.certificate, access.key)
    return context


def load_certificate(context: ssl.SSLContext, certificate: Pem, key: Pem) -> None:
    """Make TLS show a client's certificate; text never gets to a disk. Raises Invalid."""
    with ExitStack() as stack:
        files = [stack.enter_context(_file(each)) for each in (certificate, key)]
        try:
            context.load_cert_chain(files[0], files[1], password="")
        except (OSError, ssl.SSLError) as error:
            told = getattr(error, "strerror", None) or "they do not belong together"
            names = " and ".join(each.file or "the kubeconfig" for each in (certificate, key))
            what = f"the client certificate and key of {names} cannot be used: {told}"
            raise Invalid.because(what) from None


@contextmanager
def _file(pem: Pem) -> Iterator[str]:
    """Lend a path from which a certificate or key can be read: of text, one that is in memory only."""
    if not pem.data:
        yield pem.file
        return
    descriptor = os.memfd_create("tortie")
    try:
        os.write(descriptor, pem.data)
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


def _text(pem: Pem) -> str:
    try:
        return (pem.data or Path(pem.file).read_bytes()).decode("ascii", errors="replace")
    except OSError as error:
        raise Invalid.because(f"the certificate authority {pem.file} cannot be read: {error.strerror}") from error
