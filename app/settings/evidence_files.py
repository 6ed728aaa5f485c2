"""In which repositories evidence files are proposed."""

from __future__ import annotations

import re

from app.settings.values import SettingsError

_PATTERN = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}/(?:\*|(?!\.\.?$)[a-z0-9._-]{1,100})")


def evidence_files(text: str) -> frozenset[str]:
    """Read `owner/repository` and `owner/*`, separated by commas or blanks, in lower case: GitHub compares them so."""
    found = frozenset(one.lower() for one in re.split(r"[\s,]+", text) if one)
    for one in sorted(found):
        if not _PATTERN.fullmatch(one):
            sentence = f"{one[:80]!r} names no repository; give OWNER/REPOSITORY or OWNER/*, separated by commas."
            raise SettingsError("ASSAY_EVIDENCE_FILES", sentence)
    return found
