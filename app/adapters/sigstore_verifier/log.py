"""Transparency log entries: promise, inclusion proof and checkpoint of Rekor v1 and v2.

Sources: RFC 6962 section 2.1.1 (inclusion), the signed note and checkpoint formats of transparency-dev, Rekor's signed
entry timestamp (canonical JSON of RFC 8785).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

import rfc8785

from app.adapters.sigstore_verifier.keys import signature_fits
from app.adapters.sigstore_verifier.material import Entry, Proof
from app.adapters.sigstore_verifier.reasons import Refused
from app.adapters.sigstore_verifier.trust_root import LogKey

_LAST_SECOND = 32503680000
_LAST_INDEX = 2**53 - 1  # canonical JSON has no greater whole number
_HASH = 32
_MAX_CHECKPOINT = 64 * 1024
_MAX_NOTE_LINES = 200
_HINT = 4


def verify_entry(entry: Entry, keys: Sequence[LogKey], *, promise_suffices: bool) -> datetime | None:
    """Prove that a trusted log holds the entry; return the time that the log promised, `None` when it did not.

    Whether the log's key was in force is `check_log_window`'s, for that needs a proved time. Raises `Refused`.
    """
    # 1. The log by its exact ID: a hint that fits in part is another log.
    named = [key for key in keys if key.log_id == entry.log_id]
    if not named:
        raise Refused("log-unknown")
    # 2. The promise, wherever there is one; only it makes the integrated time a time (attack AT-010).
    promised = _verify_promise(entry, named) if entry.promise is not None else None
    # 3. The proof, wherever there is one, or where the form asks for it.
    if entry.proof is not None:
        verify_inclusion(entry.body, entry.proof)
        _verify_checkpoint(entry.proof, named)
    elif not (promise_suffices and promised is not None):
        raise Refused("log-proof-missing")
    return promised


def check_log_window(entry: Entry, keys: Sequence[LogKey], times: Sequence[datetime]) -> None:
    """Refuse an entry of a log whose key was not in force at one of these times."""
    windows = [key.window for key in keys if key.log_id == entry.log_id]
    if not all(any(window.covers(moment) for window in windows) for moment in times):
        raise Refused("log-key-expired")


def _verify_promise(entry: Entry, keys: Sequence[LogKey]) -> datetime:
    if not 0 < entry.integrated_time < _LAST_SECOND or entry.log_index > _LAST_INDEX:
        raise Refused("log-promise-invalid")
    promised = rfc8785.dumps(
        {
            "body": base64.b64encode(entry.body).decode(),
            "integratedTime": entry.integrated_time,
            "logID": entry.log_id.hex(),
            "logIndex": entry.log_index,
        }
    )
    if not any(signature_fits(key.key, entry.promise or b"", promised) for key in keys):
        raise Refused("log-promise-invalid")
    return datetime.fromtimestamp(entry.integrated_time, UTC)


def verify_inclusion(body: bytes, proof: Proof) -> None:
    """Refuse a proof that does not lead from the leaf to the root of a tree of its size."""
    if not 0 <= proof.index < proof.size or any(len(step) != _HASH for step in proof.hashes):
        raise Refused("log-inclusion-invalid")
    # RFC 9162 section 2.1.3.2 gives this loop; it also fixes how many steps there must be.
    index, last = proof.index, proof.size - 1
    node = hashlib.sha256(b"\x00" + body).digest()
    for step in proof.hashes:
        if last == 0:
            raise Refused("log-inclusion-invalid")
        if index % 2 or index == last:
            node = hashlib.sha256(b"\x01" + step + node).digest()
            while index and not index % 2:
                index, last = index // 2, last // 2
        else:
            node = hashlib.sha256(b"\x01" + node + step).digest()
        index, last = index // 2, last // 2
    if last != 0 or node != proof.root:
        raise Refused("log-inclusion-invalid")


def _verify_checkpoint(proof: Proof, keys: Sequence[LogKey]) -> None:
    if not proof.checkpoint:
        raise Refused("log-checkpoint-missing")
    origin, size, root, signed, signatures = _read_checkpoint(proof.checkpoint)
    if size != str(proof.size) or root != base64.b64encode(proof.root).decode():
        raise Refused("log-checkpoint-mismatch")
    # The log signs under its origin (Rekor v1 adds the tree's number to it); lines of witnesses are not for us.
    names = {origin, origin.partition(" - ")[0]}
    for key in keys:
        for name, blob in signatures:
            if name in names and blob[:_HINT] == key.hint and signature_fits(key.key, blob[_HINT:], signed):
                return
    raise Refused("log-checkpoint-invalid")


def _read_checkpoint(note: str) -> tuple[str, str, str, bytes, list[tuple[str, bytes]]]:
    text, blank, lines = note.partition("\n\n")
    header = text.split("\n")
    if len(note) > _MAX_CHECKPOINT or not blank or len(header) < 3 or not lines.endswith("\n"):  # noqa: PLR2004 - origin, size, root
        raise Refused("log-checkpoint-malformed")
    if not header[0] or not header[1].isdigit():
        raise Refused("log-checkpoint-malformed")
    signatures = [_read_note_line(line) for line in lines[:-1].split("\n")[:_MAX_NOTE_LINES]]
    return header[0], header[1], header[2], f"{text}\n".encode(), signatures


def _read_note_line(line: str) -> tuple[str, bytes]:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.rpartition(" ")
    try:
        blob = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused("log-checkpoint-malformed") from error
    if dash != "—" or not name or len(blob) <= _HINT:
        raise Refused("log-checkpoint-malformed")
    return name, blob
