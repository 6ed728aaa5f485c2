"""Records of merges in a real git repository, as files of a branch and as notes, read offline."""

from __future__ import annotations

import base64
import json
import os
import random
import subprocess
from pathlib import Path

import pytest

from app.adapters.dsse_key import MAX_ENVELOPE, PAYLOAD_TYPE
from app.adapters.git_records import GitRecords
from app.core.errors import Unavailable, Unreadable
from app.core.merge_record import Entry, Kept, Link, Merge, MergeRecord, payload
from app.core.merge_record.notes import places
from tests.core.test_merge_record import NOON, REF

NOTES = "refs/notes/assay"
CLEAN = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


class Store:
    """A bare repository that is written in one stream."""

    def __init__(self, path: Path) -> None:
        self.path = path
        subprocess.run(["git", "init", "-q", "--bare", str(path)], check=True, env=CLEAN)

    def git(self, *arguments: str, stdin: bytes = b"") -> bytes:
        command = ["git", "-C", str(self.path), *arguments]
        return subprocess.run(command, input=stdin, check=True, capture_output=True, env=CLEAN).stdout

    def commit(self, ref: str, files: dict[str, bytes]) -> None:
        """Write a commit that holds these files."""
        parts = [f"commit {ref}\ncommitter a <a@example.org> 1 +0000\ndata 0\n\n".encode()]
        for path, content in files.items():
            parts.append(b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(content), content))
        self.git("fast-import", "--quiet", stdin=b"".join(parts))

    @property
    def records(self) -> GitRecords:
        return GitRecords(str(self.path))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "repository.git")


def wrapped(written: bytes) -> bytes:
    envelope = {"payload": base64.b64encode(written).decode(), "payloadType": PAYLOAD_TYPE, "signatures": []}
    return json.dumps(envelope).encode() + b"\n"


def chain(length: int) -> list[tuple[str, bytes]]:
    """Return records of many merges with the commit of each, in their order."""
    digits = random.Random(7)
    found: list[tuple[str, bytes]] = []
    link = Link(1)
    for sequence in range(1, length + 1):
        commit = f"{digits.getrandbits(160):040x}"
        record = MergeRecord(Merge(REF, "main", "a" * 40, commit, NOON), None, (), NOON)
        found.append((commit, wrapped(payload(record, link))))
        link = Link(sequence + 1, Entry(7, sequence, sequence, found[-1][1]).digest)
    return found


def told(records: list[Kept]) -> list[tuple[str, str]]:
    return [(name, str(one)) for name, one in records if isinstance(one, Unreadable)]


def test_files_of_a_branch_are_given_in_their_order(store: Store) -> None:
    files = {f"records/{number:08d}.json": b"%d\n" % number for number in (10, 2, 1)}
    store.commit("refs/heads/evidence", {**files, "README.md": b"words", "records/notes.json": b"{}", "1.json": b"1"})
    assert list(store.records.of_branch("evidence")) == sorted(files.items())


@pytest.mark.parametrize("size", [1024 * 1024 + 1, 17 * 1024 * 1024, MAX_ENVELOPE])
def test_a_large_record_is_read_whole(store: Store, size: int) -> None:
    files = {"records/1.json": b"1", "records/2.json": b" " * size, "records/3.json": b"3"}
    store.commit("refs/heads/evidence", files)
    found = list(store.records.of_branch("evidence"))
    assert [len(one) for _, one in found if isinstance(one, bytes)] == [1, size, 1]


def test_one_that_is_larger_than_any_record_is_told_and_not_read(store: Store) -> None:
    files = {"records/1.json": b"1", "records/2.json": b" " * (MAX_ENVELOPE + 1), "records/3.json": b"3"}
    store.commit("refs/heads/evidence", files)
    found = list(store.records.of_branch("evidence"))
    sentence = "is larger than 32 MiB, which is more than a record may be, and is not read"
    assert told(found) == [("records/2.json", sentence)]
    assert [name for name, _ in found] == list(files)


def test_one_that_the_clone_lacks_is_told_and_nothing_is_fetched(store: Store) -> None:
    store.commit("refs/heads/evidence", {"records/1.json": b"1", "records/2.json": b"2"})
    blob = store.git("rev-parse", "evidence:records/1.json").decode().strip()
    for pack in list((store.path / "objects" / "pack").glob("*.pack")):
        content = pack.read_bytes()
        for file in pack.parent.glob(f"{pack.stem}.*"):
            file.unlink()
        store.git("unpack-objects", "-q", stdin=content)
    (store.path / "objects" / blob[:2] / blob[2:]).unlink()
    assert told(list(store.records.of_branch("evidence"))) == [("records/1.json", "is missing in this clone")]


def test_many_notes_in_any_folders_are_given_in_the_order_of_their_chain(store: Store) -> None:
    records = chain(2_500)
    files = {places(commit)[place % 4]: envelope for place, (commit, envelope) in enumerate(records)}
    store.commit(NOTES, dict(sorted(files.items())))
    assert list(store.records.of_notes(NOTES)) == records


