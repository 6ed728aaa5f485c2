"""A commit object's bytes, read into values: nothing in it is trusted to be well formed, or to be UTF-8."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from app.core.history import Signature, SignedBy, StoredCommit

_PERSON = re.compile(rb"(?P<name>[^<]*)<(?P<email>[^>\n]*)>")
_TIME = re.compile(rb"[ >](?P<time>-?[0-9]{1,20}) (?P<zone>[-+][0-9]{4})$")
_FORMS: Final = (
    (b"-----BEGIN PGP SIGNATURE", SignedBy.GPG),
    (b"-----BEGIN PGP MESSAGE", SignedBy.GPG),
    (b"-----BEGIN SSH SIGNATURE", SignedBy.SSH),
    (b"-----BEGIN SIGNED MESSAGE", SignedBy.GITSIGN),
)
_NOBODY: Final = Signature("", "")
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = 253_402_300_799
_DAY: Final = 24 * 60
_LONGEST_NAME: Final = 1_000
_LONGEST_TIME: Final = 40
MAX_COMMIT: Final = 256 * 1024
"""Bytes of a commit object that are read."""

MAX_MESSAGE: Final = 16 * 1024
"""Bytes of a message that are kept, but for the names of those who wrote it together."""

_MAX_NAMED: Final = 500
_HEX: Final = rb"(?:[0-9a-fA-F]{40}|[0-9a-fA-F]{64})"
_START = re.compile(rb"tree " + _HEX + rb"\n((?:parent " + _HEX + rb"\n)*)")
_WRITER = re.compile(rb"^co-authored-by:[^\n]{1,1000}$", re.IGNORECASE | re.MULTILINE)


def is_commit(content: bytes) -> bool:
    """Whether git itself would take this for a commit: it begins with a tree and parents, and its head is all there."""
    return _START.match(content) is not None and (b"\n\n" in content or len(content) <= MAX_COMMIT)


def commit_of(oid: str, content: bytes) -> StoredCommit:
    """Read a commit object, or its first `MAX_COMMIT` bytes."""
    head, _, message = content.partition(b"\n\n")
    fields = _fields(head)
    encoding = fields.get(b"encoding", b"utf-8").decode("ascii", "replace")
    author, authored = _person(fields.get(b"author", b""), encoding)
    committer, committed = _person(fields.get(b"committer", b""), encoding)
    # Like git, only where they stand directly after the tree.
    start = _START.match(head + b"\n")
    parents = () if start is None else tuple(start[1].decode("ascii").lower().split()[1::2])
    signature = fields.get(b"gpgsig") or fields.get(b"gpgsig-sha256")
    return StoredCommit(
        *(oid, parents, author, committer, authored, committed, _text(_kept(message), encoding)),
        signed=None if signature is None else _form(signature),
        cut=len(content) > MAX_COMMIT,
    )


def _kept(message: bytes) -> bytes:
    """Return the beginning of a message, and who else it names further down."""
    if len(message) <= MAX_MESSAGE:
        return message
    named = itertools.islice(_WRITER.finditer(message, MAX_MESSAGE), _MAX_NAMED)
    return b"\n".join((message[:MAX_MESSAGE], *(match[0] for match in named)))


def tree_of(content: bytes) -> str:
    """Return the id of a commit's tree."""
    return content[5 : content.find(b"\n")].decode("ascii", "replace")


def _fields(head: bytes) -> dict[bytes, bytes]:
    """Return the first of each header; a line that begins with a space goes on with the one before."""
    found: dict[bytes, bytes] = {}
    name = b""
    for line in head.split(b"\n"):
        if line.startswith(b" "):
            if name:
                found[name] += b"\n" + line[1:]
            continue
        name, _, value = line.partition(b" ")
        if name in found:
            name = b""
        else:
            found[name] = value
    return found


def _person(value: bytes, encoding: str) -> tuple[Signature, datetime]:
    match = _PERSON.match(value[:_LONGEST_NAME])
    who = _NOBODY
    if match is not None:
        who = Signature(_text(match["name"].strip(), encoding), _text(match["email"].strip(), encoding))
    # Like git, from the end: whatever stands before it.
    when = _TIME.search(value[-_LONGEST_TIME:])
    return who, _BEGINNING if when is None else _time(when["time"], when["zone"])


def _time(seconds: bytes, zone: bytes) -> datetime:
    """Return a time as written; one that no calendar has becomes the nearest that it has."""
    # More digits than these are no time of any calendar.
    at = min(max(int(seconds[:18]), 0), _LATEST)
    minutes = int(zone[1:3]) * 60 + int(zone[3:5])
    minutes = min(minutes, _DAY - 1) * (-1 if zone.startswith(b"-") else 1)
    try:
        return datetime.fromtimestamp(at, timezone(timedelta(minutes=minutes)))
    except (OverflowError, ValueError):
        return datetime.fromtimestamp(at, UTC)


def _form(signature: bytes) -> SignedBy:
    return next((form for start, form in _FORMS if signature.lstrip().startswith(start)), SignedBy.UNKNOWN)


def _text(value: bytes, encoding: str) -> str:
    """Return what a person reads; what the commit's own encoding cannot mean is U+FFFD."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        return value.decode(encoding, "replace")
    except (LookupError, ValueError):
        return value.decode("utf-8", "replace")
