"""What an approval is bound to: by git's ids of what a demand is about, before and after, never by time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.assessment import Approval, DemandState
from app.core.policy_edit import Effect, PolicyEdit
from app.core.pull_request import People, Permission, Person, Pushers, ReviewedCommit, ReviewState
from app.core.tree import ChangedFile, FileStatus
from app.core.verdict import Finding, Outcome
from app.policy import Policy, ReviewCase
from tests.policy.samples import ALICE, AUTHOR, BOB, CAROL, HEAD, approved, policy, pull_request, reviewed

MET, WAITING = DemandState.MET, DemandState.WAITING
BASE, THEN, FORK = "2" * 40, "7" * 40, "8" * 40  # merge base of the head; an earlier commit, and its merge base
A, B = "policies/a.yaml", "policies/b.yaml"
PEOPLE = People(
    {"acme/security": frozenset({"alice", "carol"})}, {"alice": Permission.WRITE, "bob": Permission.MAINTAIN}
)
TEAM = policy('version: 1\nreviews:\n  - {name: rules, paths: ["/policies/"], teams: [acme/security]}\n')
REVIEW = Finding(Outcome.REVIEW, "image", "unmatched", "no scope matches")
Sides = Mapping[str, tuple[str | None, str | None]]


def at(commit: str, fork: str, held: Sides) -> dict[tuple[str, str], str | None]:
    """Say what paths hold before and after."""
    return {
        place: what
        for path, pair in held.items()
        for place, what in zip(((fork, path), (commit, path)), pair, strict=True)
    }


def case(now: Sides, then: Sides | None = None, *, changed: Iterable[str] = (), **fields: object) -> ReviewCase:
    """Make a case of files that are changed now, approved by alice on an earlier commit that changed `changed`."""
    then = now if then is None else then
    commit = ReviewedCommit(THEN, FORK, frozenset(changed) or frozenset(then))
    given_ = {
        "people": PEOPLE,
        "reviewed": {THEN: commit},
        "objects": at(HEAD, BASE, now) | at(THEN, FORK, then),
        **fields,
    }
    return replace(ReviewCase(pull_request(now, approved(ALICE, THEN)), ()), **given_)  # type: ignore[arg-type]


def verdict(of: ReviewCase, judge: Policy = TEAM) -> DemandState:
    (demand,) = judge.judge_reviews(of)
    return demand.state


def why(of: ReviewCase, judge: Policy = TEAM) -> Approval:
    (demand,) = judge.judge_reviews(of)
    return demand.approvals[0]


SAME: Sides = {A: ("100644 x", "100644 y")}


def test_the_same_before_and_after_is_what_was_approved() -> None:
    kept = "approved 7777777, and nothing that this is about has changed since"
    assert why(case(SAME)) == Approval("Alice", counted=True, why=kept, id=ALICE.id, commit=THEN)
    assert verdict(case(SAME)) is MET


@pytest.mark.parametrize(
    "then",
    [
        {A: ("100644 x", "100644 z")},
        {A: ("100644 w", "100644 y")},
        {A: ("100644 x", "100755 y")},
        {A: (None, "100644 y")},
        {A: ("100644 x", None)},
    ],
    ids=["after", "before", "mode", "new then", "removed then"],
)
def test_any_difference_is_none(then: Sides) -> None:
    assert why(case(SAME, then)) == Approval(
        "Alice", counted=False, why="approved 7777777, not what is there now: policies/a.yaml", id=ALICE.id, commit=THEN
    )


def test_what_is_governed_and_was_not_touched_then_was_not_approved() -> None:
    now = {A: ("100644 x", "100644 y"), B: ("100644 x", "100644 y")}
    then = {A: ("100644 x", "100644 y"), B: ("100644 x", "100644 x")}
    assert verdict(case(now, then, changed=[A])) is WAITING


def test_what_is_governed_and_is_not_touched_any_more_was_approved_with_it() -> None:
    now = case(SAME, {A: ("100644 x", "100644 y"), B: ("100644 x", "100644 y")})
    unchanged = now.objects | {(BASE, B): "100644 x", (HEAD, B): "100644 x"}
    assert verdict(replace(now, objects=unchanged)) is WAITING


def test_what_is_not_governed_is_no_matter() -> None:
    now = {A: ("100644 x", "100644 y")}
    assert verdict(case(now, changed=[A, "README.md", "apps/b.yaml"])) is MET


@pytest.mark.parametrize("lost", [(BASE, A), (HEAD, A), (FORK, A), (THEN, A)])
def test_what_could_not_be_read_does_not_count(lost: tuple[str, str]) -> None:
    of = case(SAME)
    left = {place: what for place, what in of.objects.items() if place != lost}
    reason = "approved 7777777, and policies/a.yaml could not be read there"
    assert why(replace(of, objects=left)) == Approval("Alice", counted=False, why=reason, id=ALICE.id, commit=THEN)


def test_a_path_that_is_nowhere_has_a_name_that_cannot_be_asked_for() -> None:
    nowhere: Sides = {"policies/caf\ufffd.yaml": (None, None)}
    assert "could not be read there" in why(case(nowhere)).why


def test_two_things_that_could_not_be_read_are_not_alike() -> None:
    assert verdict(replace(case(SAME), objects={})) is WAITING


def test_a_commit_that_was_not_compared_does_not_count() -> None:
    assert why(replace(case(SAME), reviewed={})).why == "approved 7777777, not what is there now"


def test_a_commit_that_cannot_be_compared_says_why() -> None:
    gone = ReviewedCommit(THEN, problem="which GitHub does not show any more")
    assert (
        why(replace(case(SAME), reviewed={THEN: gone})).why == "approved 7777777, which GitHub does not show any more"
    )


def test_a_deleted_review_commit_is_no_commit() -> None:
    of = case(SAME)
    pull = pull_request([A], reviewed(ALICE, ReviewState.APPROVED, None))
    assert why(replace(of, pull=pull)).why == "approved other, not what is there now"


def test_sixty_paths_are_compared() -> None:
    most: Sides = {f"policies/{number}": ("100644 x", "100644 y") for number in range(60)}
    assert verdict(case(most)) is MET
    assert len(TEAM.compares(case(most))) == 240


def test_too_many_paths_are_not_compared() -> None:
    many: Sides = {f"policies/{number}": ("100644 x", "100644 y") for number in range(61)}
    of = case(many)
    assert why(of).why == "approved 7777777, and 61 paths are too many to compare"
    assert TEAM.compares(of) == ()


def test_the_approval_of_nothing_does_not_count() -> None:
    judge = policy("version: 1\n")
    of = replace(case({}), findings=(REVIEW,), reviewed={THEN: ReviewedCommit(THEN, FORK)})
    of = replace(of, people=People({}, {"alice": Permission.WRITE}))
    assert why(of, judge).why == "approved 7777777, which holds nothing that this is about"


def test_at_158_an_approval_for_another_base_is_not_kept() -> None:
    of = case(SAME)
    pull = pull_request([A], replace(approved(ALICE, THEN), other_base=True))
    assert verdict(replace(of, pull=pull)) is WAITING
    assert TEAM.revisits(replace(of, pull=pull)) == ()


def test_what_is_demanded_is_worked_out_once() -> None:
    of = TEAM.demanding(case(SAME))
    assert TEAM.demanding(replace(of, pull=pull_request(["README.md"]))).needs == of.needs != ()
    assert verdict(of) is MET


# --- who pushed


def test_who_pushed_does_not_count() -> None:
    of = replace(case(SAME), pushers=Pushers((ALICE,)))
    assert why(of) == Approval("Alice", counted=False, why="pushed to this pull request", id=ALICE.id, commit=THEN)


# --- what is read


def test_only_commits_whose_approval_may_still_count_are_visited() -> None:
    reviews = [
        approved(BOB, "4" * 40),  # is not asked
        approved(AUTHOR, "5" * 40),
        approved(CAROL, THEN),
        approved(ALICE, "6" * 40),
        approved(ALICE),  # her latest is on the head
        reviewed(Person(77, "dave"), ReviewState.APPROVED, None),
    ]
    of = ReviewCase(pull_request([A], *reviews), (), PEOPLE)
    assert TEAM.revisits(of) == (THEN,)


def test_of_many_commits_the_latest_few_are_visited() -> None:
    people = [Person(100 + number, f"m{number}") for number in range(7)]
    members = People({"acme/security": frozenset(one.login for one in people)})
    reviews = [approved(one, f"{number:040x}") for number, one in enumerate(people)]
    of = ReviewCase(pull_request([A], *reviews), (), members)
    assert TEAM.revisits(of) == tuple(f"{number:040x}" for number in (6, 5, 4, 3, 2))


def test_nothing_is_visited_where_nobody_is_needed() -> None:
    assert TEAM.revisits(ReviewCase(pull_request(["README.md"], approved(ALICE, THEN)), (), PEOPLE)) == ()


def test_both_sides_of_both_commits_are_read() -> None:
    assert set(TEAM.compares(case(SAME))) == {(BASE, A), (HEAD, A), (FORK, A), (THEN, A)}


def test_nothing_is_read_of_a_commit_that_cannot_be_compared() -> None:
    gone = ReviewedCommit(THEN, problem="which GitHub does not show any more")
    assert TEAM.compares(replace(case(SAME), reviewed={THEN: gone})) == ()


# --- findings


WRITERS = policy("version: 1\n")
APP, OTHER = "app.yaml", "other.yaml"


def found(now: Sides, then: Sides | None = None, **fields: object) -> ReviewCase:
    """Make a case with one finding about an image that stands in `app.yaml`."""
    fields = {"findings": (REVIEW,), "places": {"image": (APP,)}, **fields}
    return case(now, then, **fields)  # type: ignore[arg-type]


IMAGE: Sides = {APP: ("100644 x", "100644 y")}


def test_an_approval_of_a_finding_is_bound_to_the_files_with_images() -> None:
    assert verdict(found(IMAGE | {"README.md": ("100644 x", "100644 z")}, changed=[APP]), WRITERS) is MET
    assert verdict(found(IMAGE, {APP: ("100644 x", "100644 z")}), WRITERS) is WAITING


def test_another_file_may_change_under_an_approval_of_findings() -> None:
    now, then = (IMAGE | {"README.md": ("100644 x", after)} for after in ("100644 z", "100644 y"))
    assert verdict(found(now, then), WRITERS) is MET


def test_an_image_change_without_a_finding_that_is_added_was_not_approved() -> None:
    now = IMAGE | {OTHER: ("100644 x", "100644 y")}
    then = IMAGE | {OTHER: ("100644 x", "100644 x")}
    places = {"image": (APP,), "quiet": (OTHER,)}
    assert verdict(found(now, then, places=places, changed=[APP]), WRITERS) is WAITING


def test_what_was_changed_then_and_is_not_any_more_was_approved_with_it() -> None:
    of = found(IMAGE, IMAGE | {"limits.yaml": ("100644 x", "100644 y")})
    unchanged = of.objects | {(BASE, "limits.yaml"): "100644 x", (HEAD, "limits.yaml"): "100644 x"}
    assert verdict(replace(of, objects=unchanged), WRITERS) is WAITING


@pytest.mark.parametrize("subject", ["", "nobody knows", "elsewhere.yaml"])
def test_a_finding_that_names_no_changed_file_is_about_everything(subject: str) -> None:
    finding = replace(REVIEW, subject=subject)
    now = IMAGE | {"README.md": ("100644 x", "100644 z")}
    then = IMAGE | {"README.md": ("100644 x", "100644 y")}
    assert verdict(found(now, then, findings=(finding,)), WRITERS) is WAITING
    assert verdict(found(now, findings=(finding,)), WRITERS) is MET


def test_a_finding_about_a_path_is_about_that_file_too() -> None:
    finding = replace(REVIEW, subject=OTHER)
    now = IMAGE | {OTHER: ("100644 x", "120000 z")}
    then = IMAGE | {OTHER: ("100644 x", "120000 y")}
    assert verdict(found(now, then, findings=(finding,)), WRITERS) is WAITING


def test_both_names_of_a_renamed_file_are_bound() -> None:
    of = found(IMAGE)
    pull = pull_request([], approved(ALICE, THEN), files=[ChangedFile(APP, FileStatus.RENAMED, "old.yaml")])
    (demand,) = WRITERS.judge_reviews(replace(of, pull=pull))
    assert demand.paths == (APP, "old.yaml")


def test_another_file_that_is_renamed_is_not_bound() -> None:
    files = [ChangedFile(APP, FileStatus.MODIFIED), ChangedFile("new.md", FileStatus.RENAMED, "old.md")]
    (demand,) = WRITERS.judge_reviews(replace(found(IMAGE), pull=pull_request(files=files)))
    assert demand.paths == (APP,)


# --- effects


def edit(path: str, effect: Effect = Effect.WEAKER) -> PolicyEdit:
    return PolicyEdit(path, None, "spec.mode", "Enforce", "Audit", effect, "violations will be logged, not blocked")


def entry(fields: str, top: str = "") -> Policy:
    return policy(f"version: 1\n{top}\nreviews:\n  - {{name: rules, teams: [acme/security], {fields}}}\n")


WEAKER = entry('paths: ["/policies/"], effects: [weaker]')


@pytest.mark.parametrize(
    ("edits", "asked"),
    [
        ([edit(A)], True),
        ([edit(A, Effect.CANNOT_TELL)], True),
        ([edit(A, Effect.STRONGER), edit(A, Effect.NEUTRAL)], False),
        ([edit("elsewhere/a.yaml")], False),
        ([], False),
    ],
)
def test_an_entry_with_an_effect_asks_for_such_an_edit_under_its_paths(edits: list[PolicyEdit], *, asked: bool) -> None:
    of = replace(case(SAME), edits=tuple(edits))
    assert bool(WEAKER.judge_reviews(of)) is asked


@pytest.mark.parametrize(
    ("effects", "effect", "asked"),
    [
        ("cannot-tell", Effect.CANNOT_TELL, True),
        ("cannot-tell", Effect.WEAKER, False),
        ("stronger", Effect.CANNOT_TELL, False),
        ("stronger", Effect.STRONGER, True),
        ("neutral", Effect.NEUTRAL, True),
    ],
)
def test_what_cannot_be_told_is_taken_for_weaker_only(effects: str, effect: Effect, *, asked: bool) -> None:
    of = replace(case(SAME), edits=(edit(A, effect),))
    assert bool(entry(f"effects: [{effects}]").judge_reviews(of)) is asked


def test_the_reason_counts_the_edits() -> None:
    of = replace(case(SAME), edits=(edit(A), edit(A), edit(A, Effect.CANNOT_TELL), edit(A, Effect.STRONGER)))
    (demand,) = WEAKER.judge_reviews(of)
    assert (demand.reason, demand.paths) == ("policy edits: 1 cannot tell, 2 weaker", (A,))


def test_with_paths_an_approval_is_bound_to_all_that_they_govern() -> None:
    now = {A: ("100644 x", "100644 y"), B: ("100644 x", "100644 z")}
    then = {A: ("100644 x", "100644 y"), B: ("100644 x", "100644 y")}
    assert verdict(case(now, then, edits=(edit(A),)), WEAKER) is WAITING


def test_with_paths_another_file_may_change() -> None:
    now, then = ({A: ("100644 x", "100644 y"), "README.md": ("100644 x", after)} for after in ("100644 z", "100644 y"))
    assert verdict(case(now, then, edits=(edit(A),)), WEAKER) is MET


def test_without_paths_an_approval_is_bound_to_everything() -> None:
    anywhere = entry("effects: [weaker]")
    now = {A: ("100644 x", "100644 y"), "README.md": ("100644 x", "100644 z")}
    then = {A: ("100644 x", "100644 y"), "README.md": ("100644 x", "100644 y")}
    assert verdict(case(now, edits=(edit(A),)), anywhere) is MET
    assert verdict(case(now, then, edits=(edit(A),)), anywhere) is WAITING


def test_an_edit_of_a_file_that_is_not_touched_itself_is_bound_to_what_does_it() -> None:
    drop = "base/kustomization.yaml"
    now = {drop: ("100644 x", "100644 y")}
    then = {drop: ("100644 x", "100644 w")}
    of = case(now, then, edits=(edit(A),))
    quiet = {(commit, A): "100644 p" for commit in (BASE, HEAD, FORK, THEN)}
    assert verdict(replace(of, objects=of.objects | quiet), WEAKER) is WAITING


# --- environments


ENVIRONMENTS = 'environments: {production: ["/clusters/prod/"], staging: ["/clusters/stage/"]}'


@pytest.mark.parametrize(
    ("fields", "paths", "touched"),
    [
        ("environments: [production]", ["clusters/prod/a", "clusters/stage/a"], ("clusters/prod/a",)),
        ("environments: [production, staging]", ["clusters/stage/a", "b"], ("clusters/stage/a",)),
        (
            'environments: [production], paths: ["policies/"]',
            ["clusters/prod/policies/a", "clusters/prod/b", "policies/a"],
            ("clusters/prod/policies/a",),
        ),
    ],
)
def test_an_environment_narrows_what_is_governed(fields: str, paths: list[str], touched: tuple[str, ...]) -> None:
    (demand,) = entry(fields, ENVIRONMENTS).judge_reviews(ReviewCase(pull_request(paths), (), PEOPLE))
    assert demand.paths == touched


def test_an_environment_that_is_not_touched_asks_for_nobody() -> None:
    judge = entry("environments: [production]", ENVIRONMENTS)
    assert judge.judge_reviews(ReviewCase(pull_request(["clusters/stage/a"]), (), PEOPLE)) == ()


@pytest.mark.parametrize(
    ("fields", "label"),
    [
        ("environments: [production, staging]", "production staging"),
        ("environments: [production], effects: [weaker]", "production weaker"),
        ('paths: ["/policies/", "/b"], effects: [weaker]', "/policies/"),
    ],
)
def test_an_entry_without_a_name_is_called_by_what_it_governs(fields: str, label: str) -> None:
    judge = policy(f"version: 1\n{ENVIRONMENTS}\nreviews:\n  - {{users: [alice], {fields}}}\n")
    assert judge.in_force.reviews[0].label == label


# --- properties

HELD = st.sampled_from([None, "100644 x", "100644 y", "100755 x"])
STATES = st.dictionaries(st.sampled_from([A, B, "policies/c", "docs/d"]), st.tuples(HELD, HELD), min_size=1)


@settings(max_examples=200, deadline=None)
@given(STATES, STATES)
def test_an_approval_counts_exactly_while_all_that_is_governed_is_the_same(now: Sides, then: Sides) -> None:
    absent = (None, None)
    both = {path: (now.get(path, absent), then.get(path, absent)) for path in {*now, *then}}
    of = case(now, changed=then)
    objects = at(HEAD, BASE, {path: pair[0] for path, pair in both.items()})
    objects |= at(THEN, FORK, {path: pair[1] for path, pair in both.items()})
    demands = TEAM.judge_reviews(replace(of, objects=objects))
    governed = {path: pair for path, pair in both.items() if path.startswith("policies/")}
    expected = all(one == other != absent for one, other in governed.values())
    assert all((demand.state is MET) is expected for demand in demands)
    assert bool(demands) is any(path.startswith("policies/") for path in now)
