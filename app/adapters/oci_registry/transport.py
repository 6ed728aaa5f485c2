"""One GET to one checked address: no redirect, netrc, cookie or decoding, and nothing without a limit.

An adapter of `requests` is used without a session, so nothing of the machine or of an earlier answer can take part
(AT-083, AT-084). The connection goes to an address that was checked while TLS and `Host` keep the name (AT-066).
Every read ends in time (`connections`).
"""

from __future__ import annotations

import email.utils
import http.client
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from app.adapters.oci_registry.connections import Pool, Reading, reading, tls_pool
from app.adapters.oci_registry.failure import Failure
from app.adapters.oci_registry.limits import Deadline, Limits, Share
from app.core.network import WayOut

_STEP: Final = 64 * 1024
_MAX_ADDRESSES: Final = 3
_MAX_DIGITS: Final = 9
_OK: Final = range(200, 300)
_PORTS: Final = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Origin:
    """A scheme, host and port: what a credential or a redirect may or may not leave."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """`host`, or `host:port` where the port is not the scheme's own."""
        return self.host if self.port == _PORTS[self.scheme] else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        """`scheme://authority`."""
        return f"{self.scheme}://{self.authority}"


@dataclass(frozen=True, slots=True)
class Request:
    """A GET: `target` is path and query, made of validated parts; `cap` the most bytes that a good answer may have."""

    origin: Origin
    target: str
    headers: Mapping[str, str]
    cap: int


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer; header names in lower case. The body of an error is cut, not refused."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def retry_after(self) -> float | None:
        """The seconds to wait, where they are named; a date is held against the answer's own, not our clock."""
        text = self.headers.get("retry-after", "")
        if text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS:
            return float(text)
        try:
            then = email.utils.parsedate_to_datetime(text)
            now = email.utils.parsedate_to_datetime(self.headers.get("date", ""))
            return max(0.0, (then - now).total_seconds())
        except (ValueError, TypeError, OverflowError):
            return None


class Transport:
    """Sends requests; may be shared by jobs, for what it keeps open was checked when it was opened."""

    def __init__(self, limits: Limits, way: WayOut) -> None:
        """Bind the way out. A host that is to be reached through its proxy is given as its own address."""
        self._limits = limits
        # One context for all: reading the authorities anew costs each connection more than its handshake.
        context = ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH)
        if way.ca_file is not None:
            context.load_verify_locations(cafile=way.ca_file)
        self._adapter = _Adapter(context, way)

    def get(self, request: Request, addresses: tuple[str, ...], share: Share) -> Response:
        """Ask the first of these addresses that can be connected to; raises `Failure`."""
        deadline = Deadline(self._limits.request, within=share.deadline)
        failure = Failure("connection")
        for address in addresses[:_MAX_ADDRESSES]:
            try:
                with self._anew_when_dropped(request, address, deadline) as answer:
                    return self._read(request, answer, share)
            except _Unconnected as unconnected:
                failure = Failure(unconnected.code)
        raise failure

    def _anew_when_dropped(self, request: Request, address: str, deadline: Deadline) -> _Opened:
        """Ask once more on a new connection when a kept one ended just as it was used, before any answer."""
        try:
            return self._opened(request, address, deadline)
        except _Dropped:
            pass
        try:
            return self._opened(request, address, deadline)
        except _Dropped as dropped:
            raise Failure("connection") from dropped

    def close(self) -> None:
        """Close what is kept open."""
        self._adapter.close()

    def _opened(self, request: Request, address: str, deadline: Deadline) -> _Opened:
        prepared = _Pinned()
        prepared.address = address
        headers = {
            "Host": request.origin.authority,
            "User-Agent": "assay",
            "Accept-Encoding": "identity",
            **request.headers,
        }
        reading.set(Reading(deadline, self._limits))
        left = deadline.left()
        timeout = (min(self._limits.connect, left), min(self._limits.read, left))
        with _translated(deadline, connecting=True):
            prepared.prepare(method="GET", url=f"{request.origin}{request.target}", headers=headers)
            answer = self._adapter.send(prepared, stream=True, timeout=timeout, verify=True, proxies={})
        return _Opened(answer, deadline)

    def _read(self, request: Request, answer: _Opened, share: Share) -> Response:
        headers = {name.lower(): value for name, value in answer.response.headers.items()}
        if headers.get("content-encoding", "identity") != "identity":
            raise Failure("encoded")
        status = answer.response.status_code
        good = status in _OK
        cap = request.cap if good else self._limits.error_bytes
        body = bytearray()
        for piece in answer.pieces():
            share.budget.take(len(piece))
            body += piece
            if len(body) > cap:
                if good:
                    raise Failure("too-large")
                break
        return Response(status, headers, bytes(body[:cap]))


