"""How the loopback registry answers HTTP: routes of the OCI distribution specification, and its faults."""

from __future__ import annotations

import contextlib
import json
import re
import urllib.parse
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING

from app.core.oci import Digest
from tests.fakes.image_store import INDEX, descriptor, encode

if TYPE_CHECKING:
    from tests.fakes.registry import FakeRegistry, Fault

_TAGS = re.compile(r"/v2/(?P<repository>[a-z0-9._/-]+)/(?P<kind>tags)/(?P<reference>list)")
_ROUTE = re.compile(
    r"/v2/(?P<repository>[a-z0-9._/-]+)/(?P<kind>manifests|blobs|referrers)/(?P<reference>[A-Za-z0-9._:-]+)"
)

Answer = tuple[int, dict[str, str], bytes]


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    server_version = "loopback"
    disable_nagle_algorithm = True
    timeout = 10

    @property
    def registry(self) -> FakeRegistry:
        """The registry that this connection belongs to."""
        registry: FakeRegistry = self.server.registry  # type: ignore[attr-defined]  # set by the registry on its server
        return registry

    def setup(self) -> None:
        """Speak TLS when the registry does; in the connection's own thread, so that nobody else waits."""
        tls = self.server.tls  # type: ignore[attr-defined]  # set by the registry on its server
        if tls is not None:
            self.request = tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def finish(self) -> None:
        """Close what TLS wrapped: the server only knows the socket below."""
        with contextlib.suppress(OSError):
            super().finish()
        self.request.close()

    def handle(self) -> None:
        """Answer until the client is gone; a client that hangs up is no news."""
        try:
            super().handle()
        except OSError:
            self.close_connection = True

    def do_GET(self) -> None:
        """Answer with the body."""
        self._answer()

    def do_HEAD(self) -> None:
        """Answer without it."""
        self._answer()

    def _answer(self) -> None:
        from tests.fakes.registry import Seen  # noqa: PLC0415 - the two modules are halves of one thing

        self.registry.saw(Seen(self.command, self.path, {name.lower(): value for name, value in self.headers.items()}))
        fault = self.registry.fault(f"{self.command} {self.path}")
        if fault is None:
            self._write(*self._route())
        else:
            self._fail(fault)

    def _route(self) -> Answer:
        url = urllib.parse.urlsplit(self.path)
        if url.path == "/token":
            return self._token(dict(urllib.parse.parse_qsl(url.query)))
        path = urllib.parse.unquote(url.path)
        match = _ROUTE.fullmatch(path) or _TAGS.fullmatch(path)
        if match is None:
            return self._base() if url.path == "/v2/" else _error(404, "UNSUPPORTED")
        repository, reference = match["repository"], match["reference"]
        if not self.registry.admits(self.headers.get("Authorization"), repository):
            return self._refusal(repository)
        if match["kind"] == "referrers":
            return self._referrers(repository, reference, url.query)
        answers = {"manifests": self._manifest, "tags": self._tags, "blobs": self._blob}
        return answers[match["kind"]](repository, reference)

    def _base(self) -> Answer:
        """Let in whoever shows a token for anything, or may do without."""
        if not self.registry.admits_at_all(self.headers.get("Authorization")):
            return self._refusal("assay/any")
        return 200, {}, b"{}"

    def _refusal(self, repository: str) -> Answer:
        status, headers, body = _error(401, "UNAUTHORIZED")
        return status, {**headers, "WWW-Authenticate": self.registry.challenge(repository)}, body

    def _blob(self, repository: str, digest: str) -> Answer:
        blob = self.registry.blob(repository, digest)
        if blob is None:
            return _error(404, "BLOB_UNKNOWN")
        return 200, {"Content-Type": "application/octet-stream"}, blob

    def _tags(self, repository: str, _list: str) -> Answer:
        if not self.registry.manifests(repository):
            return _error(404, "NAME_UNKNOWN")
        return 200, {"Content-Type": "application/json"}, encode({"name": repository, "tags": []})

    def _token(self, query: dict[str, str]) -> Answer:
        token = self.registry.issue(self.headers.get("Authorization"), query.get("scope", ""))
        if token is None:
            return _error(401, "UNAUTHORIZED")
        return 200, {"Content-Type": "application/json"}, encode({"token": token, "expires_in": 300})

    def _manifest(self, repository: str, reference: str) -> Answer:
        held = self.registry.manifest(repository, reference)
        if held is None:
            return _error(404, "MANIFEST_UNKNOWN")
        content, media_type = held
        return 200, {"Content-Type": media_type, "Docker-Content-Digest": str(Digest.of(content))}, content

    def _referrers(self, repository: str, subject: str, query: str) -> Answer:
        if not self.registry.indexes_referrers:
            return _error(404, "UNSUPPORTED")
        entries = [
            _entry(content, kind) for content, kind in self.registry.manifests(repository) if _refers(content, subject)
        ]
        start = int(dict(urllib.parse.parse_qsl(query)).get("start", "0"))
        page = entries[start : start + self.registry.page_size]
        headers = {"Content-Type": INDEX}
        after = start + self.registry.page_size
        if after < len(entries):
            headers["Link"] = f'</v2/{repository}/referrers/{subject}?start={after}>; rel="next"'
        return 200, headers, encode({"schemaVersion": 2, "mediaType": INDEX, "manifests": page})

    # Faults

    def _fail(self, fault: Fault) -> None:
        self.registry.stopping.wait(fault.delay)
        if fault.raw is not None:
            self.close_connection = True
            self._drip(fault, fault.raw)
            return
        status, headers, body = self._route() if fault.status is None else (fault.status, {}, b"")
        headers, body = {**headers, **fault.headers}, body if fault.body is None else fault.body
        if not fault.drip and not fault.endless:
            self._write(status, headers, body)
            return
        self._head(status, headers, len(body) if not fault.endless else None)
        self.close_connection = True
        self._drip(fault, body)

    def _drip(self, fault: Fault, body: bytes) -> None:
        while not self.registry.stopping.is_set():
            step = 1 if fault.drip else max(1, len(body))
            for position in range(0, len(body), step):
                if self.registry.stopping.wait(fault.drip):
                    return
                self.wfile.write(body[position : position + step])
            if not fault.endless:
                return

    # Writing

    def _write(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self._head(status, headers, len(body))
        if self.command != "HEAD":
            self.wfile.write(body)

    def _head(self, status: int, headers: dict[str, str], length: int | None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if length is not None and "Content-Length" not in headers:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the standard library
        """Say nothing: requests are recorded."""


def _error(status: int, code: str) -> Answer:
    return status, {"Content-Type": "application/json"}, encode({"errors": [{"code": code, "message": code.lower()}]})


def _refers(content: bytes, subject: str) -> bool:
    try:
        return bool(json.loads(content).get("subject", {}).get("digest") == subject)
    except (ValueError, AttributeError):
        return False


def _entry(content: bytes, media_type: str) -> dict[str, object]:
    document = json.loads(content)
    more = {name: document[name] for name in ("artifactType", "annotations") if name in document}
    return descriptor(media_type, content, **more)
