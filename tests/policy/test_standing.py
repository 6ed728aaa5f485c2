"""Which policy judges, and how floor and own policy stand together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.assessment import DemandState, Standing
from app.core.errors import PolicyError
from app.core.pull_request import Floor, FloorState, Past, People
from app.core.verdict import Mode, Outcome, worst
from app.policy import Policy, PolicyFiles, ProposedFile, ReviewCase
from app.policy.document import Unmatched
from app.policy.standing import standing
from tests.policy.samples import NOW, change, evidence, findings, policy, public_key, pull_request, signed, text

OWN = text("signature: [release]")
PRESENT = Floor(FloorState.PRESENT, text("signature: [scanner]"), "f" * 40)
HIDDEN = Floor(FloorState.NOT_READABLE, reason="403")
NONE = Floor(FloorState.NONE)
RECORDED = Past(policy_recorded=True)
VALID = ProposedFile("version: 1\n")
INVALID = ProposedFile("version: 1\nfoo: 1\n")
DELETED = ProposedFile(None, deleted=True)
UNREADABLE = ProposedFile(None, problem="a symbolic link")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (PolicyFiles(None), Standing.SILENT),
        (PolicyFiles(OWN), Standing.IN_FORCE),
        (PolicyFiles(None, PRESENT), Standing.IN_FORCE),
        (PolicyFiles(None, HIDDEN), Standing.SILENT),
        (PolicyFiles(None, proposed=VALID), Standing.PROPOSED),
        (PolicyFiles(None, proposed=INVALID), Standing.PROPOSED),
        (PolicyFiles(None, proposed=UNREADABLE), Standing.PROPOSED),
        (PolicyFiles(None, proposed=DELETED), Standing.SILENT),
        (PolicyFiles(None, PRESENT, proposed=VALID), Standing.IN_FORCE),
        (PolicyFiles(OWN, proposed=INVALID), Standing.IN_FORCE),
        (PolicyFiles(None, past=RECORDED, removal_merged=True), Standing.SILENT),
        (PolicyFiles(None, past=RECORDED, removal_merged=True, proposed=VALID), Standing.PROPOSED),
        (PolicyFiles(OWN, past=RECORDED), Standing.IN_FORCE),
    ],
)
def test_which_policy_judges(files: PolicyFiles, expected: Standing) -> None:
    assert Policy.parse(files).standing is expected


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (PolicyFiles(None, past=RECORDED), "an administrator puts it back"),
        (PolicyFiles(None, PRESENT, past=RECORDED), "is gone"),
        (PolicyFiles(None, past=RECORDED, proposed=VALID), "is gone"),
        (PolicyFiles(None, problem="a symbolic link"), "cannot be read (a symbolic link)"),
        (PolicyFiles(OWN, HIDDEN, past=Past(floor_seen=True)), "floor cannot be read (403), and it must be"),
        (PolicyFiles(OWN, HIDDEN, floor_required=True), "floor cannot be read (403), and it must be"),
        (PolicyFiles(OWN, replace(HIDDEN, reason=""), floor_required=True), "floor cannot be read, and"),
        (PolicyFiles(OWN, NONE, floor_required=True), "requires a floor and there is none"),
        (PolicyFiles(OWN, Floor(FloorState.PRESENT)), "make it a plain text file"),
    ],
)
def test_at_143_what_is_broken_or_gone_judges_nothing_and_says_what_to_do(files: PolicyFiles, words: str) -> None:
    assert standing(files) is Standing.BROKEN
    with pytest.raises(PolicyError) as raised:
        Policy.parse(files)
    assert words in raised.value.sentence


def test_a_broken_floor_breaks_a_sound_policy() -> None:
    with pytest.raises(PolicyError, match=r"owner's .github repository:1: the file is empty"):
        policy(OWN, floor="")


def test_a_broken_policy_breaks_a_sound_floor() -> None:
    with pytest.raises(PolicyError, match=r"assay.yml:1: the file is empty"):
        policy("", floor="version: 1\n")


def test_the_identity_names_both_commits() -> None:
    identity = Policy.parse(PolicyFiles(OWN, PRESENT, commit="e" * 40)).identity
    assert (identity.commit, identity.path, identity.floor_commit) == ("e" * 40, ".github/assay.yml", "f" * 40)


def test_the_identity_has_no_path_where_only_the_floor_judges() -> None:
    assert Policy.parse(PolicyFiles(None, PRESENT)).identity.path is None


# --- proposed


def test_at_141_a_proposed_policy_never_judges_its_own_pull_request() -> None:
    allowing = ProposedFile("version: 1\nunmatched: allow\n")
    judge = Policy.parse(PolicyFiles(OWN, proposed=allowing))
    assert worst(findings(judge, evidence())) is Outcome.BLOCKED
    assert any("takes effect after the merge" in notice for notice in judge.notices)


def test_a_proposed_file_with_faults_is_a_hard_finding() -> None:
    judge = Policy.parse(PolicyFiles(OWN.replace("version: 1", "version: 1\nmode: observe"), proposed=INVALID))
    (finding,) = judge.judge([], [], at=NOW)
    assert (finding.effective, finding.subject) == (Outcome.INCOMPLETE, ".github/assay.yml")
    assert "assay.yml:2: the policy has an unknown key `foo`" in finding.sentence


def test_a_valid_proposal_where_nothing_judges_is_fine() -> None:
    judge = Policy.parse(PolicyFiles(None, proposed=VALID))
    assert judge.proposed_errors == ()
    assert findings(judge, evidence()) == ()
    assert judge.judge_reviews(ReviewCase(pull_request([".github/assay.yml"]), (), People())) == ()


@pytest.mark.parametrize(
    ("proposed", "words"), [(INVALID, "unknown key"), (UNREADABLE, "a symbolic link"), (ProposedFile(None), "no text")]
)
def test_an_invalid_proposal_where_nothing_judges_is_an_error_on_both_sides(proposed: ProposedFile, words: str) -> None:
    judge = Policy.parse(PolicyFiles(None, proposed=proposed))
    (finding,) = judge.judge([], [], at=NOW)
    (demand,) = judge.judge_reviews(ReviewCase(pull_request(), (), People()))
    assert (finding.effective, demand.state) == (Outcome.INCOMPLETE, DemandState.ERROR)
    assert words in demand.sentence


def test_keys_of_a_proposal_are_checked_when_they_were_read() -> None:
    named = "version: 1\nsigners: {a: {key: a.pub}}\n"
    proposals = [ProposedFile(named, keys=keys) for keys in (None, {}, {"a.pub": public_key()})]
    assert [len(Policy.parse(PolicyFiles(None, proposed=one)).proposed_errors) for one in proposals] == [0, 1, 0]


def test_a_silent_policy_says_nothing_at_all() -> None:
    judge = Policy.parse(PolicyFiles(None))
    pull = pull_request([".github/assay.yml"], incomplete=("files",))
    assert judge.judge([change(judge, evidence())], [], at=NOW) == ()
    assert judge.judge_reviews(ReviewCase(pull, (), People())) == ()
    assert judge.asks(ReviewCase(pull, ())).users == frozenset()


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (PolicyFiles(OWN, HIDDEN), "could not be found out (403)"),
        (PolicyFiles(OWN, replace(HIDDEN, reason="")), "could not be found out; none was seen"),
        (PolicyFiles(OWN, NONE, past=Past(floor_seen=True)), "is gone"),
        (PolicyFiles(OWN, proposed=DELETED), "nothing is judged any more"),
        (PolicyFiles(OWN, PRESENT, proposed=DELETED), "only the floor judges"),
        (PolicyFiles(OWN, proposed=VALID), "takes effect after the merge"),
    ],
)
def test_what_is_worth_knowing_is_said(files: PolicyFiles, words: str) -> None:
    assert [notice for notice in Policy.parse(files).notices if words in notice] != []


@pytest.mark.parametrize(
    ("files", "removes"),
    [
        (PolicyFiles(OWN, proposed=DELETED), True),
        (PolicyFiles(OWN, proposed=VALID), False),
        (PolicyFiles(OWN), False),
        (PolicyFiles(None, proposed=DELETED), False),
    ],
)
def test_a_removal_is_known_as_such(files: PolicyFiles, *, removes: bool) -> None:
    assert Policy.parse(files).removes_policy is removes


# --- floor and own together


def test_at_142_requirements_of_both_apply() -> None:
    judge = policy(OWN, floor=text("signature: [scanner]"))
    rules = {one.rule: one.outcome for one in findings(judge, evidence(signed()))}
    assert rules == {"floor: apps: signature": Outcome.BLOCKED, "apps: signature": Outcome.OK}


def test_a_floors_signer_is_not_the_repositorys_of_the_same_name() -> None:
    mine = OWN.replace("acme/api", "evil/api")
    judge = policy(mine, floor=OWN)
    rules = {one.rule: one.outcome for one in findings(judge, evidence(signed()))}
    assert rules == {"floor: apps: signature": Outcome.OK, "apps: signature": Outcome.BLOCKED}


@pytest.mark.parametrize(
    ("own", "floor", "expected"),
    [
        ("", None, Mode.ENFORCE),
        ("mode: observe", None, Mode.OBSERVE),
        ("mode: observe", "mode: enforce", Mode.ENFORCE),
        ("mode: observe", "", Mode.ENFORCE),
        ("mode: observe", "mode: observe", Mode.OBSERVE),
        ("", "mode: observe", Mode.ENFORCE),
        (None, "mode: observe", Mode.OBSERVE),
        (None, "", Mode.ENFORCE),
    ],
)
def test_the_floors_enforce_wins(own: str | None, floor: str | None, expected: Mode) -> None:
    mine = None if own is None else text("pinned: true", own)
    theirs = None if floor is None else text("pinned: true", floor)
    judge = policy(mine, floor=theirs)
    assert (judge.mode, judge.identity.mode) == (expected, expected)


def test_the_floors_enforce_wins_over_a_scope_that_observes() -> None:
    judge = policy(text("pinned: true\nmode: observe"), floor="version: 1\n")
    assert [scope.mode for scope in judge.in_force.scopes] == [Mode.ENFORCE]


def test_a_scope_of_the_floor_keeps_its_own_mode() -> None:
    judge = policy(text("pinned: true"), floor=text("pinned: true\nmode: observe"))
    assert [scope.mode for scope in judge.in_force.scopes] == [Mode.OBSERVE, Mode.ENFORCE]


STRICTER = [
    ("unmatched: allow", "", Unmatched.ALLOW),
    ("unmatched: allow", "unmatched: review", Unmatched.REVIEW),
    ("unmatched: block", "unmatched: allow", Unmatched.BLOCK),
    ("", "unmatched: block", Unmatched.BLOCK),
    ("", "", Unmatched.REVIEW),
    (None, "unmatched: allow", Unmatched.ALLOW),
]


@pytest.mark.parametrize(("own", "floor", "expected"), STRICTER)
def test_the_stricter_word_for_sources_counts(own: str | None, floor: str, expected: Unmatched) -> None:
    key = "unresolved-sources"
    mine = None if own is None else f"version: 1\n{own.replace('unmatched', key)}\n"
    judge = policy(mine, floor=f"version: 1\n{floor.replace('unmatched', key)}\n")
    assert judge.in_force.unresolved_sources is expected


@pytest.mark.parametrize(("own", "floor", "expected"), STRICTER)
def test_the_stricter_unmatched_counts(own: str | None, floor: str, expected: Unmatched) -> None:
    mine = None if own is None else f"version: 1\n{own}\n"
    assert policy(mine, floor=f"version: 1\n{floor}\n").in_force.unmatched is expected


@pytest.mark.parametrize(
    ("own", "floor", "solo"),
    [
        ("solo: true", None, True),
        ("solo: true", "", True),
        ("solo: true", "allow-solo: true", True),
        ("solo: true", "allow-solo: false", False),
        ("", "allow-solo: false", False),
        ("", "solo: true", False),
        (None, "solo: true", True),
    ],
)
def test_the_floor_may_forbid_solo(own: str | None, floor: str | None, *, solo: bool) -> None:
    mine = None if own is None else f"version: 1\n{own}\n"
    judge = policy(mine, floor=None if floor is None else f"version: 1\n{floor}\n")
    assert judge.in_force.solo is solo
    said = any("`solo` is not heeded" in notice for notice in judge.notices)
    assert said is (own == "solo: true" and not solo)


ENTRY = 'reviews: [{name: rules, paths: ["/policies/"], users: [alice]}]\n'


def test_review_entries_of_both_apply_and_the_floors_keep_the_floors_mode() -> None:
    judge = policy(f"version: 1\nmode: observe\n{ENTRY}", floor=f"version: 1\nmode: observe\n{ENTRY}")
    assert [(entry.label, entry.mode) for entry in judge.in_force.reviews] == [
        ("floor: rules", Mode.OBSERVE),
        ("rules", Mode.OBSERVE),
    ]
    enforced = policy(f"version: 1\nmode: observe\n{ENTRY}", floor=f"version: 1\n{ENTRY}")
    assert {entry.mode for entry in enforced.in_force.reviews} == {Mode.ENFORCE}


def test_keys_of_both_are_given_and_one_key_once() -> None:
    pem = public_key()
    inline = "".join(f"      {line}\n" for line in pem.splitlines())
    floor = f"version: 1\nsigners:\n  a:\n    key: |\n{inline}"
    own = "version: 1\nsigners:\n  a: {key: a.pub, not-after: 2026-01-01T00:00:00Z}\n  b: {key: b.pub}\n"
    judge = policy(own, floor=floor, keys={"a.pub": pem, "b.pub": public_key()})
    assert [(key.name, key.not_after) for key in judge.keys] == [("a", None), ("b", None)]
    assert judge.in_force.governed == {"a.pub", "b.pub"}


def test_at_057_what_the_head_says_exempts_nothing() -> None:
    exempting = ProposedFile(text("signature: [release]\nexclude: [ghcr.io/acme/api]", "unmatched: allow\nsolo: true"))
    judge = Policy.parse(PolicyFiles(OWN, proposed=exempting))
    case = ReviewCase(pull_request([".github/assay.yml"]), (), People())
    assert worst(findings(judge, evidence())) is Outcome.BLOCKED
    assert [demand.state for demand in judge.judge_reviews(case)] == [DemandState.WAITING]
