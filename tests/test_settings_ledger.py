"""Where records of merges are copied to."""

from __future__ import annotations

import pytest

from app.settings import SettingsError, read


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("folder:/var/records", ("folder", "/var/records")),
        ("branch:assay/evidence", ("branch", "assay/evidence")),
        ("notes:assay", ("notes", "refs/notes/assay")),
        ("notes:refs/notes/merges/assay", ("notes", "refs/notes/merges/assay")),
    ],
)
def test_a_place_for_copies_is_read(text: str, expected: tuple[str, str] | None) -> None:
    assert read({"ASSAY_LEDGER_COPY": text}).ledger_copy == expected


@pytest.mark.parametrize(
    "text", ["assay", "notes:", "notes:a..b", "notes:a b", "notes:a.lock", "branch:a..b", "folder:", "note:assay"]
)
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="ASSAY_LEDGER_COPY"):
        read({"ASSAY_LEDGER_COPY": text})
