"""Calls to an etcd: whichever member answers, as whoever we are, with failures in our words."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable
from typing import Any

import grpc

from tortie.datastore.etcd_channel import open_channel
from tortie.datastore.etcd_messages import (
    AUTHENTICATE,
    GRANT,
    RANGE,
    TXN,
    WATCH,
    AuthenticateRequest,
    AuthenticateResponse,
    LeaseGrantRequest,
    LeaseGrantResponse,
    RangeResponse,
    TxnResponse,
    WatchResponse,
)
from tortie.datastore.etcd_settings import EtcdSettings
from tortie.errors import Expired, Invalid, Unavailable

__all__ = ["EtcdCalls", "is_denied", "words"]

SECONDS = 10.0  # that a member has for one resource
PAGE_SECONDS = 30.0  # and for a page of a listing
ROUNDS = 2  # times that each member is asked before the store counts as away

_ANOTHER_MAY_ANSWER = frozenset(
    {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED}
)
_DENIED = ("invalid auth token", "revision of auth store is old", "permission denied", "user name is empty")
_UNAUTHORIZED = "connection is unauthorized: "
"""How refusals begin that are about who asks. Source: calicoctl specification 12."""

Metadata = tuple[tuple[str, str], ...]


class EtcdCalls:
    """The connection to one etcd, for any number of threads. Opening touches nothing.

    Members are asked one after the other, beginning with any of them, so that many hosts spread over all. `place` is
    the number of the member that is asked now.
    """

    def __init__(self, settings: EtcdSettings) -> None:
        """Check the settings; raises Invalid."""
        self._settings = settings
        self._endpoints = settings.check()
        self._channels = [open_channel(endpoint, settings) for endpoint in self._endpoints]
        self._guard = threading.Lock()  # of the next lines
        self._token: str | None = None
        self.place = random.randrange(len(self._endpoints))  # noqa: S311 - spreads load, keeps no secret
        self.closed = False

    @property
    def members(self) -> int:
        """Return how many members there are to ask."""
        return len(self._endpoints)

    def range(self, request: Any, *, seconds: float = SECONDS) -> Any:
        """Return the answer to a RangeRequest; raises Expired, Unavailable."""
        return self._call(RANGE, request, RangeResponse, seconds)[0]

    def txn(self, request: Any) -> tuple[Any, bool]:
        """Return the answer to a TxnRequest, and whether it may have been carried out before it was answered.

        Raises:
            Invalid: it is too large.
            Unavailable: no member answers; it may have been carried out nevertheless.
        """
        return self._call(TXN, request, TxnResponse, SECONDS)

    def grant(self, seconds: int) -> int:
        """Return a lease that ends after that many seconds; raises Unavailable."""
        answer, _ = self._call(GRANT, LeaseGrantRequest(TTL=seconds), LeaseGrantResponse, SECONDS)
        return int(answer.ID)

    def watch(self, requests: Iterable[Any]) -> tuple[int, Any]:
        """Return the number of a member and its stream of WatchResponses to a stream of WatchRequests.

        The stream ends where the member has no leader: it would hear of nothing.
        """
        metadata = (*self._metadata(), ("hasleader", "true"))
        place = self.place
        self._check_open()
        ask = self._channels[place].stream_stream(
            WATCH, request_serializer=_serialised, response_deserializer=WatchResponse.FromString
        )
        return place, ask(iter(requests), metadata=metadata)

    def leave(self, place: int) -> None:
        """Ask the next member from now on, if `place` is still the one that is asked."""
        with self._guard:
            if self.place == place:
                self.place = (place + 1) % len(self._endpoints)

    def forget_token(self, used: str | None = None) -> None:
        """Log in again before the next call; with `used`, only if that is still the token."""
        with self._guard:
            if used is None or self._token == used:
                self._token = None

    def close(self) -> None:
        """End every call and connection; later ones are Unavailable."""
        self.closed = True
        for channel in self._channels:
            channel.close()

    def _call(self, method: str, request: Any, response: Any, seconds: float) -> tuple[Any, bool]:
        for is_last in (False, True):
            metadata = self._metadata()
            try:
                return self._ask(method, request, response, seconds, metadata)
            except grpc.RpcError as error:
                if is_last or not (metadata and is_denied(_details(error))):
                    raise _translated(error) from error
                self.forget_token(metadata[0][1])
        raise AssertionError("the second try returned or raised")

    def _ask(self, method: str, request: Any, response: Any, seconds: float, metadata: Metadata) -> tuple[Any, bool]:
        """Ask member after member; raises RpcError where one refuses, Unavailable where none answers."""
        doubtful = False
        for tries in range(ROUNDS * len(self._endpoints), 0, -1):
            place = self.place
            self._check_open()
            ask = self._channels[place].unary_unary(
                method, request_serializer=_serialised, response_deserializer=response.FromString
            )
            try:
                return ask(request, timeout=seconds, metadata=metadata), doubtful
            except grpc.RpcError as error:
                self._check_open()
                if error.code() not in _ANOTHER_MAY_ANSWER:
                    raise
                doubtful = True
                self.leave(place)
                if tries == 1:
                    raise Unavailable(words(error, self._settings.endpoints)) from error
        raise AssertionError("there is at least one endpoint")

    def _metadata(self) -> Metadata:
        """Return who we are, having logged in where that is to be done; raises Unavailable."""
        settings = self._settings
        if not (settings.username and settings.password):
            return ()
        if self._token is None:
            request = AuthenticateRequest(name=settings.username, password=settings.password)
            try:
                answer, _ = self._ask(AUTHENTICATE, request, AuthenticateResponse, SECONDS, ())
                token = answer.token
            except grpc.RpcError as error:
                if "authentication is not enabled" not in _details(error):
                    what = f"{_UNAUTHORIZED}etcd does not accept user `{settings.username}`: {_details(error)}"
                    raise Unavailable(what) from error
                token = ""
            with self._guard:
                self._token = token
        return (("token", self._token),) if self._token else ()

    def _check_open(self) -> None:
        if self.closed:
            raise Unavailable("the connection to etcd is closed; open another")


def words(error: grpc.RpcError, endpoints: str = "") -> str:
    """Return what went wrong, in etcd's words and ours."""
    return f"etcd does not answer{f' at {endpoints}' if endpoints else ''}: {_details(error)}"


def is_denied(text: str) -> bool:
    """Tell whether a refusal may be due to a login that no longer counts."""
    return any(words in text for words in _DENIED)


def _translated(error: grpc.RpcError) -> Exception:
    text = _details(error)
    if error.code() is grpc.StatusCode.OUT_OF_RANGE or "mvcc: required revision" in text:  # so says the proxy
        return Expired(f"{text}; list again")
    if "request is too large" in text or "larger than max" in text:
        return Invalid.because("etcd takes no value of that size", mend="split the resource; the limit is near 1.5 MB")
    return Unavailable(f"{_UNAUTHORIZED if is_denied(text) else ''}etcd refuses: {text}")


def _details(error: grpc.RpcError) -> str:
    """Return etcd's own words, or the code's name where there are none."""
    text = str(error.details() or "")
    return text or str(error.code().name).lower().replace("_", " ")


def _serialised(message: Any) -> bytes:
    data: bytes = message.SerializeToString()
    return data
