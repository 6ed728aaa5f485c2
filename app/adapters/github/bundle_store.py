"""Bundles that GitHub keeps in its storage and names by an address that is good for minutes (`bundle_url`).

1. Only hosts that are named are gone to, over TLS; plain HTTP to this machine alone. No redirect is followed.
2. No credential is sent there: the address itself is the right to read, so it is neither logged nor said.
3. What comes back is bounded as sent and as unpacked, and so is the time for all bundles of a digest together.

GitHub's storage sends `application/x-snappy`, the raw format; JSON that says that it is JSON is read as well.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

import httpx

from app.adapters.github.connection import Connection
from app.adapters.github.snappy import SnappyError, decompress

SECONDS: Final = 60.0
_LONGEST: Final = 4096
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_PORTS: Final = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class NotKept:
    """Why a bundle could not be had: `host` is where it was asked for, empty when the address is none."""

    host: str
    code: str
    detail: str


class BundleStore:
    """Reads the bundles of one answer of GitHub: at most `limit` bytes in all, unpacked, and for `SECONDS` at most."""

    def __init__(self, connection: Connection, limit: int) -> None:
        """Bind the pool and what may be gone to; the time runs from now on."""
        self._connection = connection
        self._hosts = connection.bundle_hosts | {_netloc(urlsplit(connection.url))}
        self._left = limit
        self._end = time.monotonic() + SECONDS

    def read(self, url: str) -> bytes | NotKept:
        """Return a bundle's JSON; never raises, and says nothing of what stands in the address but its host."""
        parts = _split(url)
        if parts is None:
            return NotKept("", "malformed", "GitHub named an address that is none")
        host = _netloc(parts)
        if host not in self._hosts or parts.username is not None or not _safe(parts):
            return NotKept(host, "refused-host", "GitHub keeps bundles at a host that is not among those allowed")
        if time.monotonic() > self._end:
            return NotKept(host, "timeout", "took too long")
        try:
            found = self._asked(url, host)
        except httpx.TimeoutException:
            return NotKept(host, "timeout", "did not answer in time")
        except httpx.HTTPError:
            return NotKept(host, "connection", "cannot be reached")
        if isinstance(found, bytes):
            self._left -= len(found)
        return found

    def _asked(self, address: str, host: str) -> bytes | NotKept:
        connection = self._connection
        headers = {"User-Agent": "assay", "Accept": "*/*", "Accept-Encoding": "identity"}
        request = httpx.Request("GET", address, headers=headers, extensions={"timeout": _wait(connection)})
        # The transport alone: no client that could add a credential, a cookie or a redirect.
        answer = connection.transport.handle_request(request)
        answer.request = request
        try:
            if answer.status_code != httpx.codes.OK:
                return NotKept(host, "server-error", f"answered with status {answer.status_code}")
            content = self._content(answer)
            if content is None:
                return NotKept(host, "too-large", "sent more than is read")
            return self._unpacked(content, answer.headers.get("content-type", ""), host)
        finally:
            answer.close()

    def _content(self, answer: httpx.Response) -> bytes | None:
        content = bytearray()
        # As sent: what would be unpacked on the way could become any size.
        for piece in answer.iter_raw():
            content += piece
            if len(content) > self._left:
                return None
        return bytes(content)

    def _unpacked(self, content: bytes, kind: str, host: str) -> bytes | NotKept:
        try:
            plain = kind.partition(";")[0].strip().lower() == "application/json"
            found = content if plain else decompress(content, self._left)
            if isinstance(json.loads(found), dict):
                return found
        except SnappyError as error:
            if error.too_large:
                return NotKept(host, "too-large", "sent more than is read")
        except (ValueError, RecursionError):
            pass
        return NotKept(host, "malformed", "sent something that cannot be read")


def _split(url: str) -> SplitResult | None:
    """Take an address apart; `None` for what is none with a host."""
    try:
        parts = urlsplit(url)
        usable = len(url) <= _LONGEST and bool(_netloc(parts)) and bool(httpx.URL(url).host)
    except (ValueError, httpx.InvalidURL):
        return None
    return parts if usable else None


def _netloc(parts: SplitResult) -> str:
    """Return `host`, or `host:port` where the port is not the scheme's own; raises `ValueError`."""
    host, port = parts.hostname or "", parts.port
    host = f"[{host}]" if ":" in host else host
    return host if port is None or port == _PORTS.get(parts.scheme) else f"{host}:{port}"


def _safe(parts: SplitResult) -> bool:
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def _wait(connection: Connection) -> dict[str, float | None]:
    return httpx.Timeout(connection.timeout).as_dict()
