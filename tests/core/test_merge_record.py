"""Merge records: what a statement says, and what of a chain shows when it was touched."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import Unreadable
from app.core.merge_record import (
    PREDICATE_TYPE,
    Approved,
    Claims,
    Entry,
    Fault,
    Link,
    Merge,
    MergeRecord,
    check,
    payload,
    read,
)
from app.core.pull_request import CommitStatus, Person, PullRequestRef, StatusState

REF = PullRequestRef(installation=1, repository_id=7, owner="acme", name="gitops", number=3)
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
MERGE = Merge(REF, "main", "a" * 40, "b" * 40, NOON, "alice", "dana")
GREEN = CommitStatus("assay/images: main", StatusState.SUCCESS, "fine")
WAITING = CommitStatus("assay/review: main", StatusState.PENDING, "waits")
SIGNED = {
    "predicate_type": "https://slsa.dev/provenance/v1",
    "signer": {"issuer": "i", "identity": "who", "key": None},
    "verified_at": "2026-03-04T11:00:00+00:00",
    "digest": "sha256:" + "d" * 64,
    "found": "referrers",
}
DOCUMENT: dict[str, Any] = {
    "schema": "assay.check/v1",
    "verdict": "REVIEW",
    "effective": "REVIEW",
    "reason": "1 image changed",
    "assessed_at": "2026-03-04T11:30:00+00:00",
    "policy": {"commit": "c" * 40, "path": ".github/assay.yml", "floor_commit": None, "mode": "enforce"},
    "changes": [
        {
            "repository": "ghcr.io/acme/api",
            "artifact": "image",
            "before": {"tag": "1", "digest": None},
            "after": {"tag": "2", "digest": None},
            "verdict": "OK",
            "evidence": {
                "before": None,
                "after": {
                    "digest": "sha256:" + "e" * 64,
                    "signature": {"what": "signature", "word": "verified"},
                    "attestations": [{"what": "slsa-provenance", "word": "verified", "reason": "…"}],
                    "signed": [{**SIGNED, "trusted": True}, {**SIGNED, "trusted": False}],
                },
            },
        }
    ],
    "policies": [
        {"path": "p.yaml", "resource": None, "field": "spec", "effect": "weaker", "sentence": "less", "line": 3}
    ],
    "reviews": [
        {"rule": "r", "state": "met", "needed": 1, "whom": "x", "approvals": [{"login": "bob", "counted": True}]}
    ],
    "findings": [
        {"rule": "limits", "subject": "api", "waived": [{"path": "w.yml", "owner": "carol", "reason": "soon"}]},
        {"rule": "signature", "subject": "api", "waived": []},
    ],
}


def record(document: Mapping[str, Any] | None = DOCUMENT, *statuses: CommitStatus) -> MergeRecord:
    return MergeRecord(MERGE, None if document is None else json.dumps(document), statuses, NOON)


def predicate(of: MergeRecord) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(payload(of, Link(1)))["predicate"]
    return found


def test_the_subject_is_the_commit_that_came_of_the_merge() -> None:
    statement = json.loads(payload(record(), Link(1)))
    assert statement["subject"] == [{"name": "acme/gitops", "digest": {"gitCommit": "b" * 40}}]
    assert statement["predicateType"] == PREDICATE_TYPE


def test_it_says_which_pull_request_was_merged_by_whom() -> None:
    assert predicate(record())["pullRequest"] == {
        "number": 3,
        "baseRef": "main",
        "head": "a" * 40,
        "mergedAt": "2026-03-04T12:00:00+00:00",
        "mergedBy": "alice",
        "author": "dana",
    }


def approvals(*found: Approved, document: Mapping[str, Any] | None = DOCUMENT) -> Any:  # noqa: ANN401 - JSON
    made = record(document)
    return predicate(replace(made, merge=replace(MERGE, approvals=found)))["approvals"]


BOB = Approved(Person(9, "bob"), NOON, "a" * 40, can_push=True, wrote=False)


def test_it_holds_every_approval_whether_or_not_a_rule_asked() -> None:
    assert approvals(BOB) == [
        {
            "login": "bob",
            "id": 9,
            "bot": False,
            "at": "2026-03-04T12:00:00+00:00",
            "commit": "a" * 40,
            "canPush": True,
            "otherBase": False,
            "wroteCommits": False,
            "countedFor": [],
        }
    ]


def asking(rule: str, **looked_at: object) -> dict[str, Any]:
    return {"rule": rule, "approvals": [{"login": "bob", "id": 9, "commit": "a" * 40, "counted": True, **looked_at}]}


def test_an_approval_names_the_rules_that_it_counted_for() -> None:
    demands = [asking("z"), asking("a"), asking("a"), asking("no", counted=False), asking("old", commit="b" * 40)]
    (found,) = approvals(BOB, document={**DOCUMENT, "reviews": [*demands, asking("other", id=8)]})
    assert found["countedFor"] == ["a", "z"]


def test_the_approval_of_a_deleted_account_counts_for_no_rule() -> None:
    (found,) = approvals(replace(BOB, person=None), document={**DOCUMENT, "reviews": [asking("a", id=None)]})
    assert (found["login"], found["id"], found["bot"], found["countedFor"]) == (None, None, False, [])


def test_approvals_of_a_head_that_was_never_judged_count_for_no_rule() -> None:
    assert approvals(BOB, document=None)[0]["countedFor"] == []


def test_approvals_that_could_not_be_read_are_not_nobodys() -> None:
    assert predicate(record())["approvals"] is None


def test_it_holds_the_verdict_and_the_policy_that_judged() -> None:
    found = predicate(record())
    assert found["verdict"]["word"] == "REVIEW"
    assert found["policy"]["commit"] == "c" * 40


def test_it_names_what_was_relied_on_by_digest_and_nothing_that_was_not_trusted() -> None:
    after = predicate(record())["images"][0]["evidence"]["after"]
    assert [one["digest"] for one in after["statements"]] == ["sha256:" + "d" * 64]
    assert (after["digest"], after["signature"]) == ("sha256:" + "e" * 64, "verified")


MEASURE = {"label": "critical", "value": 2, "better": "lower", "at": None, "basis": None}


def measured(posture: object) -> Any:  # noqa: ANN401 - JSON
    change = DOCUMENT["changes"][0]
    after = {**change["evidence"]["after"], "posture": posture}
    changed = {**change, "evidence": {**change["evidence"], "after": after}}
    return predicate(record({**DOCUMENT, "changes": [changed]}))["images"][0]["evidence"]["after"]["measures"]


def test_it_holds_what_was_measured_without_lists_and_details() -> None:
    measures = {
        "vulnerabilities.critical": {**MEASURE, "signer": None, "details": ["CVE-1", "CVE-2"]},
        "vulnerabilities.found": {**MEASURE, "value": ["CVE-1", "CVE-2"]},
        "provenance.verified": {**MEASURE, "value": True},
        "provenance.source": {**MEASURE, "value": "https://example.org"},
        "odd": 3,
    }
    assert measured({"measures": measures}) == {
        "vulnerabilities.critical": MEASURE,
        "provenance.verified": {**MEASURE, "value": True},
        "provenance.source": {**MEASURE, "value": "https://example.org"},
    }


@pytest.mark.parametrize("posture", [None, 3, {}, {"measures": 3}])
def test_what_nobody_measured_is_no_measure(posture: object) -> None:
    assert measured(posture) == {}


def test_it_names_reviews_waivers_and_policy_changes() -> None:
    found = predicate(record())
    assert found["reviews"][0]["approvals"] == [{"login": "bob", "counted": True}]
    assert found["waivers"] == [
        {"rule": "limits", "subject": "api", "path": "w.yml", "owner": "carol", "reason": "soon"}
    ]
    assert [one["effect"] for one in found["policyChanges"]] == ["weaker"]


def test_its_digest_binds_the_whole_assessment() -> None:
    written = json.dumps(DOCUMENT)
    expected = hashlib.sha256(written.encode()).hexdigest()
    assert predicate(record())["assessment"] == {"digest": {"sha256": expected}}


def test_a_merge_past_a_status_that_was_not_green_is_an_override() -> None:
    assert predicate(record(DOCUMENT, GREEN, WAITING))["overrides"] == ["assay/review: main was pending"]


def test_a_merge_of_what_was_never_judged_is_an_override() -> None:
    found = predicate(record(None))
    assert (found["overrides"], found["verdict"], found["images"]) == (["the merged head was never judged"], None, [])


def test_a_verdict_that_no_status_told_last_is_an_override() -> None:
    assert predicate(record())["overrides"] == ["no status was the last word on the merged head"]


def test_a_repository_that_moved_is_named_with_its_old_name() -> None:
    moved = {**DOCUMENT["changes"][0], "repository_before": "docker.io/acme/api"}
    assert predicate(record({**DOCUMENT, "changes": [moved]}))["images"][0]["repositoryBefore"] == "docker.io/acme/api"


@pytest.mark.parametrize("document", [{}, {"changes": 3, "findings": [1]}, {"changes": [{"evidence": 3}]}, [1]])
def test_a_document_of_another_shape_makes_a_record_all_the_same(document: object) -> None:
    kept = MergeRecord(MERGE, json.dumps(document), (), NOON)
    assert read(payload(kept, Link(4, "sha256:" + "f" * 64))).link.sequence == 4


def test_what_is_written_is_read() -> None:
    link = Link(5, "sha256:" + "f" * 64)
    assert read(payload(record(), link)) == Claims(7, 3, "b" * 40, link, "acme/gitops")


def test_a_name_that_is_none_is_left_out() -> None:
    statement = json.loads(payload(record(), Link(1)))
    statement["predicate"]["repository"]["name"] = 7
    assert read(json.dumps(statement).encode()).name == ""


def without(path: str) -> bytes:
    statement = json.loads(payload(record(), Link(1)))
    *holders, last = path.split(".")
    holder: Any = statement
    for name in holders:
        holder = holder[int(name)] if name.isdigit() else holder[name]
    del holder[last]
    return json.dumps(statement).encode()


@pytest.mark.parametrize(
    "path",
    [
        "predicateType",
        "subject",
        "subject.0.digest",
        "subject.0.digest.gitCommit",
        "predicate",
        "predicate.repository",
        "predicate.repository.id",
        "predicate.pullRequest",
        "predicate.pullRequest.number",
        "predicate.chain",
        "predicate.chain.sequence",
    ],
)
def test_a_statement_that_lacks_a_part_is_unreadable(path: str) -> None:
    with pytest.raises(Unreadable):
        read(without(path))


@pytest.mark.parametrize(("sequence", "previous"), [(0, None), (True, None), ("1", None), (1, "sha256:x"), (1, 3)])
def test_a_place_that_is_none_is_unreadable(sequence: object, previous: object) -> None:
    statement = json.loads(payload(record(), Link(1)))
    statement["predicate"]["chain"] = {"sequence": sequence, "previous": previous}
    with pytest.raises(Unreadable):
        read(json.dumps(statement).encode())


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode) | st.just(b"[" * 5000))
def test_any_bytes_are_read_or_unreadable(written: bytes) -> None:
    with pytest.raises(Unreadable):
        read(written)


# A chain, in which `prove` takes every envelope for its own payload unless it says "bad".


def prove(envelope: bytes) -> bytes:
    if envelope.startswith(b"bad"):
        raise Unreadable("none of the keys signed it as it is")
    return envelope


def chain(length: int, repository_id: int = 7) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    link = Link(1)
    for number in range(1, length + 1):
        ref = PullRequestRef(1, repository_id, "acme", "gitops", number)
        written = payload(MergeRecord(Merge(ref, "main", "a" * 40, "b" * 40, NOON), None, (), NOON), link)
        found.append((f"{number}", written))
        link = Link(number + 1, Entry(repository_id, number, number, written).digest)
    return found


def test_a_whole_chain_has_no_fault() -> None:
    checked = check(chain(4), prove)
    assert (len(checked.proved), checked.faults) == (4, ())


def test_the_chains_of_two_repositories_are_two() -> None:
    assert check([*chain(2), *chain(3, 8)], prove).faults == ()


@pytest.mark.parametrize("name", ["b" * 40, "records/00000001.json"])
def test_records_of_a_fork_that_were_brought_into_notes_or_a_branch_show(name: str) -> None:
    found = [(name, written) for _, written in (*chain(1), *chain(1, 8))]
    sentence = "it is of repository 8, and the records before it are of 7: one of the two does not belong here"
    assert check(found, prove).faults == (Fault(name, sentence),)


def test_a_folder_holds_the_records_of_many_repositories() -> None:
    found = [(f"{repository}/1.json", written) for repository in (7, 8) for _, written in chain(1, repository)]
    assert check(found, prove).faults == ()


def test_nothing_has_no_fault() -> None:
    assert check([], prove).faults == ()


def test_a_record_that_was_removed_shows() -> None:
    found = chain(4)
    del found[1]
    assert check(found, prove).faults == (Fault("3", "record 2 before it is missing, or cannot be proved"),)


def test_two_records_that_were_removed_show() -> None:
    found = chain(4)
    del found[:2]
    assert check(found, prove).faults == (Fault("3", "records 1 to 2 before it are missing, or cannot be proved"),)


def test_a_record_that_was_changed_shows() -> None:
    found = chain(3)
    found[1] = ("2", b"bad" + found[1][1])
    assert check(found, prove).faults == (
        Fault("2", "none of the keys signed it as it is"),
        Fault("3", "record 2 before it is missing, or cannot be proved"),
    )


def test_a_record_that_was_replaced_by_another_that_is_signed_shows_in_the_next() -> None:
    found, other = chain(3), chain(3)
    ref = PullRequestRef(1, 7, "acme", "gitops", 20)
    previous = Entry(7, 1, 1, other[0][1]).digest
    forged = payload(MergeRecord(Merge(ref, "main", "a" * 40, "c" * 40, NOON), None, (), NOON), Link(2, previous))
    found[1] = ("2", forged)
    assert check(found, prove).faults == (Fault("3", "the record before it is not the one that it was written after"),)


def test_records_that_were_reordered_show() -> None:
    found = chain(4)
    found[1], found[2] = found[2], found[1]
    where = [fault.where for fault in check(found, prove).faults]
    assert where == ["3", "2", "4"]


def test_a_second_record_of_a_pull_request_shows() -> None:
    found = chain(1)
    written = payload(
        MergeRecord(Merge(PullRequestRef(1, 7, "acme", "gitops", 1), "main", "a" * 40, "b" * 40, NOON), None, (), NOON),
        Link(2, Entry(7, 1, 1, found[0][1]).digest),
    )
    assert check([*found, ("2", written)], prove).faults == (Fault("2", "pull request 1 has another record"),)


@pytest.mark.parametrize("name", ["7/00000001.json", "records/00000001.json", "1", "notes"])
def test_a_record_that_is_kept_under_its_own_name_has_no_fault(name: str) -> None:
    assert check([(name, chain(1)[0][1])], prove).faults == ()


@pytest.mark.parametrize("name", ["8/00000001.json", "7/00000002.json", "records/00000011.json", f"7/{'1' * 5000}"])
def test_a_record_that_is_kept_as_another_shows(name: str) -> None:
    sentence = "it is record 1 of repository 7, and is kept as another"
    assert check([(name, chain(1)[0][1])], prove).faults == (Fault(name, sentence),)
