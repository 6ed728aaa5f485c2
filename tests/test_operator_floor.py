"""The operator's floor file: read at the start, and never half of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.bootstrap.floor import operator_floor
from app.settings import SettingsError, read


def test_without_a_file_there_is_none() -> None:
    assert operator_floor(read({})) is None


def test_a_valid_file_is_its_text(tmp_path: Path) -> None:
    file = tmp_path / "floor.yml"
    file.write_text("version: 1\nallow-solo: false\n", encoding="utf-8")
    assert operator_floor(read({"ASSAY_FLOOR_FILE": str(file)})) == "version: 1\nallow-solo: false\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"version: 2\n", "floor.yml:1: version must be there and be 1"),
        (b"", "the file is empty"),
        (b"\xff\xfe", "not UTF-8"),
        (b"version: 1\nsigners: {a: {key: a.pub}}\n", "must stand in the floor itself"),
    ],
)
def test_a_file_with_a_fault_stops_the_process(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "floor.yml"
    file.write_bytes(content)
    with pytest.raises(SettingsError, match="ASSAY_FLOOR_FILE") as error:
        operator_floor(read({"ASSAY_FLOOR_FILE": str(file)}))
    assert words in str(error.value)


def test_a_file_that_is_not_there_stops_the_process(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        operator_floor(read({"ASSAY_FLOOR_FILE": str(tmp_path / "none.yml")}))
