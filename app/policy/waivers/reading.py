"""YAML → a waiver, or every fault with its line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from app.core import yaml
from app.core.errors import PolicyError, Unreadable
from app.core.tree import File
from app.policy.reading.nodes import Faults, plain_number
from app.policy.waivers.scope import Scope, read_scope
from app.policy.waivers.waiver import Waiver

MAX_LENGTH: Final = 32 * 1024

_SAID = ("owner", "reason", "ticket")
_NEEDED = (*_SAID, "expires", "scope")
_KEYS = ("version", *_NEEDED, "not-before")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:[Zz]|[+-]\d\d:\d\d)")


def read_waiver(file: File) -> tuple[Waiver | None, tuple[PolicyError, ...]]:
    """Read one waiver file; with any fault there is no waiver. Never raises."""
    faults = Faults(file.path)
    root = _root(file, faults)
    waiver = None if root is None else _waiver(root, file.path, faults)
    return (None if faults.found else waiver), faults.ordered


def one_document(file: File, faults: Faults, limit: int = MAX_LENGTH) -> yaml.Node | None:
    """Read a file that holds one YAML document; `None` after a fault."""
    if file.text is None or len(file.text) > limit:
        why = file.problem if file.text is None else f"larger than {limit // 1024} KiB"
        faults.add(None, f"the file cannot be read: {why}")
        return None
    try:
        documents = yaml.read(file.text)
    except Unreadable as error:
        faults.add(error.line, f"the file cannot be read: {error.reason}")
        return None
    if len(documents) > 1:
        faults.add(documents[1].line, "the file has more than one document: write each in a file of its own")
        return None
    return documents[0] if documents else yaml.Scalar("", 1)


def moment(text: str, *, end_of_day: bool) -> datetime | None:
    """Read a day (its beginning in UTC, or its end) or a time with zone; `None` for anything else."""
    try:
        if _DAY.fullmatch(text):
            return datetime.fromisoformat(text).replace(tzinfo=UTC) + timedelta(days=1 if end_of_day else 0)
        return datetime.fromisoformat(text.upper()).astimezone(UTC) if _TIME.fullmatch(text) else None
    except (ValueError, OverflowError):
        return None


def _root(file: File, faults: Faults) -> yaml.Node | None:
    root = one_document(file, faults)
    if isinstance(root, yaml.Scalar) and root.null:
        faults.add(root.line, "the file is empty: a waiver that is over is deleted, file and all")
        return None
    return root


def _waiver(root: yaml.Node, path: str, faults: Faults) -> Waiver | None:
    fields = faults.mapping(root, "a waiver", _KEYS)
    if fields is None:
        return None
    version = fields.get("version")
    if version is None or plain_number(version) != 1:
        faults.add(version.line if version else root.line, "version must be there and be 1 (version: 1)")
    for key in _NEEDED:
        if key not in fields:
            faults.add(root.line, f"a waiver needs {key}")
    said = {key: _sentence(fields[key], key, faults) for key in _SAID if key in fields}
    scope = read_scope(fields["scope"], faults) if "scope" in fields else Scope()
    starts, ends = _time(fields, "not-before", faults), _time(fields, "expires", faults)
    if ends is not None and starts is not None and starts >= ends:
        faults.add(fields["not-before"].line, "not-before must be earlier than expires")
    if ends is None or faults.found:
        return None
    owner, reason, ticket = (said[key] for key in _SAID)
    until = getattr(fields["expires"], "text", "")
    return Waiver(path, root.line, owner, reason, ticket, until, ends, starts, scope)


def _sentence(node: yaml.Node, what: str, faults: Faults) -> str:
    # Long reasons are folded over several lines; shown they are one.
    flat = replace(node, text=" ".join(node.text.split())) if isinstance(node, yaml.Scalar) else node
    return faults.text(flat, what) or ""


def _time(fields: Mapping[str, yaml.Node], key: str, faults: Faults) -> datetime | None:
    if key not in fields:
        return None
    text = faults.text(fields[key], key)
    found = None if text is None else moment(text, end_of_day=key == "expires")
    if text is not None and found is None:
        faults.add(fields[key].line, f"{key} must be a day (2026-12-31) or a time with zone (2026-12-31T12:00:00Z)")
    return found
