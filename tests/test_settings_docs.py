"""The settings' documentation names every variable, and none that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

from app.settings import VARIABLES

DOCS = Path(__file__).parents[1] / "docs" / "settings.md"


def test_each_variable_has_its_heading_and_no_other_has_one() -> None:
    headings = re.findall(r"^## `([A-Z_]+)`$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(headings) == sorted(VARIABLES)


def test_no_variable_is_mentioned_that_does_not_exist() -> None:
    mentioned = set(re.findall(r"\bASSAY_[A-Z_]+\b", DOCS.read_text(encoding="utf-8")))
    assert mentioned <= VARIABLES
