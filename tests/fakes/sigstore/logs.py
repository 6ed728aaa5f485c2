"""Transparency logs: Rekor v1 (promise, proof, checkpoint), Rekor v2 (proof, checkpoint), and a CT log."""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import rfc8785
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from tests.fakes.sigstore.material import sign, spki

Json = dict[str, Any]


def b64(value: bytes) -> str:
    """Write standard base64 with padding."""
    return base64.b64encode(value).decode()


def canonical(value: Mapping[str, Any]) -> bytes:
    """Write canonical JSON (RFC 8785)."""
    return rfc8785.dumps(dict(value))


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Where an entry stands in a tree: RFC 6962 audit path, root and size."""

    index: int
    size: int
    hashes: tuple[bytes, ...]
    root: bytes


def include(leaf: bytes, others: int = 6, index: int = 3) -> Inclusion:
    """Put a leaf among others of its log and return its audit path (RFC 6962 section 2.1.1)."""
    leaves = [hashlib.sha256(b"\x00other leaf %d" % number).digest() for number in range(others)]
    leaves.insert(index, hashlib.sha256(b"\x00" + leaf).digest())
    return Inclusion(index, len(leaves), tuple(_path(index, leaves)), _root(leaves))


def _root(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    split = _split(len(leaves))
    return hashlib.sha256(b"\x01" + _root(leaves[:split]) + _root(leaves[split:])).digest()


def _path(index: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*_path(index, leaves[:split]), _root(leaves[split:])]
    return [*_path(index - split, leaves[split:]), _root(leaves[:split])]


def _split(size: int) -> int:
    return 1 << ((size - 1).bit_length() - 1)


@dataclass(frozen=True, slots=True)
class RekorV1:
    """A Rekor v1 log: ECDSA P-256, log ID = SHA-256 of the SubjectPublicKeyInfo."""

    key: ec.EllipticCurvePrivateKey
    origin: str = "rekor.private.example - 1193050959916656506"

    @property
    def log_id(self) -> bytes:
        """Return the log's ID."""
        return hashlib.sha256(spki(self.key.public_key())).digest()

    def promise(self, body: bytes, at: datetime, index: int) -> Json:
        """Return what a legacy layer's bundle annotation holds."""
        payload: Json = {
            "body": b64(body),
            "integratedTime": int(at.timestamp()),
            "logIndex": index,
            "logID": self.log_id.hex(),
        }
        return {"SignedEntryTimestamp": b64(sign(self.key, canonical(payload))), "Payload": payload}

    def entry(self, body: bytes, kind: tuple[str, str], at: datetime, index: int = 1007) -> Json:
        """Return a TransparencyLogEntry with promise, proof and checkpoint; `index` is the global one."""
        return {
            **_entry(self, body, kind, index),
            "integratedTime": str(int(at.timestamp())),
            "inclusionPromise": {"signedEntryTimestamp": self.promise(body, at, index)["SignedEntryTimestamp"]},
        }


@dataclass(frozen=True, slots=True)
class RekorV2:
    """A Rekor v2 log: Ed25519, log ID = SHA-256(origin, newline, 1, key), no promise and no time."""

    key: ed25519.Ed25519PrivateKey
    origin: str = "log2026.private.example"

    @property
    def log_id(self) -> bytes:
        """Return the log's ID."""
        raw = self.key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return hashlib.sha256(self.origin.encode() + b"\n\x01" + raw).digest()

    def entry(self, body: bytes, kind: tuple[str, str]) -> Json:
        """Return a TransparencyLogEntry with proof and checkpoint."""
        inclusion = include(body)
        return _entry(self, body, kind, inclusion.index)


def checkpoint(log: RekorV1 | RekorV2, size: int, root: bytes) -> str:
    """Return a signed note over tree size and root."""
    text = f"{log.origin}\n{size}\n{b64(root)}\n"
    return f"{text}\n— {log.origin.split(' ')[0]} {b64(log.log_id[:4] + sign(log.key, text.encode()))}\n"


def _entry(log: RekorV1 | RekorV2, body: bytes, kind: tuple[str, str], index: int) -> Json:
    inclusion = include(body)
    return {
        "logIndex": str(index),
        "logId": {"keyId": b64(log.log_id)},
        "kindVersion": {"kind": kind[0], "version": kind[1]},
        "inclusionProof": {
            "logIndex": str(inclusion.index),
            "rootHash": b64(inclusion.root),
            "treeSize": str(inclusion.size),
            "hashes": [b64(step) for step in inclusion.hashes],
            "checkpoint": {"envelope": checkpoint(log, inclusion.size, inclusion.root)},
        },
        "canonicalizedBody": b64(body),
    }


@dataclass(frozen=True, slots=True)
class CertificateLog:
    """A certificate transparency log (RFC 6962): ECDSA P-256."""

    key: ec.EllipticCurvePrivateKey

    @property
    def log_id(self) -> bytes:
        """Return the log's ID."""
        return hashlib.sha256(spki(self.key.public_key())).digest()

    def embed(self, tbs: bytes, issuer_spki: bytes, at: datetime) -> bytes:
        """Return the value of the SCT list extension for a certificate without it (RFC 6962 sections 3.2, 3.3)."""
        stamp = struct.pack(">Q", int(at.timestamp() * 1000))
        signed = (
            b"\x00\x00"
            + stamp
            + b"\x00\x01"
            + hashlib.sha256(issuer_spki).digest()
            + len(tbs).to_bytes(3, "big")
            + tbs
            + b"\x00\x00"
        )
        signature = sign(self.key, signed)
        # Version 1, log, time, no extensions, sha256 with ecdsa, signature.
        sct = b"\x00" + self.log_id + stamp + b"\x00\x00" + b"\x04\x03" + struct.pack(">H", len(signature)) + signature
        entry = struct.pack(">H", len(sct)) + sct
        listed = struct.pack(">H", len(entry)) + entry
        return b"\x04" + _length(len(listed)) + listed


def _length(size: int) -> bytes:
    return bytes([size]) if size < 0x80 else bytes([0x81, size])
