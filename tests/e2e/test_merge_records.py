"""At the merge: one signed record of what was known then, chained, copied, and found missing when it is."""

from __future__ import annotations

import base64
import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from app.adapters.ledger import DatabaseChain
from app.adapters.record_folder import read_folder
from app.bootstrap import ledgers
from app.core.errors import Unavailable
from app.core.merge_record import Entry
from app.core.pull_request import PullRequestRef
from app.jobs.ledger_check import LedgerCheck
from app.settings import read
from tests.e2e.conftest import World, policy
from tests.fakes.github.pull_request import PullRequest

KEY = Ed25519PrivateKey.generate()
BRANCH = "assay/evidence"


@pytest.fixture
def recorded(world: World) -> World:
    """Give the program a key, and a folder for copies."""
    folder = world.desk.folder
    pem = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "ledger.pem").write_bytes(pem)
    (folder / "ledger.pub").write_bytes(KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    copies = {"ASSAY_LEDGER_KEY_FILE": str(folder / "ledger.pem"), "ASSAY_LEDGER_COPY": f"folder:{folder / 'records'}"}
    world.desk.open(copies)
    return world


def merged(world: World, name: str = "bump", *, signed: bool = True, by: str = "owner") -> PullRequest:
    """Open a bump, have it judged, and merge it."""
    world.repository.commit(name, {f"{name}.yaml": world.manifest(world.image(signed=signed)[0])}, author="dana")
    pull = world.repository.open_pull_request(name, author="dana")
    world.desk.work()
    pull.merge(by=by)
    world.desk.work()
    return pull


def predicates(world: World) -> list[dict[str, Any]]:
    """Return what the copied records say."""
    found = tuple(read_folder(world.desk.folder / "records"))
    payloads = [base64.b64decode(json.loads(envelope)["payload"]) for _, envelope in found]
    return [json.loads(one)["predicate"] for one in payloads]


def check(world: World, folder: Path | None = None, against: str | None = None) -> LedgerCheck:
    """Check the records as `assay ledger verify` does."""
    records = ledgers.of_folder(str(folder or world.desk.folder / "records"))
    clone = None if against is None else (str(world.repository.git.objects.parent), against)
    return ledgers.checked(records, [str(world.desk.folder / "ledger.pub")], clone)


def test_a_merge_is_recorded_with_what_was_known_then(recorded: World) -> None:
    recorded.under_policy()
    pull = merged(recorded)
    (said,) = predicates(recorded)
    assert (said["pullRequest"]["number"], said["pullRequest"]["mergedBy"]) == (pull.number, "owner")
    assert (said["verdict"]["word"], said["overrides"]) == ("OK", [])
    (image,) = said["images"]
    assert image["evidence"]["after"]["signature"] == "verified"
    assert [one["digest"][:7] for one in image["evidence"]["after"]["statements"]] == ["sha256:"]
    assert check(recorded).is_whole


def test_each_record_is_chained_to_the_one_before(recorded: World) -> None:
    recorded.under_policy()
    for name in ("one", "two", "three"):
        merged(recorded, name)
    assert [one["chain"]["sequence"] for one in predicates(recorded)] == [1, 2, 3]
    assert check(recorded, against="main").is_whole


def test_who_approved_what_is_recorded_by_account_and_commit(recorded: World) -> None:
    governed = 'reviews:\n  - name: cluster policies\n    paths: ["/policies/**"]\n    teams: [acme/security]\n'
    recorded.under_policy(policy(recorded.desk.registry.host, governed))
    recorded.repository.commit("edit", {"policies/a.yaml": "a: 1\n"}, author="dana")
    pull = recorded.repository.open_pull_request("edit", author="dana")
    pull.review("alice", "APPROVED")
    recorded.desk.work()
    pull.merge(by="owner")
    recorded.desk.work()
    (said,) = predicates(recorded)
    assert [one["countedFor"] for one in said["approvals"]] == [[said["reviews"][0]["rule"]]]
    approval = said["reviews"][0]["approvals"][0]
    assert (approval["login"], approval["commit"], approval["counted"]) == ("alice", pull.head_sha, True)
    assert approval["id"] == recorded.desk.github.world.account("alice").id


def test_an_approval_that_no_rule_asked_for_is_recorded(recorded: World) -> None:
    recorded.under_policy()
    recorded.repository.commit("bump", {"a.yaml": recorded.manifest(recorded.image()[0])}, author="dana")
    pull = recorded.repository.open_pull_request("bump", author="dana")
    recorded.desk.work()
    pull.review("alice", "APPROVED")
    pull.merge(by="owner")
    recorded.desk.work()
    (said,) = predicates(recorded)
    assert said["pullRequest"]["author"] == "dana"
    (approval,) = said["approvals"]
    assert [approval[name] for name in ("login", "commit", "canPush", "wroteCommits", "countedFor")] == [
        *("alice", pull.head_sha, True, False),
        [],
    ]


def test_a_merge_past_the_gate_is_recorded_as_one(recorded: World) -> None:
    recorded.under_policy()
    recorded.repository.protections.clear()
    merged(recorded, signed=False)
    assert predicates(recorded)[0]["overrides"] == ["assay/images: main was failure"]


def test_a_head_that_was_never_judged_is_recorded_as_such(recorded: World) -> None:
    recorded.under_policy()
    merged(recorded, "first")
    recorded.repository.protections.clear()
    recorded.repository.commit("quick", {"q.yaml": recorded.manifest(recorded.image()[0])}, author="dana")
    pull = recorded.repository.open_pull_request("quick", author="dana")
    pull.merge(by="owner")
    recorded.desk.work()
    assert predicates(recorded)[1]["overrides"] == ["the merged head was never judged"]


def test_what_was_said_for_another_base_branch_says_nothing_of_the_merge(recorded: World) -> None:
    recorded.under_policy()
    merged(recorded, "first")
    recorded.repository.protections.clear()
    recorded.repository.branch("dev", recorded.repository.tip("main") or "")
    recorded.repository.commit("quick", {"q.yaml": recorded.manifest(recorded.image()[0])}, author="dana")
    pull = recorded.repository.open_pull_request("quick", author="dana", base="dev")
    recorded.desk.work()
    pull.retarget("main")
    pull.merge(by="owner")
    recorded.desk.work()
    said = predicates(recorded)[1]
    assert (said["pullRequest"]["baseRef"], said["verdict"], said["statuses"]) == ("main", None, [])
    assert said["overrides"] == ["the merged head was never judged"]


def test_a_merge_whose_commit_github_does_not_tell_yet_is_tried_again(recorded: World) -> None:
    recorded.under_policy()
    pull = recorded.bump(recorded.image()[0])
    recorded.desk.work()
    commit = pull.merge(by="owner")
    recorded.repository.commit("main", {"later.txt": "1\n"}, author="owner")
    recorded.repository.forgotten.add(commit)
    with pytest.raises(Unavailable, match="which commit came of the merge"):
        recorded.desk.work()
    recorded.repository.forgotten.discard(commit)
    recorded.desk.sweep()
    assert [one["pullRequest"]["number"] for one in predicates(recorded)] == [pull.number]


def test_nothing_is_recorded_where_nothing_is_judged(recorded: World) -> None:
    recorded.repository.protections.clear()
    merged(recorded)
    assert predicates(recorded) == []


def test_a_pull_request_that_is_closed_without_a_merge_has_no_record(recorded: World) -> None:
    recorded.under_policy()
    pull = recorded.bump(recorded.image()[0])
    recorded.desk.work()
    pull.close()
    recorded.desk.work()
    assert predicates(recorded) == []


def test_a_merge_that_no_delivery_told_of_is_found_by_a_sweep(recorded: World) -> None:
    recorded.under_policy()
    pull = recorded.bump(recorded.image()[0])
    recorded.desk.work()
    pull.merge(by="owner")
    recorded.desk.skip()
    assert "sweep: its merge has no record" in recorded.desk.sweep()
    assert [one["pullRequest"]["number"] for one in predicates(recorded)] == [pull.number]
    assert "sweep: its merge has no record" not in recorded.desk.sweep(name="again")


def test_a_record_is_copied_to_a_branch_that_the_app_may_write_to(recorded: World) -> None:
    grant(recorded)
    recorded.repository.commit(BRANCH, {"README.md": "Records of merges\n"}, author="owner", parents=[])
    recorded.desk.open({"ASSAY_LEDGER_COPY": f"branch:{BRANCH}"})
    recorded.under_policy()
    for name in ("one", "two"):
        merged(recorded, name)
    folder = str(recorded.repository.git.objects.parent)
    found = list(ledgers.of_branch(folder, BRANCH))
    assert [name for name, _ in found] == ["records/00000001.json", "records/00000002.json"]
    assert ledgers.checked(found, [str(recorded.desk.folder / "ledger.pub")], (folder, "main")).is_whole


@pytest.mark.parametrize("granted", [False, True])
def test_a_copy_that_cannot_be_made_is_said_and_the_record_is_kept(recorded: World, *, granted: bool) -> None:
    if granted:
        grant(recorded)
    recorded.desk.open({"ASSAY_LEDGER_COPY": f"branch:{BRANCH}"})
    recorded.under_policy()
    recorded.repository.commit("b", {"b.yaml": recorded.manifest(recorded.image()[0])}, author="dana")
    pull = recorded.repository.open_pull_request("b", author="dana")
    recorded.desk.work()
    pull.merge(by="owner")
    with pytest.raises(Unavailable, match="There is no branch assay/evidence" if granted else "contents: write"):
        recorded.desk.work()
    chain = DatabaseChain(f"sqlite:///{recorded.desk.folder / 'assay.db'}")
    assert [entry.number for entry in chain.all()] == [pull.number]
    chain.close()


def test_a_copy_that_could_not_be_made_is_made_by_a_sweep(recorded: World) -> None:
    records = recorded.desk.folder / "records"
    recorded.under_policy()
    records.write_text("in the way", encoding="utf-8")
    with pytest.raises(Unavailable, match="could not be written"):
        merged(recorded)
    recorded.desk.sweep()
    records.unlink()
    recorded.desk.sweep(name="again")
    assert check(recorded).is_whole


@pytest.mark.parametrize("judged", [True, False])
def test_a_sweep_asks_for_merges_only_where_something_was_judged(recorded: World, *, judged: bool) -> None:
    if judged:
        recorded.under_policy()
    recorded.bump(recorded.image()[0])
    recorded.desk.work()
    before = len(recorded.desk.github.calls())
    recorded.desk.sweep()
    asked = [call for call in recorded.desk.github.calls()[before:] if "states: [MERGED]" in str(call.body)]
    assert bool(asked) is judged


def test_nobody_is_asked_whether_an_open_pull_request_was_merged(recorded: World) -> None:
    recorded.bump(recorded.image()[0])
    recorded.desk.work()
    assert [call for call in recorded.desk.github.calls() if "mergeCommit" in str(call.body)] == []


@pytest.mark.parametrize("size", [2, 600_000])
def test_a_record_that_is_on_the_branch_already_is_left(recorded: World, size: int) -> None:
    grant(recorded)
    recorded.repository.commit(BRANCH, {"README.md": "Records of merges\n"}, author="owner", parents=[])
    recorded.desk.open({"ASSAY_LEDGER_COPY": f"branch:{BRANCH}"})
    recorded.under_policy()
    merges, repository = recorded.desk.program.merges, recorded.repository.id
    assert merges is not None
    assert merges.copies is not None
    ref = PullRequestRef(recorded.desk.github.installation("acme").id, repository, "acme", "gitops", 3)
    entry = Entry(repository, 3, 1, b"x" * size)
    merges.copies.put(ref, entry, None)
    tip = recorded.repository.tip(BRANCH)
    merges.copies.put(ref, entry, None)
    assert recorded.repository.tip(BRANCH) == tip
    with pytest.raises(Unavailable, match="is not the record that belongs there"):
        merges.copies.put(ref, replace(entry, envelope=b"{}"), None)


def test_a_merge_into_a_branch_that_is_gone_is_recorded_and_nothing_is_said_of_it(recorded: World) -> None:
    recorded.under_policy()
    recorded.repository.branch("dev", recorded.repository.tip("main") or "")
    recorded.repository.commit("b", {"b.yaml": recorded.manifest(recorded.image()[0])}, author="dana")
    pull = recorded.repository.open_pull_request("b", author="dana", base="dev")
    recorded.desk.work()
    pull.merge(by="owner")
    recorded.repository.delete_branch("dev")
    before = list(recorded.repository.latest_statuses(pull.head_sha))
    recorded.desk.work()
    assert [one["pullRequest"]["number"] for one in predicates(recorded)] == [pull.number]
    assert list(recorded.repository.latest_statuses(pull.head_sha)) == before


@pytest.fixture
def three(recorded: World) -> World:
    """Three merges with their records."""
    recorded.under_policy()
    for name in ("one", "two", "three"):
        merged(recorded, name)
    return recorded


def grant(world: World) -> None:
    """Let the App write to repositories, as an owner may."""
    for installation in world.desk.github.world.installations.values():
        installation.permissions = {**installation.permissions, "contents": "write"}


def files(world: World) -> list[Path]:
    return sorted((world.desk.folder / "records").glob("*/*.json"))


def test_a_record_that_is_removed_shows(three: World) -> None:
    files(three)[1].unlink()
    assert [fault.sentence for fault in check(three).checked.faults] == [
        "record 2 before it is missing, or cannot be proved"
    ]


def test_the_last_record_that_is_removed_shows_against_the_branch(three: World) -> None:
    files(three)[2].unlink()
    assert check(three).is_whole
    found = check(three, against="main")
    assert [fault.sentence.split(",")[1] for fault in found.unrecorded] == [" which has no record"]


def test_a_record_that_is_changed_shows(three: World) -> None:
    envelope = json.loads(files(three)[1].read_bytes())
    payload = base64.b64decode(envelope["payload"]).replace(b'"mergedBy":"owner"', b'"mergedBy":"alice"')
    envelope["payload"] = base64.b64encode(payload).decode()
    files(three)[1].write_text(json.dumps(envelope), encoding="utf-8")
    assert check(three).checked.faults[0].sentence == "none of the keys signed it as it is"


def test_records_that_are_reordered_show(three: World) -> None:
    one, two = files(three)[:2]
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)
    assert not check(three).is_whole
    assert len(check(three).checked.faults) == 3


def test_the_same_is_told_on_the_terminal(three: World) -> None:
    files(three)[1].unlink()
    folder, key = three.desk.folder / "records", three.desk.folder / "ledger.pub"
    command = ["./assay", "ledger", "verify", "--folder", str(folder), "--key", str(key)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    first, _, named = done.stdout.splitlines()[0].rpartition(": ")
    assert (done.returncode, first) == (1, "NOT WHOLE: 2 records proved of 1 repository")
    assert named == f"{three.repository.full_name} ({three.repository.id})"


def test_the_database_is_checked_as_the_folder_is(three: World) -> None:
    settings = read({"ASSAY_DATABASE_URL": f"sqlite:///{three.desk.folder / 'assay.db'}"})
    found = ledgers.checked(ledgers.of_database(settings), [str(three.desk.folder / "ledger.pub")], None)
    assert (found.is_whole, len(found.checked.proved)) == (True, 3)
