"""What a bundle or a legacy layer holds once read, whatever its form; nothing in it is verified."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Proof:
    """An inclusion proof: the audit path of leaf `index` in a tree of `size` with `root` (RFC 6962)."""

    index: int
    size: int
    root: bytes
    hashes: tuple[bytes, ...]
    checkpoint: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A transparency log entry: `kind` and `version` as the bundle says, `None` when only the body says it.

    `integrated_time` is what the log claims in seconds; it is a time only when `promise` is verified.
    """

    log_id: bytes
    log_index: int
    body: bytes
    kind: tuple[str, str] | None
    integrated_time: int
    promise: bytes | None
    proof: Proof | None


@dataclass(frozen=True, slots=True)
class Envelope:
    """A DSSE envelope: `raw` are its bytes when they are known as they were signed into the log."""

    payload_type: str
    payload: bytes
    raw: bytes | None

    @property
    def signed(self) -> bytes:
        """Return DSSE's pre-authentication encoding, version 1."""
        kind = self.payload_type.encode()
        return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(self.payload), self.payload)


@dataclass(frozen=True, slots=True)
class Message:
    """Bytes that are signed as they are (a simple-signing payload)."""

    signed: bytes


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file that is signed, known by its digest only; `hint` is the digest that the bundle states."""

    hint: tuple[str, bytes] | None


@dataclass(frozen=True, slots=True)
class Material:
    """One signature with all that vouches for it.

    `certificate` is DER, `None` for a signature by a long-lived key. `stamps` are RFC 3161 responses, each over one of
    `stamped`. `promise_suffices` says that the form knows log entries without inclusion proof.
    """

    signed: Envelope | Message | Artifact
    signature: bytes
    certificate: bytes | None
    entry: Entry | None
    stamps: tuple[bytes, ...]
    stamped: tuple[bytes, ...]
    promise_suffices: bool
