"""`assay ledger`: whole is 0, anything amiss 1, a question that makes no sense 2, a branch that is not all there 3."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import jsonschema_rs
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.adapters.dsse_key import MAX_ENVELOPE, SigningKey
from app.adapters.ledger import DatabaseLedger, prepare_ledger
from app.adapters.record_folder import RecordFolder
from app.core.merge_record import Entry, Link, Merge, MergeRecord, payload
from app.core.pull_request import PullRequestRef
from tests.adapters.test_ledger import RECORD
from tests.cli.conftest import Desktop
from tests.conftest import ROOT

SCHEMA = Path(__file__).parents[2] / "docs" / "schemas" / "assay.ledger-v1.json"
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
PEM = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


class Records:
    """A folder with a record for each of these commits, pull requests 1, 2, …; `key` is the public half's file."""

    def __init__(self, folder: Path, *commits: str) -> None:
        self.folder, self.key = folder / "records", folder / "key.pem"
        self.folder.mkdir()
        self.key.write_bytes(PEM)
        self.of(7, "acme", *commits)

    def of(self, repository: int, owner: str, *commits: str) -> None:
        """Add the records of a repository."""
        signing, link = SigningKey(PEM), Link(1)
        for number, commit in enumerate(commits, start=1):
            ref = PullRequestRef(1, repository, owner, "gitops", number)
            record = MergeRecord(Merge(ref, "main", "a" * 40, commit, NOON), None, (), NOON)
            entry = Entry(repository, number, number, signing.sign(payload(record, link)))
            RecordFolder(self.folder).put(ref, entry, None)
            link = Link(number + 1, entry.digest)


def verify(desktop: Desktop, records: Records, *arguments: str) -> tuple[int, str]:
    known = ("--folder", str(records.folder), "--key", str(records.key))
    result = desktop.assay("ledger", "verify", *known, *arguments)
    return result.exit_code, result.stdout


def test_a_whole_ledger_passes(desktop: Desktop, tmp_path: Path) -> None:
    records = Records(tmp_path, "b" * 40, "c" * 40)
    assert verify(desktop, records) == (0, "WHOLE: 2 records proved of 1 repository: acme/gitops (7)\n")


def test_no_record_at_all_is_no_whole_ledger(desktop: Desktop, tmp_path: Path) -> None:
    assert verify(desktop, Records(tmp_path)) == (
        1,
        "NOT WHOLE: 0 records proved of 0 repositories: nothing to rely on\n",
    )


def test_json_follows_its_schema(desktop: Desktop, tmp_path: Path) -> None:
    records = Records(tmp_path, "b" * 40, "c" * 40)
    (records.folder / "7" / "00000001.json").unlink()
    code, said = verify(desktop, records, "--format", "json")
    document = json.loads(said)
    assert list(jsonschema_rs.validator_for(json.loads(SCHEMA.read_bytes())).iter_errors(document)) == []
    assert (code, document["whole"], len(document["records"]), len(document["faults"])) == (1, False, 1, 1)


def merged(desktop: Desktop, *numbers: int) -> list[str]:
    return [_merged(desktop, number) for number in numbers]


def _merged(desktop: Desktop, number: int) -> str:
    desktop.git("commit", "-q", "--allow-empty", "-m", f"Bump (#{number})")
    return desktop.git("rev-parse", "HEAD")


def test_a_branch_that_knows_of_no_more_is_whole(desktop: Desktop, tmp_path: Path) -> None:
    records = Records(tmp_path, *merged(desktop, 1, 2))
    assert verify(desktop, records, "--repo", str(desktop.folder), "--against", "main")[0] == 0


def test_a_pull_request_that_has_no_record_shows_against_the_branch(desktop: Desktop, tmp_path: Path) -> None:
    commits = merged(desktop, 1, 2, 3)
    code, said = verify(desktop, Records(tmp_path, *commits[:2]), "--repo", str(desktop.folder), "--against", "main")
    assert (code, said.splitlines()[1:]) == (1, [f"  {commits[2]}: names pull request 3, which has no record"])


def test_records_of_another_branch_are_told(desktop: Desktop, tmp_path: Path) -> None:
    merged(desktop, 1)
    code, said = verify(desktop, Records(tmp_path, "d" * 40), "--repo", str(desktop.folder), "--against", "main")
    assert (code, said.splitlines()[1:]) == (1, ["  main: no record speaks of a commit on this branch"])


def test_a_shallow_clone_cannot_tell(desktop: Desktop, tmp_path: Path) -> None:
    records = Records(tmp_path, *merged(desktop, 1, 2))
    shallow = tmp_path / "shallow"
    command = ["git", "clone", "-q", "--depth=1", f"file://{desktop.folder}", str(shallow)]
    subprocess.run(command, check=True, capture_output=True)
    code, said = verify(desktop, records, "--repo", str(shallow), "--against", "main")
    assert code == 3
    assert "not known: " in said


