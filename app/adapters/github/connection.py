"""The way to one GitHub: its address, a pool of connections, and the bounds on what comes back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Self

import httpx

from app.adapters.github.pacing import Budget
from app.core.network import WayOut

MAX_ANSWER = 64 * 1024 * 1024
MAX_SECONDS = 60.0
TIMEOUT_SECONDS = 15.0
API_VERSION = "2022-11-28"
BUNDLE_HOSTS: Final = frozenset({"tmaproduction.blob.core.windows.net"})
"""Where github.com keeps the bundles of attestations."""

DIRECTLY: Final = WayOut()


@dataclass(frozen=True, slots=True)
class Connection:
    """One GitHub as one process sees it; safe to share between threads.

    `url` is the API root (`https://api.github.com`, `https://HOST/api/v3`). `api_version` is sent with every request:
    GitHub Enterprise Server knows older ones only. `now` (seconds since 1970) and `sleep` are the clock that tokens and
    repeated reads go by. `bundle_hosts` are where bundles of attestations may be read besides the API's own host.
    `budget` is what installations may write; without one nothing waits.
    """

    url: str
    transport: httpx.BaseTransport
    api_version: str = API_VERSION
    timeout: float = TIMEOUT_SECONDS
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    bundle_hosts: frozenset[str] = BUNDLE_HOSTS
    budget: Budget | None = None

    @classmethod
    def to(cls, url: str, bundle_hosts: frozenset[str] = frozenset(), way: WayOut = DIRECTLY) -> Self:
        """Open a pool of connections to `url`; nothing is sent yet. `bundle_hosts` are allowed besides GitHub's."""
        limits = httpx.Limits(max_connections=32, max_keepalive_connections=16, keepalive_expiry=30.0)
        context = httpx.create_ssl_context(trust_env=False)
        if way.ca_file is not None:
            context.load_verify_locations(cafile=way.ca_file)
        proxy = way.proxy_for(httpx.URL(url).host)
        transport = KeepOpen(httpx.HTTPTransport(verify=context, trust_env=False, limits=limits, proxy=proxy))
        return cls(url.rstrip("/"), transport, bundle_hosts=BUNDLE_HOSTS | bundle_hosts)

    def close(self) -> None:
        """End the pool; nothing may be sent after."""
        if isinstance(self.transport, KeepOpen):
            self.transport.end()

    @property
    def graphql(self) -> str:
        """The address of GraphQL, which on GitHub Enterprise Server stands beside the REST root."""
        root = httpx.URL(self.url)
        path = root.path.rstrip("/")
        path = path.removesuffix("/v3") + "/graphql" if path.endswith("/api/v3") else path + "/graphql"
        return str(root.copy_with(path=path))


class KeepOpen(httpx.BaseTransport):
    """A shared transport that stays open and bounds every answer.

    githubkit makes and closes an `httpx.Client` for each call. Closing it would close the shared pool under the other
    threads ("Bad file descriptor"), so `close` does nothing here and `end` does; the pool itself is safe under threads.
    """

    def __init__(self, inner: httpx.BaseTransport) -> None:
        """Wrap the transport that does the work."""
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; the answer's body is cut off with an error past its bounds."""
        answer = self._inner.handle_request(request)
        headers = answer.headers
        for name in ("retry-after", "x-ratelimit-reset"):  # githubkit fails on a date or garbage in these
            if not headers.get(name, "0").isdigit():
                headers[name] = "60"
        stream = answer.stream
        if not isinstance(stream, httpx.SyncByteStream):
            raise httpx.ReadError("The answer is no byte stream.", request=request)
        return httpx.Response(
            answer.status_code, headers=headers, stream=_Bounded(stream, request), extensions=answer.extensions
        )

    def end(self) -> None:
        """Close for good, when the process ends."""
        self._inner.close()


class _Bounded(httpx.SyncByteStream):
    """A body that ends with an error when it is too big, or drips for too long (the read timeout counts per piece)."""

    def __init__(self, inner: httpx.SyncByteStream, request: httpx.Request) -> None:
        self._inner = inner
        self._request = request

    def __iter__(self) -> Iterator[bytes]:
        deadline = time.monotonic() + MAX_SECONDS
        size = 0
        for piece in self._inner:
            size += len(piece)
            if size > MAX_ANSWER:
                raise httpx.ReadError("The answer is too big.", request=self._request)
            if time.monotonic() > deadline:
                raise httpx.ReadTimeout("The answer takes too long.", request=self._request)
            yield piece

    def close(self) -> None:
        self._inner.close()
