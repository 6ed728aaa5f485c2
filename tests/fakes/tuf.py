"""A TUF repository on loopback, made with python-tuf's metadata API; what it serves can be aged, rolled back, broken.

    with TufRepository(content) as repository:
        refresh.refresh(TufSource("public-good", repository.url, repository.bootstrap))

Nothing in it asks for the time: what is valid ends in the year 9000, what has expired did so in 2001.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from securesystemslib.signer import CryptoSigner  # type: ignore[attr-defined]  # likewise
from tuf.api.metadata import (  # type: ignore[attr-defined]  # its documented names, which it imports itself
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from tests.fakes.loopback import Loopback, QuietHandler

VALID = datetime(9000, 1, 1, tzinfo=UTC)
PAST = datetime(2001, 1, 1, tzinfo=UTC)
_ROLES = ("root", "timestamp", "snapshot", "targets")


@dataclass
class Seen:
    """One request: its path and headers, names in lower case."""

    path: str
    headers: dict[str, str]


@dataclass
class Answers:
    """What is served: `files` by path, `redirects` from paths to addresses, `seen` requests."""

    files: dict[str, bytes] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)


class TufRepository:
    """Use as a context. `publish` makes a new version of everything; `bootstrap` is its first root metadata."""

    def __init__(self, content: bytes, target: str = "trusted_root.json") -> None:
        self.answers = Answers()
        self.target = target
        self._signers = {role: CryptoSigner.generate_ed25519() for role in _ROLES}
        self._version = 0
        self._root = self._first_root()
        self.bootstrap = self._signed(self._root, "root")
        self.publish(content)

    def __enter__(self) -> Self:
        answers = self.answers

        class Handler(QuietHandler):
            def do_GET(self) -> None:  # noqa: N802 - the name of the library
                answers.seen.append(Seen(self.path, {name.lower(): value for name, value in self.headers.items()}))
                if self.path in answers.redirects:
                    self.send_response(302)
                    self.send_header("Location", answers.redirects[self.path])
                    self.end_headers()
                    return
                content = answers.files.get(self.path)
                self.send_response(404 if content is None else 200)
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                self.wfile.write(content or b"")

        self._server = Loopback(Handler)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()

    @property
    def url(self) -> str:
        """The address of the repository."""
        return f"http://127.0.0.1:{self._server.port}"

    def publish(self, content: bytes, *, version: int | None = None, expired: str = "", signed_by: str = "") -> None:
        """Publish content as a new version (or as `version`), with one role `expired` or signed with another's key."""
        self._version = self._version + 1 if version is None else version
        digest = hashlib.sha256(content).hexdigest()
        folder, _, name = self.target.rpartition("/")
        self.answers.files[f"/targets/{folder}{'/' if folder else ''}{digest}.{name}"] = content
        target = TargetFile(len(content), {"sha256": digest}, self.target)
        ends = {role: PAST if role == expired else VALID for role in _ROLES}
        signers = {role: signed_by or role for role in _ROLES}
        targets = Targets(self._version, expires=ends["targets"], targets={self.target: target})
        snapshot = Snapshot(self._version, expires=ends["snapshot"], meta={"targets.json": MetaFile(self._version)})
        timestamp = Timestamp(self._version, expires=ends["timestamp"], snapshot_meta=MetaFile(self._version))
        self._serve(f"{self._version}.targets.json", self._signed(targets, signers["targets"]))
        self._serve(f"{self._version}.snapshot.json", self._signed(snapshot, signers["snapshot"]))
        self._serve("timestamp.json", self._signed(timestamp, signers["timestamp"]))

    def rotate(self, *, expires: datetime = VALID, signed: bool = True) -> None:
        """Publish the next root metadata; not `signed`: by a key that no root names, which fails its threshold."""
        self._root = Root(self._root.version + 1, expires=expires, keys=self._root.keys, roles=self._root.roles)
        metadata: Metadata[Any] = Metadata(self._root)
        metadata.sign(self._signers["root"] if signed else CryptoSigner.generate_ed25519())
        self._serve(f"{self._root.version}.root.json", metadata.to_bytes())

    def _first_root(self) -> Root:
        root = Root(1, expires=VALID, consistent_snapshot=True)
        for role, signer in self._signers.items():
            root.add_key(signer.public_key, role)
        return root

    def _serve(self, name: str, content: bytes) -> None:
        self.answers.files[f"/{name}"] = content

    def _signed(self, signed: Root | Timestamp | Snapshot | Targets, role: str) -> bytes:
        metadata: Metadata[Any] = Metadata(signed)
        metadata.sign(self._signers[role])
        return metadata.to_bytes()