def test_what_is_no_record_is_told_by_its_commit(store: Store) -> None:
    (commit, envelope), other = chain(1)[0], "e" * 40
    store.commit(NOTES, {commit: envelope + b"\nand a word\n", other: b"reviewed\n", "README.md": b"words"})
    found = list(store.records.of_notes(NOTES))
    assert sorted(told(found)) == sorted([(commit, "is no envelope"), (other, "is no envelope")])
    assert (commit, envelope) in found


def test_several_records_of_one_commit_are_all_given(store: Store) -> None:
    first, second = chain(2)
    store.commit(NOTES, {first[0]: second[1] + first[1]})
    assert list(store.records.of_notes(NOTES)) == [(first[0], first[1]), (first[0], second[1])]


def test_a_note_that_is_too_large_is_told(store: Store) -> None:
    store.commit(NOTES, {"e" * 40: b" " * (MAX_ENVELOPE + 1)})
    assert [name for name, _ in told(list(store.records.of_notes(NOTES)))] == ["e" * 40]


def test_a_note_of_very_many_lines_is_told_and_not_read(store: Store) -> None:
    (commit, envelope) = chain(1)[0]
    store.commit(NOTES, {commit: envelope, "e" * 40: b"x\n" * 101})
    found = list(store.records.of_notes(NOTES))
    assert told(found) == [("e" * 40, "holds more than 100 lines, and is not read")]
    assert found[1:] == [(commit, envelope)]


def test_a_large_note_of_many_lines_is_told_and_not_read_for_each_of_them(store: Store) -> None:
    (commit, envelope) = chain(1)[0]
    store.commit(NOTES, {commit: (envelope.strip() + b" " * (MAX_ENVELOPE // 100) + b"\n") * 30})
    found = list(store.records.of_notes(NOTES))
    assert told(found) == [(commit, "holds too much for so many lines, and is not read")]


def test_notes_that_were_not_fetched_are_said_with_what_to_do(store: Store) -> None:
    with pytest.raises(Unavailable, match=f"git fetch origin {NOTES}:{NOTES}"):
        list(store.records.of_notes(NOTES))


def test_more_files_than_are_read_are_not_read_in_part(store: Store) -> None:
    store.commit("refs/heads/evidence", {f"records/{number}.json": b"1" for number in (1, 2, 3)})
    with pytest.raises(Unavailable, match="more than 2 records"):
        list(GitRecords(str(store.path), most=2).of_branch("evidence"))
    assert len(list(GitRecords(str(store.path), most=3).of_branch("evidence"))) == 3


def test_a_branch_without_records_has_none(store: Store) -> None:
    store.commit("refs/heads/evidence", {"README.md": b"words"})
    assert list(store.records.of_branch("evidence")) == []


def test_what_is_no_repository_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no commit"):
        list(GitRecords(str(tmp_path)).of_branch("evidence"))


@pytest.mark.parametrize(
    "path", ["records/9/1.json", "records/old/00000001.json", "records/1.JSON", "records/a\n/1.json"]
)
def test_a_record_below_another_folder_or_under_another_ending_is_told(store: Store, path: str) -> None:
    store.commit("refs/heads/evidence", {"records/1.json": b"1"})
    blob = store.git("rev-parse", "evidence:records/1.json").decode().strip()
    tree_of = {"records/1.json": blob, path: blob}
    store.git("read-tree", "--empty")
    store.git("update-index", "-z", "--index-info", stdin=b"".join(_entry(b"100644", *one) for one in tree_of.items()))
    store.git("update-ref", "refs/heads/evidence", _committed(store))
    sentence = "stands where Assay puts no record, or is no regular file"
    assert list(map(str, told(list(store.records.of_branch("evidence"))))) == [str((path, sentence))]


@pytest.mark.parametrize("mode", [b"120000", b"160000"])
def test_a_link_or_submodule_in_the_place_of_a_record_is_told(store: Store, mode: bytes) -> None:
    store.commit("refs/heads/evidence", {"records/1.json": b"1"})
    there = store.git("rev-parse", "evidence" + (":records/1.json" if mode == b"120000" else "")).decode().strip()
    store.git("update-index", "-z", "--index-info", stdin=_entry(mode, "records/2.json", there))
    store.git("update-ref", "refs/heads/evidence", _committed(store))
    assert [name for name, _ in told(list(store.records.of_branch("evidence")))] == ["records/2.json"]


def _entry(mode: bytes, path: str, oid: str) -> bytes:
    return b"%s %s\t%s\0" % (mode, oid.encode(), path.encode())


def _committed(store: Store) -> str:
    tree = store.git("write-tree", "--missing-ok").decode().strip()
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    return store.git(*identity, "commit-tree", tree, "-m", "x").decode().strip()
