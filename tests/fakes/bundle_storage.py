"""Where GitHub keeps bundles, on loopback: addresses that are the right to read, content in Snappy's raw format."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from tests.fakes.loopback import Loopback, QuietHandler
from tests.fakes.snappy import compress


@dataclass
class Kept:
    """One answer."""

    content: bytes
    status: int = 200
    kind: str = "application/x-snappy"
    location: str = ""


@dataclass
class BundleStorage:
    """Use as a context. `seen` are the requests: the path with its query, and the headers with names in lower case."""

    kept: dict[str, Kept] = field(default_factory=dict)
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def __enter__(self) -> Self:
        kept, seen = self.kept, self.seen

        class Handler(QuietHandler):
            def do_GET(self) -> None:  # noqa: N802 - the name of the library
                seen.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                found = kept.get(self.path, Kept(b"<Error/>", 403))
                self.send_response(found.status)
                self.send_header("Content-Type", found.kind)
                self.send_header("Content-Length", str(len(found.content)))
                if found.location:
                    self.send_header("Location", found.location)
                self.end_headers()
                self.wfile.write(found.content)

        self._server = Loopback(Handler)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()

    @property
    def host(self) -> str:
        """Its host and port."""
        return f"127.0.0.1:{self._server.port}"

    def keep(self, bundle: bytes) -> str:
        """Keep a bundle as GitHub does, and return its address."""
        return self.put(Kept(compress(bundle)))

    def put(self, answer: Kept) -> str:
        """Keep an answer, and return its address."""
        path = f"/attestations/1/{len(self.kept)}.json.sn?sig=the-right-to-read"
        self.kept[path] = answer
        return f"http://{self.host}{path}"
