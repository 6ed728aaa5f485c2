"""Where merge records are kept besides the database."""

from __future__ import annotations

import re

from app.core.merge_record.notes import notes_ref
from app.settings.values import SettingsError

_BRANCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_LONGEST = 200


def ledger_copy(text: str) -> tuple[str, str] | None:
    """Read `folder:DIR`, `branch:NAME` or `notes:NAME` as its two parts, of notes the full name; `None` for nothing."""
    if not text.strip():
        return None
    kind, _, name = text.strip().partition(":")
    is_branch = kind == "branch" and len(name) <= _LONGEST and _BRANCH.fullmatch(name) and ".." not in name
    if name and (kind == "folder" or (is_branch and not name.endswith((".lock", ".")))):
        return kind, name
    notes = notes_ref(name) if kind == "notes" else None
    if notes is not None:
        return kind, notes
    known = "give folder:DIR, branch:NAME such as branch:assay/evidence, or notes:NAME such as notes:assay."
    raise SettingsError("ASSAY_LEDGER_COPY", known)