class _Unconnected(Exception):
    """No connection was made: another address may be tried."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class _Dropped(Exception):
    """The connection ended without an answer."""


class _translated:  # noqa: N801 - a context manager, used like a function
    """Turn what the libraries raise into `Failure`; with `connecting`, a failed attempt into `_Unconnected`."""

    def __init__(self, deadline: Deadline, *, connecting: bool = False) -> None:
        self._deadline = deadline
        self._connecting = connecting

    def __enter__(self) -> None:
        """Nothing to do."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None or not isinstance(error, (requests.RequestException, urllib3.exceptions.HTTPError, OSError)):
            return
        self._deadline.left()
        if isinstance(error, requests.exceptions.SSLError):
            raise Failure("tls") from error
        if self._connecting and _without_answer(error):
            raise _Dropped from error
        code = "timeout" if isinstance(error, _TIMEOUTS) else "connection"
        reason = getattr(error.args[0], "reason", None) if error.args else None
        if self._connecting and isinstance(reason, _CONNECT_ERRORS):
            raise _Unconnected(code) from error
        raise Failure(code) from error


def _without_answer(error: BaseException) -> bool:
    cause = error.args[0] if error.args else None
    aborted = cause.args[-1] if isinstance(cause, urllib3.exceptions.ProtocolError) and cause.args else None
    return isinstance(aborted, (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError))


_TIMEOUTS: Final = (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)
_CONNECT_ERRORS: Final = (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError)


class _Opened:
    """An answer whose head was read; closing it after the whole body keeps the connection, before that drops it."""

    def __init__(self, response: requests.Response, deadline: Deadline) -> None:
        self.response = response
        self._deadline = deadline

    def __enter__(self) -> _Opened:  # noqa: PYI034 - private, never subclassed
        return self

    def __exit__(self, *_: object) -> None:
        self.response.close()

    def pieces(self) -> Iterator[bytes]:
        """Read the body as it comes, never decoded (AT-099)."""
        while True:
            self._deadline.left()
            with _translated(self._deadline):
                piece: bytes | None = self.response.raw.read1(_STEP, decode_content=False)
            if not piece:
                return
            yield piece


class _Pinned(requests.PreparedRequest):
    """A request that knows the checked address of its host."""

    address: str


class _Adapter(HTTPAdapter):
    """Connects a pinned request to its address, under the name in its URL."""

    def __init__(self, context: ssl.SSLContext, way: WayOut) -> None:
        self._context = context
        self._tls_pool = tls_pool(way)
        super().__init__(pool_connections=32, pool_maxsize=4, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - the library's signature
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": Pool, "https": self._tls_pool}

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, *_: object, **__: object
    ) -> urllib3.HTTPConnectionPool:
        """Return the pool of the checked address; its connections prove the name, not the address."""
        assert isinstance(request, _Pinned)  # noqa: S101 - only Transport sends through this adapter
        where, _unused = self.build_connection_pool_key_attributes(request, verify=True)
        # Nothing else than this decides about TLS, so no request can weaken the next one's (AT-087).
        tls = {"ssl_context": self._context, "cert_reqs": "CERT_REQUIRED", "server_hostname": where["host"]}
        pool: urllib3.HTTPConnectionPool = self.poolmanager.connection_from_host(
            request.address, where["port"], where["scheme"], pool_kwargs=tls
        )
        return pool

    def cert_verify(self, *_: object, **__: object) -> None:
        """Leave the pool as it was made."""
