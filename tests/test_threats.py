"""The table of attacks in docs/threats.md and the tests that carry their ids say the same."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = (ROOT / "docs" / "threats.md").read_text(encoding="utf-8")
ROWS = 189
_ROW = re.compile(r"^\| (AT-\d{3}) \| ([^|]+) \| ([A-Z][a-z]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
_STATE = re.compile(r"test|test; later: \S.+|overridden: \S.+|not ours: \S.+|later: \S.+")
_NAME = re.compile(r"^\s*(?:async )?def test_((?:at_\d{3}_)+)", re.MULTILINE)
_LISTED = re.compile(r"^- (AT-\d{3}): \S.{20,}$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table."""

    id: str
    severity: str
    state: str

    @property
    def tested(self) -> bool:
        """Whether tests must carry its id."""
        return self.state.startswith(("test", "overridden"))


TABLE = tuple(Row(id_, severity, state) for id_, _, severity, _, state in _ROW.findall(DOCUMENT))


def carried() -> Iterator[str]:
    """Yield every id that the name of a test carries."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for names in _NAME.findall(path.read_text(encoding="utf-8")):
            yield from (f"AT-{number}" for number in re.findall(r"\d{3}", names))


def test_every_row_of_the_catalogue_is_in_the_table_once() -> None:
    assert len(TABLE) == ROWS
    assert sorted({row.id for row in TABLE}) == [row.id for row in TABLE]


@pytest.mark.parametrize("row", TABLE, ids=[row.id for row in TABLE])
def test_a_row_has_a_severity_and_a_state(row: Row) -> None:
    assert row.severity in {"Critical", "High", "Medium", "Low"}
    assert _STATE.fullmatch(row.state)


def test_the_rows_called_tested_are_those_that_tests_carry(capsys: pytest.CaptureFixture[str]) -> None:
    tested = {row.id for row in TABLE if row.tested}
    with capsys.disabled():  # the figure that CI shows; a worker of a parallel run has only this stream to show it on
        print(f"\ncatalogue covered: {len(tested)} of {ROWS}", file=sys.stderr)  # noqa: T201 - likewise
    assert tested == set(carried())


def test_critical_rows_without_a_plain_test_are_listed_with_a_reason() -> None:
    replaced = {row.id for row in TABLE if row.severity == "Critical" and row.state.partition(";")[0] != "test"}
    section = DOCUMENT.partition("### Critical rows")[2].partition("\n### ")[0]
    assert set(_LISTED.findall(section)) == replaced
