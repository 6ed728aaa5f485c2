"""A registry on loopback: real sockets, own code, absent layers accepted, faults on demand.

    with FakeRegistry() as registry:
        digest = registry.put_image("acme/api", "1.0")
        registry.attach(bundle, "acme/api")
        registry.fail(Fault("/referrers/", status=503))

It speaks the pull half of the OCI distribution specification 1.1 with the referrers API (or, with
`referrers=False`, without), token or basic authentication, and records every request that it sees.
"""

from __future__ import annotations

import base64
import re
import secrets
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import Self

from app.core.oci import Digest
from tests.fakes.image_store import ImageStore
from tests.fakes.registry_handler import Handler


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with requests whose method and target (`GET /v2/…?…`) contain a match of `pattern`.

    `status`, `headers` and `body` replace the answer (`status=None` keeps the true one, and its body unless `body` is
    given). `raw` bytes are written as they are, then the connection is closed. `drip` sends the body (or `raw`) byte
    by byte with so many seconds between; `endless` never stops sending it; `delay` is waited before the first byte. A
    fault with `times` is gone after so many requests.
    """

    pattern: str
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    raw: bytes | None = None
    drip: float = 0.0
    delay: float = 0.0
    endless: bool = False
    times: int | None = None


@dataclass(frozen=True, slots=True)
class Auth:
    """Who may read: `user` with `password`; with `anonymous` a token is given to everybody who asks for one.

    `realm` replaces the registry's own token service in the challenge.
    """

    user: str = "reader"
    password: str = "secret of the registry"
    basic: bool = False
    anonymous: bool = False
    realm: str | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as it arrived; header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]


class FakeRegistry(ImageStore):
    """A registry that lives as long as its `with` block, or from `start` to `stop`."""

    def __init__(
        self,
        port: int = 0,
        *,
        referrers: bool = True,
        auth: Auth | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Take a port of 127.0.0.1 (0: a free one). `auth` closes it, `tls` makes it https."""
        self.indexes_referrers = referrers
        self.auth = auth
        self.page_size = 1000
        self.scheme = "https" if tls else "http"
        self.requests: list[Seen] = []
        self.stopping = threading.Event()
        self._blobs: dict[tuple[str, str], bytes] = {}
        self._manifests: dict[tuple[str, str], tuple[bytes, str]] = {}
        self._faults: list[tuple[Fault, int]] = []
        self._tokens: dict[str, str] = {}
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), Handler)
        self._server.registry = self
        self._server.tls = tls
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name="fake-registry", daemon=True
        )

    @property
    def host(self) -> str:
        """`127.0.0.1:<port>`."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        """The scheme and host."""
        return f"{self.scheme}://{self.host}"

    def start(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop answering and close what is open."""
        if self.stopping.is_set():
            return
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # What it holds

    def put_blob(self, repository: str, content: bytes) -> Digest:
        """Keep a blob."""
        digest = Digest.of(content)
        with self._lock:
            self._blobs[repository, str(digest)] = content
        return digest

    def put_manifest(self, repository: str, content: bytes, media_type: str, tag: str | None = None) -> Digest:
        """Keep a manifest; nothing that it names need be there."""
        digest = Digest.of(content)
        with self._lock:
            self._manifests[repository, str(digest)] = (content, media_type)
            if tag is not None:
                self._manifests[repository, tag] = (content, media_type)
        return digest

    def read_manifest(self, repository: str, reference: str) -> bytes | None:
        """Return a manifest by tag or digest."""
        held = self.manifest(repository, reference)
        return held[0] if held else None

    def manifest(self, repository: str, reference: str) -> tuple[bytes, str] | None:
        """Return a manifest and its media type."""
        with self._lock:
            return self._manifests.get((repository, reference))

    def blob(self, repository: str, digest: str) -> bytes | None:
        """Return a blob."""
        with self._lock:
            return self._blobs.get((repository, digest))

    def manifests(self, repository: str) -> tuple[tuple[bytes, str], ...]:
        """Return every manifest of a repository once, sorted by digest."""
        with self._lock:
            held = sorted(self._manifests.items())
        return tuple(value for (where, name), value in held if where == repository and name.startswith("sha256:"))

    def replace_blob(self, repository: str, digest: Digest, content: bytes) -> None:
        """Serve other bytes under this digest from now on."""
        with self._lock:
            self._blobs[repository, str(digest)] = content

    def replace_manifest(self, repository: str, reference: str, content: bytes, media_type: str) -> None:
        """Serve another manifest under this digest or tag from now on."""
        with self._lock:
            self._manifests[repository, reference] = (content, media_type)

    def remove(self, repository: str, reference: str) -> None:
        """Forget a manifest, or what a tag names."""
        with self._lock:
            del self._manifests[repository, reference]

    # What goes wrong

    def fail(self, fault: Fault) -> None:
        """Let something go wrong from now on; the latest fault that matches wins."""
        with self._lock:
            self._faults.append((fault, fault.times or 0))

    def heal(self) -> None:
        """Let everything go right again."""
        with self._lock:
            self._faults.clear()

    def fault(self, line: str) -> Fault | None:
        """Return what goes wrong with this request, counting it."""
        with self._lock:
            for position in range(len(self._faults) - 1, -1, -1):
                fault, left = self._faults[position]
                if re.search(fault.pattern, line):
                    if fault.times is not None and left <= 1:
                        del self._faults[position]
                    else:
                        self._faults[position] = (fault, left - 1)
                    return fault
        return None

    # Who may read

    def issue(self, authorization: str | None, scope: str) -> str | None:
        """Give a token for a scope (`repository:<name>:pull`) to who may have one."""
        if self.auth is None or not (self._known(authorization) or (self.auth.anonymous and authorization is None)):
            return None
        token = secrets.token_urlsafe(24)
        with self._lock:
            self._tokens[token] = scope
        return token

    def admits(self, authorization: str | None, repository: str) -> bool:
        """Say whether a request with this header may read the repository."""
        if self.auth is None or (self.auth.basic and self._known(authorization)):
            return True
        scheme, _, token = (authorization or "").partition(" ")
        with self._lock:
            scope = self._tokens.get(token)
        return scheme == "Bearer" and scope == f"repository:{repository}:pull"

    def admits_at_all(self, authorization: str | None) -> bool:
        """Say whether a request with this header may read anything."""
        if self.auth is None or (self.auth.basic and self._known(authorization)):
            return True
        with self._lock:
            return (authorization or "").partition(" ")[2] in self._tokens

    def challenge(self, repository: str) -> str:
        """Return the `WWW-Authenticate` header of a refusal."""
        assert self.auth is not None
        if self.auth.basic:
            return 'Basic realm="registry"'
        realm = f"{self.url}/token" if self.auth.realm is None else self.auth.realm
        return f'Bearer realm="{realm}",service="{self.host}",scope="repository:{repository}:pull"'

    def _known(self, authorization: str | None) -> bool:
        assert self.auth is not None
        pair = base64.b64encode(f"{self.auth.user}:{self.auth.password}".encode()).decode()
        return authorization == f"Basic {pair}"

    def saw(self, seen: Seen) -> None:
        """Record a request."""
        with self._lock:
            self.requests.append(seen)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    registry: FakeRegistry
    tls: ssl.SSLContext | None = None

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that hangs up or refuses our certificate is what a test wants."""
