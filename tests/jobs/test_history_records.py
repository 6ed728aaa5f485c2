"""Which record of the app belongs to which commit of a history."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from app.core.assessment import Assessment
from app.core.errors import Unavailable
from app.core.history import (
    CommitFacts,
    CountedReview,
    Event,
    Gap,
    ImageUpdate,
    Joined,
    KeptRecord,
    Origin,
    PolicyChange,
)
from app.jobs.history_records import NOT_COVERED, RecordJoin
from app.render import document as documents
from tests.render.history_samples import GAP, NEW, NOON, facts, image, policy
from tests.render.samples import blocked, policy_change

HEAD = "e" * 40
COMMIT = facts(12, parents=("1" * 40, HEAD))
DOCUMENT: dict[str, Any] = {
    "verdict": "OK",
    "policy": {"commit": "d" * 40},
    "changes": [
        {
            "repository": "ghcr.io/acme/api",
            "after": {"tag": "1.1", "digest": str(NEW.digest)},
            "verdict": "OK",
            "evidence": {"after": {"signature": {"word": "verified"}, "posture": {"measures": {"a": {"value": 1}}}}},
        }
    ],
    "policies": [{"path": "policies/signed.yaml"}],
    "findings": [
        {"waived": [{"path": "w.yml", "until": "2026-12-31", "owner": "alice", "reason": "known"}]},
        {"waived": [{"path": "w.yml", "until": "2026-12-31", "owner": "alice", "reason": "known"}]},
    ],
    "reviews": [
        {"approvals": [{"login": "alice", "id": 7, "commit": HEAD, "counted": False}]},
        {
            "approvals": [
                {"login": "alice", "id": 7, "commit": HEAD, "counted": True},
                {"login": "bob", "counted": False},
            ]
        },
    ],
}
RECORD = KeptRecord(1, "acme/gitops", 12, HEAD, NOON - timedelta(hours=1))


@dataclass
class Kept:
    """Records in memory."""

    records: Sequence[KeptRecord] = (RECORD,)
    documents: Mapping[int, str] = field(default_factory=lambda: dict.fromkeys(range(9), json.dumps(DOCUMENT)))
    down: bool = False

    def of_commit(self, commit: str) -> Sequence[KeptRecord]:
        if self.down:
            raise Unavailable("the ledger does not answer")
        return [one for one in self.records if one.merged_as == commit]

    def of_head(self, head: str) -> Sequence[KeptRecord]:
        return [one for one in self.records if one.head == head]

    def of_number(self, number: int) -> Sequence[KeptRecord]:
        return [one for one in self.records if one.number == number]

    def document(self, record: KeptRecord) -> str:
        return self.documents[record.key]


@dataclass
class Trees:
    """Trees of the commits that the clone has."""

    trees: Mapping[str, str] = field(default_factory=dict)

    def tree(self, commit: str) -> str | None:
        return self.trees.get(commit)


def _joined(
    *events: Event | Gap, records: Kept | None = None, trees: Mapping[str, str] | None = None, repository: str = ""
) -> list[Event | Gap]:
    return list(RecordJoin(records or Kept(), Trees(trees or {}), repository).attach(events))


def _event(
    about: CommitFacts = COMMIT,
    records: Kept | None = None,
    trees: Mapping[str, str] | None = None,
    repository: str = "",
) -> Event:
    (found,) = _joined(image(about), records=records, trees=trees, repository=repository)
    assert isinstance(found, Event)
    return found


def _how(about: CommitFacts, *records: KeptRecord, trees: Mapping[str, str] | None = None) -> Joined | None:
    recorded = _event(about, Kept(records), trees).recorded
    return None if recorded is None else recorded.joined


SQUASH = replace(COMMIT, parents=("1" * 40,))


def test_a_merge_is_joined_by_the_head_that_it_merged() -> None:
    assert _how(COMMIT, RECORD) is Joined.MERGED_HEAD


def test_a_fast_forward_is_joined_by_the_commit_itself() -> None:
    assert _how(facts(12, commit=HEAD, pull_request=None), RECORD) is Joined.MERGED_HEAD


def test_the_record_of_the_merge_is_the_surest() -> None:
    merged = replace(RECORD, merged_as=SQUASH.commit, head="9" * 40)
    assert _how(SQUASH, merged) is Joined.MERGE_RECORD


def test_the_record_of_the_merge_needs_no_number_in_the_message() -> None:
    merged = replace(RECORD, merged_as=SQUASH.commit, head="9" * 40)
    assert _how(replace(SQUASH, pull_request=None), merged) is Joined.MERGE_RECORD


def test_a_squash_with_the_same_files_is_joined_by_its_tree() -> None:
    assert _how(SQUASH, RECORD, trees={SQUASH.commit: "t", HEAD: "t"}) is Joined.SAME_TREE


@pytest.mark.parametrize("trees", [{}, {SQUASH.commit: "t"}, {SQUASH.commit: "t", HEAD: "u"}])
def test_a_squash_that_nothing_but_its_number_joins_is_marked(trees: Mapping[str, str]) -> None:
    assert _how(SQUASH, RECORD, trees=trees) is Joined.NUMBER


def test_a_number_that_was_merged_as_another_commit_is_not_believed() -> None:
    assert _how(SQUASH, replace(RECORD, merged_as="8" * 40)) is None


def test_a_record_from_after_the_commit_is_not_what_was_known_then() -> None:
    assert _how(COMMIT, replace(RECORD, assessed_at=NOON + timedelta(days=1))) is None


def test_clocks_may_differ_a_little() -> None:
    assert _how(COMMIT, replace(RECORD, assessed_at=NOON + timedelta(minutes=4))) is Joined.MERGED_HEAD


def test_the_newest_record_before_the_commit_counts() -> None:
    older = replace(RECORD, key=2, assessed_at=NOON - timedelta(days=1))
    documents = {1: json.dumps(DOCUMENT), 2: json.dumps({**DOCUMENT, "verdict": "BLOCKED"})}
    recorded = _event(records=Kept((RECORD, older), documents)).recorded
    assert recorded is not None
    assert recorded.verdict == "OK"


def test_without_a_record_nothing_is_known() -> None:
    event = _event(records=Kept(()))
    assert (event.recorded, event.approvals, event.source) == (None, None, Origin.GIT)


def test_a_commit_without_a_number_and_without_a_record_is_left_as_it_is() -> None:
    assert _event(facts(1, pull_request=None)).recorded is None


def test_a_record_of_another_repository_is_not_this_ones() -> None:
    assert _event(repository="acme/other").recorded is None


def test_the_case_of_a_name_does_not_matter() -> None:
    assert _event(repository="Acme/GitOps").recorded is not None


def test_a_number_of_several_repositories_is_never_guessed() -> None:
    records = Kept((RECORD, replace(RECORD, repository="acme/web")))
    gap, event = _joined(image(SQUASH), records=records)
    assert isinstance(event, Event)
    assert isinstance(gap, Gap)
    assert (gap.commit, "--repository" in gap.sentence, event.recorded) == (SQUASH.commit, True, None)


@pytest.mark.parametrize("merged_as", ["", COMMIT.commit])
def test_a_commit_that_several_repositories_have_records_of_is_never_guessed(merged_as: str) -> None:
    mine = replace(RECORD, merged_as=merged_as)
    records = Kept((mine, replace(mine, repository="evil/gitops")))
    gap, event = _joined(image(COMMIT), records=records)
    assert isinstance(event, Event)
    assert isinstance(gap, Gap)
    assert (gap.sentence, event.recorded) == (
        "2 repositories have records of this commit: name one (--repository)",
        None,
    )
    assert _event(records=records, repository="acme/gitops").recorded is not None


def test_a_head_is_found_whatever_other_repositories_have_the_number() -> None:
    assert _how(COMMIT, RECORD, replace(RECORD, repository="acme/web", head="7" * 40)) is Joined.MERGED_HEAD


@pytest.mark.parametrize("document", ["{", "[]", "null"])
def test_a_record_that_cannot_be_read_is_a_gap(document: str) -> None:
    gap, event = _joined(image(COMMIT), records=Kept(documents={1: document}))
    assert isinstance(event, Event)
    assert (isinstance(gap, Gap), event.recorded) == (True, None)


def test_a_ledger_that_is_down_is_a_gap_beside_its_commit() -> None:
    gap, event = _joined(image(COMMIT), records=Kept(down=True))
    assert (gap, event) == (
        Gap(COMMIT.commit, "", "its record could not be read: the ledger does not answer"),
        image(COMMIT),
    )


def test_what_was_known_is_verdict_policy_posture_and_waivers() -> None:
    recorded = _event().recorded
    assert recorded is not None
    assert (recorded.verdict, recorded.policy_commit, recorded.head, recorded.waivers) == (
        "OK",
        "d" * 40,
        HEAD,
        ("w.yml until 2026-12-31 by alice: known",),
    )


def test_the_posture_is_that_of_the_events_own_image() -> None:
    recorded = _event().recorded
    assert recorded is not None
    assert recorded.posture == {"verdict": "OK", "signature": "verified", "measures": {"a": {"value": 1}}}


def test_an_image_that_the_record_does_not_have_was_added_by_the_merge_and_nobody_approved_it() -> None:
    (event,) = _joined(image(COMMIT, after=replace(NEW, tag="9")))
    assert isinstance(event, Event)
    assert event.recorded is not None
    assert (event.recorded.posture, event.recorded.overrides, event.approvals) == ({}, (NOT_COVERED,), None)


def test_a_policy_that_the_record_does_not_have_was_added_by_the_merge() -> None:
    changed = policy(about=COMMIT)
    (event,) = _joined(replace(changed, what=replace(changed.what, path="other.yaml")))  # type: ignore[type-var]  # a policy
    assert isinstance(event, Event)
    assert event.recorded is not None
    assert (event.recorded.overrides, event.approvals) == ((NOT_COVERED,), None)


def test_what_the_record_has_is_nothing_gone_around() -> None:
    assert [_event().recorded, _event().approvals is None] != [None, True]
    assert _overrides() == ()


def test_a_removal_that_the_record_has_is_covered() -> None:
    gone = {"repository": "ghcr.io/acme/api", "after": None}
    (event,) = _joined(
        image(COMMIT, after=None), records=Kept(documents={1: json.dumps({**DOCUMENT, "changes": [gone]})})
    )
    assert isinstance(event, Event)
    assert event.recorded is not None
    assert (event.recorded.overrides, event.recorded.posture) == ((), {})


def test_a_commit_at_the_end_of_all_time_is_joined() -> None:
    late = replace(COMMIT, committed_at=NOON.replace(year=9999, month=12, day=31, hour=23, minute=59))
    assert _how(late, RECORD) is Joined.MERGED_HEAD


def test_an_image_that_was_removed_has_no_posture() -> None:
    (event,) = _joined(image(COMMIT, after=None))
    assert isinstance(event, Event)
    assert event.recorded is not None
    assert event.recorded.posture == {}


def test_a_policy_has_no_posture_and_the_same_verdict() -> None:
    (event,) = _joined(policy(about=COMMIT))
    assert isinstance(event, Event)
    assert event.recorded is not None
    assert (event.recorded.posture, event.recorded.verdict) == ({}, "OK")


def _overrides(**document: object) -> tuple[str, ...]:
    recorded = _event(records=Kept(documents={1: json.dumps({**DOCUMENT, **document})})).recorded
    assert recorded is not None
    return recorded.overrides


def test_what_the_record_of_the_merge_calls_an_override_is_one() -> None:
    assert _overrides(overrides=["assay/images: main was failure", 7]) == ("assay/images: main was failure",)


def test_a_verdict_that_stops_was_gone_around() -> None:
    assert _overrides(effective="BLOCKED") == ("the verdict was BLOCKED",)


def test_a_demand_that_waited_was_gone_around() -> None:
    waiting = {"rule": "cluster", "state": "waiting", "sentence": "waits for 1 approval", "approvals": []}
    assert _overrides(reviews=[waiting, {"state": "met"}]) == ("cluster was waiting: waits for 1 approval",)


def test_what_was_only_observed_was_not_gone_around() -> None:
    assert _overrides(verdict="BLOCKED", effective="OK") == ()


def test_a_review_counted_if_it_did_for_any_demand() -> None:
    assert _event().approvals == (
        CountedReview("alice", 7, HEAD, counted=True),
        CountedReview("bob", 0, "", counted=False),
    )


def test_a_record_without_reviews_says_that_nobody_had_reviewed() -> None:
    assert _event(records=Kept(documents={1: json.dumps({**DOCUMENT, "reviews": []})})).approvals == ()


def test_all_events_of_a_commit_get_its_record() -> None:
    events = _joined(image(COMMIT), GAP, policy(about=COMMIT))
    assert [isinstance(one, Gap) or one.recorded is not None for one in events] == [True, True, True]


def test_the_record_of_one_commit_is_not_the_next_ones() -> None:
    first, second = _joined(image(COMMIT), image(facts(13)))
    assert isinstance(first, Event)
    assert isinstance(second, Event)
    assert (first.recorded is None, second.recorded is None) == (False, True)


def _real(assessment: Assessment) -> Kept:
    return Kept(documents={1: documents.text(documents.check(assessment))})


def test_the_document_that_the_app_keeps_is_understood() -> None:
    moved = blocked().changes[0].change
    (event,) = _joined(Event(COMMIT, ImageUpdate(moved)), records=_real(blocked()))
    assert isinstance(event, Event)
    assert event.recorded is not None
    assert (event.recorded.verdict, event.recorded.policy_commit, event.recorded.overrides) == (
        "BLOCKED",
        blocked().policy.commit,
        ("the verdict was BLOCKED",),
    )
    assert event.recorded.posture["signature"] is not None


def test_the_policy_changes_and_reviews_that_the_app_keeps_are_understood() -> None:
    changed = policy_change().edits[0]
    what = PolicyChange(changed.path, changed.resource, (changed,))
    (event,) = _joined(Event(COMMIT, what), records=_real(policy_change()))
    assert isinstance(event, Event)
    assert event.recorded is not None
    assert event.approvals is not None
    told = {one.login for demand in policy_change().demands for one in demand.approvals}
    assert {one.login for one in event.approvals} == told
    assert NOT_COVERED not in event.recorded.overrides


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(
            st.sampled_from(["verdict", "policy", "changes", "after", "evidence", "findings", "waived", "reviews"])
            | st.sampled_from(["approvals", "login", "id", "commit", "signature", "posture", "measures", "repository"]),
            below,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(_JSON)
@settings(max_examples=200, deadline=None)
def test_a_document_of_any_shape_is_an_answer_or_a_gap(document: object) -> None:
    found = _joined(image(COMMIT), records=Kept(documents={1: json.dumps(document)}))
    assert isinstance(found[-1], Event)


STANDING: dict[str, Any] = {
    "login": "carol",
    "id": 9,
    "bot": False,
    "at": "2026-03-01T11:00:00+00:00",
    "commit": HEAD,
    "canPush": True,
    "otherBase": False,
    "wroteCommits": False,
    "countedFor": [],
}


def _approvals(*standing: Mapping[str, Any]) -> tuple[CountedReview, ...]:
    kept = Kept(documents={1: json.dumps({**DOCUMENT, "approvals": list(standing)})})
    found = _event(records=kept).approvals
    assert found is not None
    return found


def test_an_approval_that_no_rule_asked_for_joins_those_that_were_looked_at() -> None:
    assert [(one.login, one.counted, one.independent) for one in _approvals(STANDING)] == [
        ("alice", True, False),
        ("bob", False, False),
        ("carol", False, True),
    ]


def test_one_that_counted_and_stood_is_told_once() -> None:
    alice = _approvals({**STANDING, "login": "alice", "id": 7})[0]
    assert (alice.login, alice.counted, alice.independent) == ("alice", True, True)


@pytest.mark.parametrize(
    ("said", "independent"),
    [
        ({"bot": True}, False),
        ({"canPush": False}, False),
        ({"otherBase": True}, False),
        ({"wroteCommits": True}, False),
        ({"wroteCommits": None}, None),
        ({"commit": "f" * 40}, False),
        ({"commit": None, "wroteCommits": None}, False),
    ],
)
def test_an_approval_is_a_second_persons_only_where_everything_speaks_for_it(
    said: Mapping[str, Any],
    independent: bool | None,  # noqa: FBT001 - a value of the table
) -> None:
    assert _approvals({**STANDING, **said})[-1].independent is independent


def test_without_a_record_of_the_merge_nobody_knows_what_stood() -> None:
    found = _event().approvals
    assert found is not None
    assert {one.independent for one in found} == {None}
