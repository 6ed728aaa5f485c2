"""Patterns that early releases of Python 3.11 match wrongly: the oldest one that is supported is one of them."""

from __future__ import annotations

import re
from pathlib import Path

APP = sorted((Path(__file__).parents[1] / "app").rglob("*.py"))
# A group repeated without backtracking, or an atomic one: before Python 3.11.5 it may not match what it should.
_SET = re.compile(r"\[(?:\\.|[^\]\\])*\]|frozenset\(.*")
_WRONG = re.compile(r"\)[*+?]\+|\)\{\d+(?:,\d*)?\}\+|\(\?>")


def test_no_pattern_repeats_a_group_without_backtracking() -> None:
    lines = [
        f"{path}:{number}"
        for path in APP
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if _WRONG.search(_SET.sub("", line))
    ]
    assert lines == []


def test_such_a_pattern_would_be_found() -> None:
    assert _WRONG.search(_SET.sub("", r"(?:[^.]++|x)*+"))
