"""Requests to GitHub as somebody watches them: their kind and how they ended, never what was said."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Protocol

import httpx

from app.adapters.github.connection import Connection, KeepOpen
from app.adapters.github.failures import limited, seconds


class Watch(Protocol):
    """What is told of requests."""

    def request(self, kind: str) -> AbstractContextManager[None]:
        """Open while a request is on its way; `kind` is `read`, `query`, `write` or `token`."""
        ...

    def answered(self, kind: str, status: str) -> None:
        """Tell the class of a status (`2xx`, …), `limited` for a rate limit, `none` for no answer."""
        ...

    def left(self, whose: int, ratio: float, until: float) -> None:
        """Tell which part of somebody's budget of requests is left, until when."""
        ...


def watched(connection: Connection, watch: Watch) -> Connection:
    """Return the same way to GitHub, with somebody who watches it."""
    return replace(connection, transport=KeepOpen(_Watched(connection.transport, watch)))


class _Watched(httpx.BaseTransport):
    def __init__(self, inner: httpx.BaseTransport, watch: Watch) -> None:
        self._inner = inner
        self._watch = watch

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        kind = _kind(request)
        with self._watch.request(kind):
            try:
                response = self._inner.handle_request(request)
            except httpx.HTTPError:
                self._watch.answered(kind, "none")
                raise
            self._watch.answered(kind, _status(response))
        self._budget(request, response)
        return response

    def close(self) -> None:
        if isinstance(self._inner, KeepOpen):
            self._inner.end()

    def _budget(self, request: httpx.Request, response: httpx.Response) -> None:
        limit = seconds(response.headers.get("x-ratelimit-limit", ""), fallback=0.0)
        remaining = seconds(response.headers.get("x-ratelimit-remaining", ""), fallback=-1.0)
        if limit > 0 and remaining >= 0:
            # Whose budget it is only has to be told apart from others', within this process.
            whose = hash((request.headers.get("authorization"), response.headers.get("x-ratelimit-resource")))
            until = seconds(response.headers.get("x-ratelimit-reset", ""), fallback=0.0)
            self._watch.left(whose, min(remaining / limit, 1.0), until)


def _kind(request: httpx.Request) -> str:
    path = request.url.path
    if path.endswith("/access_tokens"):
        return "token"
    if path.endswith("/graphql"):
        return "query"
    return "read" if request.method == "GET" else "write"


def _status(response: httpx.Response) -> str:
    if limited(response, "") is not None:
        return "limited"
    return f"{response.status_code // 100}xx"
