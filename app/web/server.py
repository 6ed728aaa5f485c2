"""HTTP: routes and answers, nothing decided.

    POST /webhook   401 wrong signature · 400 malformed · 413 too large · 503 not stored · 202 taken or ignored
    GET  /healthz   this process answers
    GET  /readyz    and its database too

The body is bytes until its signature is proved; no form is ever parsed.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from flask import Flask, Request, Response, request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import BadRequest, HTTPException, RequestEntityTooLarge, ServiceUnavailable, Unauthorized

from app.core.errors import Unavailable

_BODY_LIMIT = 25 * 1024 * 1024
_BODIES_LIMIT = 10 * _BODY_LIMIT
_CHUNK = 65_536
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

_log = logging.getLogger(__name__)


class Refused(Exception):
    """A delivery is not taken: `status` is 401 (not signed by us) or 400 (signed, but not a delivery)."""

    def __init__(self, status: int) -> None:
        """Keep the status; no reason is given to a stranger."""
        super().__init__(status)
        self.status = status


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes need.

    `receive` proves, reads and stores a delivery (header names in lower case) before it returns; raises `Refused`, or
    `Unavailable` when it could not be stored. `check` raises `Unavailable` when the database does not answer.
    """

    receive: Callable[[Mapping[str, str], bytes], None]
    check: Callable[[], None]


def create_app(services: Services, *, bodies_limit: int = _BODIES_LIMIT) -> Flask:
    """Make the WSGI application; register further blueprints on it before the first request.

    `bodies_limit` bounds the bytes of all bodies that are held at one time.
    """
    app = Flask("assay", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _BODY_LIMIT
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    bodies = _Bodies(bodies_limit)

    @app.post("/webhook")
    def webhook() -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        with bodies.read(request) as body:
            try:
                services.receive(headers, body)
            except Refused as refused:
                _log.warning("a delivery was refused with %d", refused.status)
                raise (Unauthorized() if refused.status == Unauthorized.code else BadRequest()) from refused
        return words("taken", 202)

    @app.get("/healthz")
    def healthz() -> Response:
        return words("alive", 200)

    @app.get("/readyz")
    def readyz() -> Response:
        services.check()
        return words("ready", 200)

    guard(app)
    return app


def guard(app: Flask) -> None:
    """Let an application send the headers that every answer has, and say of an error no more than one word."""
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Unavailable, _unavailable)
    app.after_request(_secured)


class _Bodies:
    """Reads request bodies, and bounds the memory that all bodies being read take together."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._taken = 0
        self._lock = threading.Lock()

    @contextmanager
    def read(self, incoming: Request) -> Iterator[bytes]:
        """Read a whole body, at most 25 MiB: 413 above, 503 while others fill the memory, 400 when it breaks off."""
        held = 0
        parts: list[bytes] = []
        try:
            while part := self._part(incoming):
                held += len(part)
                self._take(len(part))
                if held > _BODY_LIMIT:
                    raise RequestEntityTooLarge
                parts.append(part)
            if incoming.content_length not in {None, held}:
                # The server calls its body complete in any case, also when the client went away or its time was up.
                raise BadRequest
            yield b"".join(parts)
        finally:
            self._take(-held)

    def _part(self, incoming: Request) -> bytes:
        try:
            part: bytes = incoming.stream.read(_CHUNK)
        except (OSError, ParseException) as error:
            raise BadRequest from error
        return part

    def _take(self, size: int) -> None:
        with self._lock:
            self._taken += size
            full = self._taken > self._limit
        if size > 0 and full:
            raise ServiceUnavailable


def _http_error(error: HTTPException) -> Response:
    """Say the status in one word: a stranger learns neither what was wrong nor what runs here."""
    code = error.code or 500
    return words({401: "unauthorized", 404: "not found", 413: "too large"}.get(code, "refused"), code)


def _unavailable(error: Unavailable) -> Response:
    """GitHub shows a delivery answered so as failed, and it can be delivered again."""
    _log.error("answered 503: %s", error, exc_info=error)
    response = words("unavailable", 503)
    response.headers["Retry-After"] = "30"
    return response


def words(text: str, status: int) -> Response:
    """Answer with a line of plain text."""
    return Response(text + "\n", status, content_type="text/plain; charset=utf-8")


def _secured(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
