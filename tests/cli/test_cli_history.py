"""`assay history`: what commits did to images and policies, and what was in force at a time."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import html
import io
import json
import os
import re
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from click.testing import Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.adapters.ledger import DatabaseLedger, prepare_ledger
from tests.adapters.test_ledger import RECORD
from tests.cli.conftest import Desktop, manifest, read
from tests.cli.test_cli_imports import NETWORK, PROVING, SERVERS, loaded, needless
from tests.cli.test_cli_ledger import Records
from tests.conftest import ROOT
from tests.render.oscal_schema import faults

POLICY = """\
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: signed
spec:
  validationFailureAction: {action}
  rules:
    - name: signed
      match: {{any: [{{resources: {{kinds: [Pod]}}}}]}}
      validate: {{message: no, pattern: {{spec: {{hostNetwork: false}}}}}}
"""
BROKEN = "apiVersion: v1\nkind: Pod\nspec: [\n"
OLD, NEW = "ghcr.io/acme/api:1.0", "ghcr.io/acme/api:1.1"


def _history(desktop: Desktop, *arguments: str) -> Result:
    return desktop.assay("history", "--repo", str(desktop.folder), "--no-cache", *arguments)


def _events(desktop: Desktop, *arguments: str) -> list[dict[str, Any]]:
    result = _history(desktop, *arguments)
    schema = json.loads((ROOT / "docs/schemas/assay.event-v1.json").read_text(encoding="utf-8"))
    validator = jsonschema_rs.Draft202012Validator(schema)
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert [str(error) for event in events for error in validator.iter_errors(event)] == []
    return events


def _promoted(desktop: Desktop) -> list[str]:
    """Commit an image and a policy, move the one, weaken the other."""
    return [
        desktop.commit({"prod/app.yaml": manifest(OLD), "policy.yaml": POLICY.format(action="Enforce")}),
        desktop.commit({"prod/app.yaml": manifest(NEW)}),
        desktop.commit({"policy.yaml": POLICY.format(action="Audit")}),
    ]


def test_each_commit_that_did_something_is_an_event_oldest_first(desktop: Desktop) -> None:
    first, second, third = _promoted(desktop)
    assert [(one["commit"], one["type"]) for one in _events(desktop)] == [
        (first, "image_update"),
        (first, "policy_change"),
        (second, "image_update"),
        (third, "policy_change"),
    ]


def test_a_whole_answer_is_0(desktop: Desktop) -> None:
    _promoted(desktop)
    result = _history(desktop)
    assert (result.exit_code, result.stderr) == (0, "")


def test_an_event_has_both_versions(desktop: Desktop) -> None:
    _, second, _ = _promoted(desktop)
    event = next(one for one in _events(desktop) if one["commit"] == second)
    assert (event["repository"], event["before"]["tag"], event["after"]["tag"]) == ("ghcr.io/acme/api", "1.0", "1.1")


def test_a_weaker_policy_is_told_with_its_sentence(desktop: Desktop) -> None:
    _promoted(desktop)
    event = _events(desktop)[-1]
    assert (event["effect"], event["edits"][0]["sentence"]) == ("weaker", "violations will be logged, not blocked")


def test_nobody_is_said_to_have_approved(desktop: Desktop) -> None:
    _promoted(desktop)
    assert {one["approvals"] for one in _events(desktop)} == {None}


def test_a_range_leaves_out_what_came_before(desktop: Desktop) -> None:
    first, second, _ = _promoted(desktop)
    assert [one["commit"] for one in _events(desktop, f"{first}..{second}")] == [second]


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        (("--image", "ghcr.io/acme/*"), 2),
        (("--image", "ghcr.io/other/*"), 0),
        (("--path", "/policy.yaml"), 2),
        (("--path", "/policy.yaml", "--path", "/prod/"), 4),
        (("--environment", "prod"), 2),
        (("--since", "2999-01-01"), 0),
        (("--until", "2001-01-01T00:00:00Z"), 0),
        (("--since", "2001-01-01 00:00"), 4),
        (("--since", "HEAD~2"), 4),
    ],
)
def test_a_filter_narrows(desktop: Desktop, arguments: tuple[str, ...], count: int) -> None:
    _promoted(desktop)
    assert len(_events(desktop, *arguments)) == count


def test_a_file_that_cannot_be_read_makes_the_answer_incomplete(desktop: Desktop) -> None:
    _promoted(desktop)
    commit = desktop.commit({"broken.yaml": BROKEN})
    result = _history(desktop)
    assert result.exit_code == 3
    assert re.fullmatch(rf"assay: not read: {commit[:12]} broken\.yaml: .*\n", result.stderr) is not None


def test_what_comes_from_elsewhere_is_said_and_the_answer_is_whole(desktop: Desktop) -> None:
    source = "https://github.com/acme/base//all?ref="
    desktop.commit({"kustomization.yaml": f"resources: [{source}v1]\n"})
    commit = desktop.commit({"kustomization.yaml": f"resources: [{source}v2]\n"})
    result = _history(desktop, "HEAD~1..HEAD")
    assert (result.exit_code, result.stdout) == (0, "")
    assert re.fullmatch(rf"assay: not seen: {commit[:12]} kustomization\.yaml: .*\n", result.stderr) is not None


def test_other_formats_say_once_that_the_answer_is_incomplete(desktop: Desktop) -> None:
    desktop.commit({"broken.yaml": BROKEN})
    result = _history(desktop, "--format", "csv")
    assert (result.exit_code, result.stderr) == (3, "assay: 1 place could not be read: the answer is incomplete\n")


def test_a_shallow_clone_is_incomplete(desktop: Desktop, tmp_path: Path) -> None:
    _promoted(desktop)
    desktop.git("clone", "-q", "--depth", "1", f"file://{desktop.folder}", str(tmp_path / "shallow"))
    result = desktop.assay("history", "--repo", str(tmp_path / "shallow"), "--no-cache")
    assert (result.exit_code, "shallow" in result.stderr) == (3, True)


def test_a_bare_clone_is_read_alike(desktop: Desktop, tmp_path: Path) -> None:
    _promoted(desktop)
    desktop.git("clone", "-q", "--bare", str(desktop.folder), str(tmp_path / "bare"))
    result = desktop.assay("history", "--repo", str(tmp_path / "bare"), "--no-cache")
    assert result.stdout == _history(desktop).stdout


def test_the_document_is_the_published_one(desktop: Desktop) -> None:
    _promoted(desktop)
    document = read(_history(desktop, "--format", "json", "--repository", "acme/gitops"))
    assert (document["repository"], document["complete"], len(document["events"])) == ("acme/gitops", True, 4)


def test_the_document_names_tip_and_filters(desktop: Desktop) -> None:
    *_, third = _promoted(desktop)
    arguments = (
        "--environment",
        "prod",
        "--path",
        "*.yaml",
        "--image",
        "**",
        "--since",
        "2001-01-01",
        "--until",
        "2999-01-01",
    )
    document = read(_history(desktop, "--format", "json", *arguments))
    assert (document["tip"], len(document["filters"])) == (third, 5)


def test_the_rows_are_those_of_the_events(desktop: Desktop) -> None:
    _promoted(desktop)
    rows = list(
        csv.DictReader(io.StringIO(_history(desktop, "--format", "csv").stdout.removeprefix("\ufeff"), newline=""))
    )
    assert [row["type"] for row in rows] == [one["type"] for one in _events(desktop)]


def test_the_assessment_results_are_valid(desktop: Desktop) -> None:
    _promoted(desktop)
    assert faults(_history(desktop, "--format", "oscal").stdout) == []


@pytest.mark.parametrize(("form", "start"), [("html", "<!doctype html>"), ("markdown", "# History")])
def test_there_is_a_report_for_people(desktop: Desktop, form: str, start: str) -> None:
    _promoted(desktop)
    assert _history(desktop, "--format", form).stdout.startswith(start)


def test_own_controls_are_in_the_report(desktop: Desktop, tmp_path: Path) -> None:
    _promoted(desktop)
    own = tmp_path / "own.yml"
    own.write_text(
        "version: 1\ncontrols:\n  - {id: CHG-7, catalogue: Acme, title: Ours, evidence: [commits]}\n", encoding="utf-8"
    )
    assert "CHG-7" in _history(desktop, "--format", "html", "--controls", str(own)).stdout


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"version: 2\n", "own.yml:1: "),
        (b"\xff", "not UTF-8"),
        (b"x" * 1_100_000, "larger than 1 MiB"),
        (None, "cannot be read"),
    ],
)
def test_controls_that_are_wrong_are_2(desktop: Desktop, tmp_path: Path, content: bytes | None, said: str) -> None:
    _promoted(desktop)
    own = tmp_path / "own.yml"
    if content is not None:
        own.write_bytes(content)
    result = _history(desktop, "--format", "html", "--controls", str(own))
    assert (result.exit_code, said in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("no-such-branch",), "no commit 'no-such-branch'"),
        (("--since", "yesterday-ish"), "no commit 'yesterday-ish'"),
        (("--since", "2026-02-31"), "'2026-02-31' is no day or time"),
        (("--image", "[a]"), "a pattern is not understood"),
        (("--format", "text"), "--format text goes only with --at"),
        (("--at", "HEAD", "--format", "html"), "--format html does not go with --at"),
        (("--cache", "x.db"), "exclude each other"),
        (("--at", "HEAD", "--with-evidence"), "--at does not go with"),
        (("--ledger", "no-such-branch", "--ledger-key", "/etc/passwd"), ""),
        (("--ledger-key", "/etc/passwd"), "--ledger-key goes only with --ledger"),
        (("--since", "2026-03-02", "--until", "2026-03-01"), "--since is later than --until"),
        (("--repository", "gitops"), "write OWNER/NAME"),
        (("^HEAD",), "no commit '^HEAD'"),
        ((":/bump",), "no commit ':/bump'"),
        *(((f"--{name}", ""), "it is empty") for name in ("since", "until", "at", "environment", "ledger", "output")),
        *(((f"--{name}", ""), "it is empty") for name in ("repository", "controls", "cache")),
    ],
)
def test_what_is_asked_wrong_is_2(desktop: Desktop, arguments: tuple[str, ...], said: str) -> None:
    _promoted(desktop)
    result = _history(desktop, *arguments)
    assert (result.exit_code, said in result.stderr) == (2, True)


def test_a_folder_without_a_repository_is_2(desktop: Desktop, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert desktop.assay("history", "--repo", str(tmp_path / "empty"), "--no-cache").exit_code == 2


def test_a_file_is_written_whole_and_its_hash_is_said(desktop: Desktop, tmp_path: Path) -> None:
    _promoted(desktop)
    target = tmp_path / "report.html"
    result = _history(desktop, "--format", "html", "--output", str(target))
    said = f"assay: {target}: sha256:{hashlib.sha256(target.read_bytes()).hexdigest()}\n"
    assert (result.exit_code, result.stderr, list(tmp_path.glob(".*.part"))) == (0, said, [])


def test_a_report_that_fails_leaves_the_old_file(desktop: Desktop, tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    target.write_text("the old one", encoding="utf-8")
    result = _history(desktop, "--format", "html", "--output", str(target), "no-such-branch")
    assert (result.exit_code, target.read_text(encoding="utf-8"), list(tmp_path.glob(".*.part"))) == (
        2,
        "the old one",
        [],
    )


def test_a_link_stays_one_and_what_it_leads_to_is_written(desktop: Desktop, tmp_path: Path) -> None:
    _promoted(desktop)
    target, link = tmp_path / "there" / "report.jsonl", tmp_path / "link.jsonl"
    target.parent.mkdir()
    target.write_text("the old one", encoding="utf-8")
    link.symlink_to(target)
    result = _history(desktop, "--output", str(link))
    assert (result.exit_code, link.is_symlink(), target.read_text(encoding="utf-8")[:9]) == (0, True, '{"schema"')


def test_what_is_no_file_is_written_to_and_stays_what_it_is(desktop: Desktop, tmp_path: Path) -> None:
    _promoted(desktop)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        result = _history(desktop, "--output", str(pipe))
        assert (result.exit_code, pipe.is_fifo(), os.read(reader, 9)) == (0, True, b'{"schema"')
    finally:
        os.close(reader)


def test_without_a_standard_output_there_is_nowhere_to_write(desktop: Desktop) -> None:
    _promoted(desktop)
    command = 'exec "$0" -m app history --no-cache --repo "$1" >&-'
    where = (sys.executable, str(desktop.folder))
    done = subprocess.run(["sh", "-c", command, *where], capture_output=True, text=True, check=False, cwd=ROOT)
    assert (done.returncode, done.stderr) == (2, "assay: there is no standard output to write to\n")


def test_a_file_that_cannot_be_written_is_2(desktop: Desktop, tmp_path: Path) -> None:
    _promoted(desktop)
    result = _history(desktop, "--output", str(tmp_path / "none" / "report.jsonl"))
    assert (result.exit_code, "cannot be written" in result.stderr) == (2, True)


def test_a_cache_changes_no_answer(desktop: Desktop, tmp_path: Path) -> None:
    _promoted(desktop)
    cache = ("--cache", str(tmp_path / "cache.db"))
    once, again = (desktop.assay("history", "--repo", str(desktop.folder), *cache) for _ in range(2))
    assert (once.stdout, (tmp_path / "cache.db").exists()) == (again.stdout, True)
    assert once.stdout == _history(desktop).stdout


def test_whoever_reads_along_may_stop(desktop: Desktop) -> None:
    for number in range(40):
        desktop.commit({f"app{number}.yaml": manifest(f"ghcr.io/acme/api:1.{number}")})
    arguments = [sys.executable, "-m", "app", "history", "--repo", str(desktop.folder), "--no-cache"]
    process = subprocess.Popen(
        arguments, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={"PATH": os.environ["PATH"]}
    )
    assert process.stdout is not None
    assert process.stderr is not None
    first = process.stdout.readline()
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    assert (json.loads(first)["schema"], process.wait(60) in {0, 3}, said) == ("assay.event/v1", True, b"")


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_what_was_in_force_at_a_commit(desktop: Desktop, form: str) -> None:
    first, *_ = _promoted(desktop)
    result = _history(desktop, "--at", first, "--format", form)
    assert (result.exit_code, "1.0" in result.stdout, "1.1" in result.stdout, "Enforce" in result.stdout) == (
        0,
        True,
        False,
        True,
    )


def test_what_is_in_force_now_is_what_the_last_commit_left(desktop: Desktop) -> None:
    _promoted(desktop)
    document = read(_history(desktop, "--at", "2999-12-31", "--format", "json"))
    assert ([one["tag"] for one in document["images"]], [one["action"] for one in document["policies"]]) == (
        ["1.1"],
        ["Audit"],
    )


def test_nothing_was_in_force_before_the_history_began(desktop: Desktop) -> None:
    _promoted(desktop)
    result = _history(desktop, "--at", "2001-01-01")
    assert (result.exit_code, "begins after" in result.stderr) == (2, True)


def test_a_gap_of_then_makes_the_answer_incomplete(desktop: Desktop) -> None:
    desktop.commit({"broken.yaml": BROKEN})
    result = _history(desktop, "--at", "HEAD")
    assert (result.exit_code, "not read: " in result.stdout) == (3, True)


def test_evidence_of_today_is_what_the_policy_at_the_tip_says(desktop: Desktop) -> None:
    signed, unsigned = desktop.image(), desktop.image(signed=False)
    desktop.commit({".github/assay.yml": desktop.policy(), "a.yaml": manifest(signed), "b.yaml": manifest(unsigned)})
    events = [one for one in _events(desktop, "--with-evidence") if one["type"] == "image_update"]
    assert sorted(one["evidence_today"]["signature"] for one in events) == ["absent", "verified"]


def test_the_command_that_the_report_names_tells_the_same_events_again(desktop: Desktop) -> None:
    first = desktop.commit({"a.yaml": manifest(OLD)})
    desktop.commit({"a.yaml": manifest(NEW)})
    asked = ("--path", "/a.yaml", "--until", "2999-12-31", f"{first}..main")
    page = html.unescape(_history(desktop, "--format", "html", *asked).stdout)
    named = re.search(r"<code>assay history --format html ([^<]+)</code>", page)
    assert named is not None
    desktop.commit({"a.yaml": manifest(OLD)})
    again = _history(desktop, *shlex.split(named[1])).stdout
    assert f"<code>{hashlib.sha256(again.encode()).hexdigest()}</code>" in page


def test_a_report_names_no_database(desktop: Desktop, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/assay.db"
    prepare_ledger(url)
    _promoted(desktop)
    page = _history(desktop, "--format", "html", "--ledger", url).stdout
    assert ("--ledger DATABASE" in page, "sqlite:" in page) == (True, False)


def test_evidence_of_today_stands_apart_in_the_report(desktop: Desktop) -> None:
    desktop.commit({".github/assay.yml": desktop.policy(), "a.yaml": manifest(desktop.image())})
    page = _history(desktop, "--with-evidence", "--format", "html").stdout
    assert ("says nothing of what it would have proved" in page, '<th scope="col">Today</th>' in page) == (True, True)


def test_a_broken_policy_at_the_tip_is_2(desktop: Desktop) -> None:
    desktop.commit({".github/assay.yml": "version: 9\n"})
    assert _history(desktop, "--with-evidence").exit_code == 2


def _recorded(url: str, head: str) -> None:
    prepare_ledger(url)
    ledger = DatabaseLedger(url)
    document = json.dumps({"verdict": "REVIEW", "policies": [{"path": "policy.yaml"}], "reviews": []})
    old = datetime(2020, 1, 1, tzinfo=UTC)
    ledger.record(dataclasses.replace(RECORD, head=head, document=document, assessed_at=old))
    ledger.close()


@pytest.mark.parametrize("named", [True, False])
def test_a_record_of_the_app_is_joined(desktop: Desktop, tmp_path: Path, named: bool) -> None:  # noqa: FBT001 - a parameter
    *_, third = _promoted(desktop)
    url = f"sqlite:///{tmp_path}/assay.db"
    _recorded(url, third)
    desktop.settings["ASSAY_DATABASE_URL"] = url
    event = _events(desktop, "--ledger", url if named else "settings")[-1]
    assert (event["recorded"]["verdict"], event["recorded"]["joined"], event["approvals"], event["source"]) == (
        "REVIEW",
        "merged head",
        [],
        "ledger",
    )


@pytest.mark.parametrize("branch", [True, False])
def test_signed_records_of_merges_are_joined(desktop: Desktop, tmp_path: Path, branch: bool) -> None:  # noqa: FBT001 - a parameter
    *_, third = _promoted(desktop)
    records = Records(tmp_path, third)
    where = str(records.folder)
    if branch:
        desktop.git("checkout", "-q", "--orphan", "evidence")
        desktop.git("rm", "-q", "-r", "--cached", ".")
        desktop.commit({f"records/{one.name}": one.read_text() for one in records.folder.glob("7/*.json")})
        desktop.git("checkout", "-q", "-f", "main")
        where = "evidence"
    event = _events(desktop, "--ledger", where, "--ledger-key", str(records.key), "main")[-1]
    assert (event["recorded"]["joined"], event["recorded"]["overrides"]) == (
        "record of the merge",
        ["the merged head was never judged", "this change is not in the record"],
    )


def test_records_that_another_key_signed_are_gaps(desktop: Desktop, tmp_path: Path) -> None:
    *_, third = _promoted(desktop)
    records = Records(tmp_path, third)
    other = Ed25519PrivateKey.generate().public_key()
    records.key.write_bytes(other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    result = _history(desktop, "--ledger", str(records.folder), "--ledger-key", str(records.key))
    assert (result.exit_code, "none of the keys signed it" in result.stderr) == (3, True)


@pytest.mark.parametrize(("name", "said"), [("acme/other", True), ("acme/gitops", False)])
def test_records_of_which_none_belongs_to_a_commit_are_told(
    desktop: Desktop, tmp_path: Path, name: str, *, said: bool
) -> None:
    records = Records(tmp_path, _promoted(desktop)[-1])
    known = ("--ledger", str(records.folder), "--ledger-key", str(records.key), "--repository", name)
    result = _history(desktop, *known)
    assert ("no record of acme/other belongs to any of these commits" in result.stderr) is said


def test_signed_records_of_several_repositories_are_joined_only_where_one_is_named(
    desktop: Desktop, tmp_path: Path
) -> None:
    records = Records(tmp_path, _promoted(desktop)[-1])
    records.of(8, "evil", "b" * 40)
    known = ("--ledger", str(records.folder), "--ledger-key", str(records.key))
    result = _history(desktop, *known)
    assert (result.exit_code, "the records are of 2 repositories: name one" in result.stderr) == (2, True)
    assert _history(desktop, *known, "--repository", "acme/gitops").exit_code == 0


def test_signed_records_without_a_key_are_2(desktop: Desktop, tmp_path: Path) -> None:
    _promoted(desktop)
    result = _history(desktop, "--ledger", str(Records(tmp_path).folder))
    assert (result.exit_code, "--ledger-key" in result.stderr) == (2, True)


def test_a_database_file_is_not_taken_for_a_branch(desktop: Desktop, tmp_path: Path) -> None:
    _promoted(desktop)
    (tmp_path / "assay.db").write_bytes(b"")
    result = _history(desktop, "--ledger", str(tmp_path / "assay.db"))
    assert (result.exit_code, "write --ledger sqlite:///" in result.stderr) == (2, True)


def test_without_a_ledger_no_database_is_loaded(desktop: Desktop) -> None:
    _promoted(desktop)
    code, modules = loaded("history", "--repo", str(desktop.folder), "--no-cache")
    assert (code, needless(modules, SERVERS, PROVING, NETWORK)) == (0, set())


def test_a_ledger_that_is_not_there_is_2_and_not_made(desktop: Desktop, tmp_path: Path) -> None:
    _promoted(desktop)
    result = _history(desktop, "--ledger", f"sqlite:///{tmp_path}/none.db")
    assert (result.exit_code, (tmp_path / "none.db").exists()) == (2, False)