def test_a_folder_and_a_branch_are_one_too_many(desktop: Desktop, tmp_path: Path) -> None:
    assert verify(desktop, Records(tmp_path), "--branch", "main")[0] == 2


def test_notes_and_a_folder_are_one_too_many(desktop: Desktop, tmp_path: Path) -> None:
    assert verify(desktop, Records(tmp_path), "--notes", "assay")[0] == 2


@pytest.mark.parametrize("name", ["assay", "a..b"])
def test_notes_that_are_not_there_are_said(desktop: Desktop, tmp_path: Path, name: str) -> None:
    records = Records(tmp_path)
    known = ("--notes", name, "--repo", str(desktop.folder), "--key", str(records.key))
    assert desktop.assay("ledger", "verify", *known).exit_code == 2


def test_a_record_that_is_larger_than_any_is_told_and_not_exported(desktop: Desktop, tmp_path: Path) -> None:
    records = Records(tmp_path)
    (desktop.folder / "records").mkdir()
    (desktop.folder / "records" / "1.json").write_bytes(b" " * (MAX_ENVELOPE + 1))
    desktop.git("add", "records")
    desktop.git("commit", "-q", "-m", "Evidence")
    branch = ("--branch", "main", "--repo", str(desktop.folder))
    found = desktop.assay("ledger", "verify", *branch, "--key", str(records.key))
    assert (found.exit_code, "records/1.json: is larger than 32 MiB" in found.stdout) == (1, True)
    assert desktop.assay("ledger", "export", *branch).exit_code == 3


@pytest.mark.parametrize("text", ["", "no key"])
def test_a_key_that_is_none_is_said(desktop: Desktop, tmp_path: Path, text: str) -> None:
    records = Records(tmp_path)
    records.key.write_text(text, encoding="utf-8")
    assert verify(desktop, records)[0] == 2


def test_export_prints_each_envelope_as_a_line(desktop: Desktop, tmp_path: Path) -> None:
    records = Records(tmp_path, "b" * 40, "c" * 40)
    lines = desktop.assay("ledger", "export", "--folder", str(records.folder)).stdout.splitlines()
    kept = [file.read_text(encoding="utf-8").strip() for file in sorted(records.folder.glob("7/*.json"))]
    assert lines == kept


def test_every_verdict_is_exported_in_its_order(desktop: Desktop, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/assay.db"
    prepare_ledger(url)
    ledger = DatabaseLedger(url)
    for number in range(1, 103):
        ledger.record(dataclasses.replace(RECORD, ref=PullRequestRef(1, 7, "acme", "gitops", number)))
    ledger.close()
    lines = desktop.assay("ledger", "export", "--verdicts", settings={"ASSAY_DATABASE_URL": url}).stdout.splitlines()
    schema = json.loads(SCHEMA.with_name("assay.verdict-v1.json").read_bytes())
    found = [json.loads(line) for line in lines]
    assert [error for one in found for error in jsonschema_rs.validator_for(schema).iter_errors(one)] == []
    assert [one["pull_request"] for one in found] == list(range(1, 103))


@pytest.mark.parametrize("arguments", [("export",), ("export", "--verdicts")])
def test_without_a_database_it_is_said_what_to_give_instead(
    desktop: Desktop, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    file = tmp_path / "none.db"
    result = desktop.assay("ledger", *arguments, settings={"ASSAY_DATABASE_URL": f"sqlite:///{file}"})
    assert (result.exit_code, file.exists()) == (2, False)
    assert f"there is no database file {file}: set ASSAY_DATABASE_URL, or give --folder" in result.stderr


def test_a_branch_that_was_not_fetched_is_said_with_what_to_do(desktop: Desktop, tmp_path: Path) -> None:
    known = ("--branch", "origin/assay/evidence", "--repo", str(desktop.folder))
    result = desktop.assay("ledger", "verify", "--key", str(Records(tmp_path).key), *known)
    assert (result.exit_code, result.stderr.endswith(": git fetch origin assay/evidence\n")) == (2, True)


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="needs the device that is always full")
def test_an_answer_that_finds_no_room_is_no_bug(tmp_path: Path) -> None:
    records = Records(tmp_path, "b" * 40)
    command = [sys.executable, "-m", "app", "ledger", "export", "--folder", str(records.folder)]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, cwd=ROOT)
    assert (done.returncode, done.stderr) == (3, "assay: the answer could not be written (No space left on device)\n")
