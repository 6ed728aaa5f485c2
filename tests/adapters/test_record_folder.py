"""Merge records as files of a real folder."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.adapters.record_folder import RecordFolder, read_folder
from app.core.errors import Unavailable
from app.core.merge_record import Entry
from app.core.pull_request import PullRequestRef

REF = PullRequestRef(installation=1, repository_id=7, owner="acme", name="gitops", number=3)


def entry(sequence: int, text: bytes = b"{}") -> Entry:
    return Entry(7, sequence, sequence, text)


def test_each_record_is_a_file_in_its_place(tmp_path: Path) -> None:
    folder = RecordFolder(tmp_path / "records")
    for number in (1, 2, 10):
        folder.put(REF, entry(number, b"%d" % number), None)
    assert tuple(read_folder(tmp_path / "records")) == (
        ("7/00000001.json", b"1"),
        ("7/00000002.json", b"2"),
        ("7/00000010.json", b"10"),
    )


def test_a_record_that_is_there_is_left(tmp_path: Path) -> None:
    RecordFolder(tmp_path).put(REF, entry(1), None)
    RecordFolder(tmp_path).put(REF, entry(1), None)
    assert len(tuple(read_folder(tmp_path))) == 1


def test_several_that_write_the_same_records_at_once_all_succeed(tmp_path: Path) -> None:
    def write(_: int) -> None:
        for number in range(1, 40):
            RecordFolder(tmp_path).put(REF, entry(number, b"%d" % number * 1000), None)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(write, range(4))) == [None] * 4
    assert [len(one) for _, one in read_folder(tmp_path)] == [1000] * 9 + [2000] * 30
    assert [one.name for one in (tmp_path / "7").iterdir() if one.suffix != ".json"] == []


def test_another_record_in_its_place_is_not_overwritten(tmp_path: Path) -> None:
    RecordFolder(tmp_path).put(REF, entry(1, b"other"), None)
    with pytest.raises(Unavailable, match="not the record"):
        RecordFolder(tmp_path).put(REF, entry(1), None)
    assert tuple(read_folder(tmp_path)) == (("7/00000001.json", b"other"),)


def test_a_part_of_a_crash_is_no_record(tmp_path: Path) -> None:
    RecordFolder(tmp_path).put(REF, entry(1), None)
    (tmp_path / "7" / ".00000002.part").write_bytes(b"half")
    (tmp_path / "7" / "notes.json").write_bytes(b"{}")
    assert len(tuple(read_folder(tmp_path))) == 1


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(Unavailable, match="could not be written"):
        RecordFolder(tmp_path / "file").put(REF, entry(1), None)


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert tuple(read_folder(tmp_path / "none")) == ()


def test_a_folder_of_more_records_than_are_read_is_not_read_in_part(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        RecordFolder(tmp_path).put(REF, entry(number), None)
    with pytest.raises(Unavailable, match="more than 2 records"):
        tuple(read_folder(tmp_path, most=2))
    assert len(tuple(read_folder(tmp_path, most=3))) == 3


def test_what_is_no_folder_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "records").write_text("", encoding="utf-8")
    with pytest.raises(Unavailable, match="cannot be read"):
        tuple(read_folder(tmp_path / "records"))
