"""Whose approval counts, and where a demand stands."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.assessment import Approval, DemandState, ReviewDemand
from app.core.pull_request import Asked, People, Permission, Person, PullRequest, Review, ReviewState
from app.core.tree import ChangedFile, FileStatus
from app.core.verdict import Finding, Mode, Outcome
from app.policy import Policy, ReviewCase
from tests.policy.samples import (
    ALICE,
    AUTHOR,
    BOB,
    BOT,
    CAROL,
    HEAD,
    approved,
    commit,
    policy,
    public_key,
    pull_request,
    reviewed,
)

MET, WAITING, STATED, ERROR = DemandState.MET, DemandState.WAITING, DemandState.STATED, DemandState.ERROR
PATH = "policies/rules.yaml"
PEOPLE = People(
    {"acme/security": frozenset({"alice", "carol"}), "acme/empty": frozenset()},
    {
        "alice": Permission.WRITE,
        "bob": Permission.MAINTAIN,
        "carol": Permission.READ,
        "author": Permission.ADMIN,
        "renovate[bot]": Permission.ADMIN,
    },
)
REVIEW_FINDING = Finding(Outcome.REVIEW, "nginx", "unmatched", "no scope matches")


def rules(entry: str, top: str = "") -> Policy:
    return policy(f'version: 1\n{top}\nreviews:\n  - {{name: rules, paths: ["/policies/"], {entry}}}\n')


TEAM = rules("teams: [acme/security]")


def demands(judge: Policy, pull: PullRequest, *findings: Finding, people: People = PEOPLE) -> tuple[ReviewDemand, ...]:
    return judge.judge_reviews(ReviewCase(pull, findings, people))


def one(judge: Policy, pull: PullRequest, *findings: Finding, people: People = PEOPLE) -> ReviewDemand:
    (found,) = demands(judge, pull, *findings, people=people)
    return found


def why(pull: PullRequest, judge: Policy = TEAM) -> tuple[Approval, ...]:
    return one(judge, pull).approvals


# --- who counts


def test_nobody_has_approved_yet() -> None:
    demand = one(TEAM, pull_request([PATH]))
    assert (demand.state, demand.needed, demand.rule, demand.paths) == (WAITING, 1, "rules", (PATH,))
    assert demand.sentence == "waits for 1 approval from @acme/security"


def test_a_member_of_the_team_approves() -> None:
    demand = one(TEAM, pull_request([PATH], approved(ALICE)))
    assert (demand.state, demand.approvals) == (MET, (Approval("Alice", counted=True, id=ALICE.id, commit=HEAD),))


@pytest.mark.parametrize(
    ("entry", "person", "state"),
    [
        ("teams: [acme/security]", ALICE, MET),
        ("teams: [ACME/Security]", ALICE, MET),
        ("teams: [acme/security]", BOB, WAITING),
        ("users: [alice]", ALICE, MET),
        ("users: [ALICE]", ALICE, MET),
        ("users: [bob]", ALICE, WAITING),
        ("permission: maintain", BOB, MET),
        ("permission: write", BOB, MET),
        ("permission: admin", BOB, WAITING),
        ("permission: maintain", ALICE, WAITING),
        ("permission: write", CAROL, WAITING),
        ("teams: [acme/empty]", ALICE, WAITING),
        ("teams: [acme/empty], users: [carol], permission: admin", CAROL, MET),
        ("teams: [acme/empty], users: [carol], permission: admin", BOB, WAITING),
    ],
)
def test_members_users_and_the_permission_may_approve(entry: str, person: Person, state: DemandState) -> None:
    assert one(rules(entry), pull_request([PATH], approved(person))).state is state


@pytest.mark.parametrize(
    ("pull", "reason"),
    [
        (pull_request([PATH], approved(ALICE), author=ALICE), "is the author"),
        (pull_request([PATH], approved(ALICE), commits=[commit(ALICE)]), "has a commit in this pull request"),
        (pull_request([PATH], approved(BOT)), "a bot cannot approve"),
        (pull_request([PATH], approved(BOB)), "is not among those asked"),
        (pull_request([PATH], approved(None)), "the account is gone"),
        (pull_request([PATH], approved(ALICE, "9" * 40)), "approved 9999999, not what is there now"),
        (pull_request([PATH], approved(ALICE, None)), "approved other, not what is there now"),
        (pull_request([PATH], replace(approved(ALICE), other_base=True)), "approved it for another base branch"),
        (pull_request([PATH], reviewed(ALICE, ReviewState.CHANGES_REQUESTED)), "asks for changes"),
        (pull_request([PATH], reviewed(ALICE, ReviewState.DISMISSED)), "was dismissed"),
    ],
)
def test_an_approval_that_does_not_count_says_why(pull: PullRequest, reason: str) -> None:
    (approval,) = why(pull)
    assert (approval.counted, approval.why) == (False, reason)
    assert one(TEAM, pull).state is WAITING


def test_bypass_a_a_commit_behind_a_second_parent_is_a_commit_too() -> None:
    merged = [commit(AUTHOR), commit(ALICE, sha="3" * 40), commit(AUTHOR, sha="4" * 40)]
    assert one(TEAM, pull_request([PATH], approved(ALICE), commits=merged)).state is WAITING


def test_a_co_author_is_a_contributor() -> None:
    assert one(TEAM, pull_request([PATH], approved(ALICE), commits=[commit(AUTHOR, ALICE)])).state is WAITING


def test_bypass_b_at_157_an_approval_of_another_head_never_counts() -> None:
    assert one(TEAM, pull_request([PATH], approved(ALICE, "0" * 40))).state is WAITING


def test_bypass_c_at_169_who_asks_for_changes_after_approving_has_not_approved() -> None:
    reviews = [approved(ALICE), reviewed(ALICE, ReviewState.CHANGES_REQUESTED)]
    assert one(TEAM, pull_request([PATH], *reviews)).state is WAITING


def test_bypass_d_at_164_a_comment_approves_nothing() -> None:
    assert why(pull_request([PATH], reviewed(ALICE, ReviewState.COMMENTED))) == ()


def test_bypass_e_logins_are_compared_in_any_case() -> None:
    assert one(rules("users: [ALICE]"), pull_request([PATH], approved(Person(2, "aLiCe")))).state is MET


def test_bypass_q_a_pull_request_is_judged_by_its_own_author() -> None:
    reviews = [approved(ALICE)]
    states = [one(TEAM, pull_request([PATH], *reviews, author=who)).state for who in (BOB, ALICE)]
    assert states == [MET, WAITING]


def test_at_161_a_renamed_login_is_told_by_its_id() -> None:
    renamed = Person(AUTHOR.id, "alice")
    assert one(TEAM, pull_request([PATH], approved(renamed))).state is WAITING


def test_at_162_an_approval_by_a_bot_with_all_permissions_does_not_count() -> None:
    assert one(rules("permission: write"), pull_request([PATH], approved(BOT))).state is WAITING


def test_at_163_an_approval_of_an_earlier_head_is_not_kept() -> None:
    assert one(TEAM, pull_request([PATH], approved(ALICE, "5" * 40), approved(ALICE))).state is MET
    assert one(TEAM, pull_request([PATH], approved(ALICE), approved(ALICE, "5" * 40))).state is WAITING


def test_at_165_a_merge_commit_is_a_commit() -> None:
    assert one(TEAM, pull_request([PATH], approved(ALICE), commits=[commit(ALICE)])).state is WAITING


A, C, D, N = ReviewState.APPROVED, ReviewState.CHANGES_REQUESTED, ReviewState.DISMISSED, ReviewState.COMMENTED


@pytest.mark.parametrize("states", list(itertools.product((A, C, D, N), repeat=3)))
def test_at_169_the_latest_review_that_is_no_comment_counts(states: tuple[ReviewState, ...]) -> None:
    telling = [state for state in states if state is not N]
    expected = MET if telling and telling[-1] is A else WAITING
    pull = pull_request([PATH], *(reviewed(ALICE, state) for state in states))
    assert one(TEAM, pull).state is expected


def test_two_approvals_of_one_person_are_one() -> None:
    two = rules("teams: [acme/security], count: 2")
    demand = one(two, pull_request([PATH], approved(ALICE), approved(ALICE)))
    assert (demand.state, demand.sentence) == (WAITING, "waits for 1 approval from @acme/security")
    assert one(two, pull_request([PATH], approved(ALICE), approved(CAROL))).state is MET


def test_a_request_for_changes_by_one_of_those_asked_holds_it_up() -> None:
    demand = one(TEAM, pull_request([PATH], approved(ALICE), reviewed(CAROL, ReviewState.CHANGES_REQUESTED)))
    assert (demand.state, demand.sentence) == (WAITING, "waits for @carol, who asks for changes")


def test_what_is_missing_besides_is_said_too() -> None:
    demand = one(TEAM, pull_request([PATH], reviewed(CAROL, C), reviewed(ALICE, C)))
    expected = "waits for @Alice and @carol, who ask for changes, and for 1 approval from @acme/security"
    assert demand.sentence == expected


@pytest.mark.parametrize("commit_id", ["9" * 40, None])
def test_a_request_for_changes_stays_whatever_is_pushed(commit_id: str | None) -> None:
    pull = pull_request([PATH], approved(ALICE), reviewed(CAROL, ReviewState.CHANGES_REQUESTED, commit_id))
    assert one(TEAM, pull).state is WAITING


def test_at_161_a_commit_in_the_name_of_who_objects_silences_nobody() -> None:
    pull = pull_request([PATH], approved(ALICE), reviewed(CAROL, C), commits=[commit(CAROL)])
    assert one(TEAM, pull).state is WAITING


@pytest.mark.parametrize("person", [BOB, BOT, None])
def test_a_request_for_changes_by_somebody_who_is_not_asked_holds_nothing_up(person: Person | None) -> None:
    assert one(TEAM, pull_request([PATH], approved(ALICE), reviewed(person, C))).state is MET


def test_a_request_for_changes_that_was_dismissed_or_withdrawn_holds_nothing_up() -> None:
    for state in (ReviewState.DISMISSED, A):
        assert one(TEAM, pull_request([PATH], approved(ALICE), reviewed(CAROL, C), reviewed(CAROL, state))).state is MET


def test_who_asks_for_changes_with_a_permission_that_cannot_be_read_is_an_error() -> None:
    people = People({}, {"bob": Permission.MAINTAIN, "carol": None})
    pull = pull_request([PATH], approved(BOB), reviewed(CAROL, C))
    demand = one(rules("permission: maintain"), pull, people=people)
    assert (demand.state, "carol, who asks for changes" in demand.sentence) == (ERROR, True)


def test_an_author_whose_account_is_gone_is_no_obstacle() -> None:
    assert one(TEAM, pull_request([PATH], approved(ALICE), author=None)).state is MET


def test_a_commit_of_nobody_known_asks_for_one_more() -> None:
    commits = [commit(AUTHOR, unattributed=True)]
    demand = one(TEAM, pull_request([PATH], approved(ALICE), commits=commits))
    assert (demand.state, demand.needed) == (WAITING, 2)
    assert "one more than usual, because GitHub names nobody for commit 1111111" in demand.sentence
    assert one(TEAM, pull_request([PATH], approved(ALICE), approved(CAROL), commits=commits)).state is MET


# --- what cannot be known


@pytest.mark.parametrize("teams", [{}, {"acme/security": None}])
def test_a_team_that_does_not_exist_is_an_error(teams: dict[str, frozenset[str] | None]) -> None:
    people = People(teams, PEOPLE.permissions)
    demand = one(TEAM, pull_request([PATH], approved(ALICE)), people=people)
    assert demand.state is ERROR
    assert "team acme/security does not exist or cannot be read" in demand.sentence


def test_a_user_that_does_not_exist_is_an_error_even_if_others_approve() -> None:
    demand = one(rules("teams: [acme/security], users: [ghost]"), pull_request([PATH], approved(ALICE)))
    assert demand.state is ERROR
    assert "user ghost" in demand.sentence


def test_an_approver_whose_permission_cannot_be_read_is_an_error_only_if_it_matters() -> None:
    asked = rules("permission: maintain")
    people = People({}, {"bob": Permission.MAINTAIN, "alice": None})
    assert one(asked, pull_request([PATH], approved(ALICE)), people=people).state is ERROR
    assert one(asked, pull_request([PATH], approved(ALICE), approved(BOB)), people=people).state is MET


def test_a_named_user_without_any_permission_may_approve() -> None:
    people = People({}, {"alice": Permission.NONE})
    assert one(rules("users: [alice]"), pull_request([PATH], approved(ALICE)), people=people).state is MET


def test_what_could_not_be_read_whole_is_an_error_for_every_demand() -> None:
    pull = pull_request([PATH], approved(ALICE), incomplete=("more than 250 commits",))
    found = demands(TEAM, pull)
    assert [(demand.rule, demand.state) for demand in found] == [("always governed", ERROR), ("rules", ERROR)]
    assert all("more than 250 commits" in demand.sentence for demand in found)


@pytest.mark.parametrize("top", ["solo: true", "mode: observe"])
def test_incomplete_files_are_an_error_whatever_softens(top: str) -> None:
    (demand,) = demands(policy(f"version: 1\n{top}\n"), pull_request([], incomplete=("files",)))
    assert demand.state is ERROR


# --- which paths


@pytest.mark.parametrize(
    "changed",
    [
        ChangedFile("policies/a", FileStatus.ADDED),
        ChangedFile("policies/a", FileStatus.REMOVED),
        ChangedFile("elsewhere/a", FileStatus.RENAMED, "policies/a"),
        ChangedFile("policies/a", FileStatus.RENAMED, "elsewhere/a"),
        ChangedFile("policies", FileStatus.ADDED),
        ChangedFile("Policies/A", FileStatus.ADDED),
    ],
)
def test_at_167_old_and_new_names_and_the_directory_itself_are_governed(changed: ChangedFile) -> None:
    assert one(TEAM, pull_request(files=[changed])).state is WAITING


@pytest.mark.parametrize(("paths", "words"), [([PATH], "1 governed path"), ([PATH, "policies/b"], "2 governed paths")])
def test_the_reason_counts_the_paths(paths: list[str], words: str) -> None:
    assert one(TEAM, pull_request(paths)).reason == f"changes {words}"


def test_other_paths_need_nobody() -> None:
    assert demands(TEAM, pull_request(["apps/a.yaml"])) == ()


ALWAYS = [
    ".github/assay.yml",
    ".github/assay/waivers/a.yml",
    ".github/assay",
    ".github/Assay.yml",
    ".github",
    "CODEOWNERS",
    ".github/CODEOWNERS",
    "docs/codeowners",
]


@pytest.mark.parametrize("path", ALWAYS)
def test_the_policy_and_owners_are_governed_also_when_nothing_says_so(path: str) -> None:
    demand = one(policy("version: 1\n"), pull_request([path]))
    assert (demand.rule, demand.state) == ("always governed", WAITING)
    assert demand.whom == "anyone with the permission maintain or more"


@pytest.mark.parametrize("path", ["README.md", ".github/workflows/a.yml", "assay.yml", "x/CODEOWNERS"])
def test_other_files_are_not(path: str) -> None:
    assert demands(policy("version: 1\n"), pull_request([path])) == ()


def test_the_floor_itself_is_governed_where_it_lives() -> None:
    assert one(policy("version: 1\n"), pull_request(["assay.yml"], repository=".github")).state is WAITING


KEYED = policy(
    "version: 1\nsigners:\n  a: {key: 'keys/a*.pub'}\n",
    keys={"keys/a*.pub": public_key()},
)


@pytest.mark.parametrize(
    ("path", "governed"),
    [("keys/a*.pub", True), ("KEYS/A*.PUB", True), ("keys", True), ("keys/a*.pub/x", True), ("keys/ab.pub", False)],
)
def test_key_files_that_the_policy_names_are_governed(path: str, *, governed: bool) -> None:
    assert bool(demands(KEYED, pull_request([path]))) is governed


@pytest.mark.parametrize(
    ("person", "state"), [(BOB, MET), (ALICE, WAITING), (CAROL, WAITING), (AUTHOR, WAITING), (BOT, WAITING)]
)
def test_who_maintains_the_repository_approves_what_is_always_governed(person: Person, state: DemandState) -> None:
    assert one(policy("version: 1\n"), pull_request([".github/assay.yml"], approved(person))).state is state


# --- findings


def test_a_finding_that_asks_for_a_person_waits_for_one_who_can_write() -> None:
    demand = one(policy("version: 1\n"), pull_request(), REVIEW_FINDING)
    assert (demand.rule, demand.state) == ("findings", WAITING)
    assert demand.reason == "1 finding asks for a person: unmatched"


@pytest.mark.parametrize(("person", "state"), [(ALICE, MET), (BOB, MET), (CAROL, WAITING), (AUTHOR, WAITING)])
def test_one_person_with_write_access_is_enough(person: Person, state: DemandState) -> None:
    assert one(policy("version: 1\n"), pull_request([], approved(person)), REVIEW_FINDING).state is state


@pytest.mark.parametrize("outcome", [Outcome.OK, Outcome.INCOMPLETE, Outcome.BLOCKED])
def test_other_findings_ask_for_nobody(outcome: Outcome) -> None:
    assert demands(policy("version: 1\n"), pull_request(), Finding(outcome, "a", "b", "c")) == ()


def test_observed_findings_are_stated_apart_from_enforced_ones() -> None:
    observed = Finding(Outcome.REVIEW, "a", "signer changed", "c", mode=Mode.OBSERVE)
    found = demands(policy("version: 1\n"), pull_request(), REVIEW_FINDING, REVIEW_FINDING, observed)
    assert [(demand.state, demand.reason) for demand in found] == [
        (WAITING, "2 findings ask for a person: unmatched"),
        (STATED, "1 finding asks for a person: signer changed (observe: only stated)"),
    ]


# --- solo and observe


def test_solo_states_what_would_wait() -> None:
    demand = one(policy("version: 1\nsolo: true\n"), pull_request([".github/assay.yml"]))
    assert demand.state is STATED
    assert demand.sentence == "solo: would wait for 1 approval from anyone with the permission maintain or more"


@pytest.mark.parametrize("finding", [REVIEW_FINDING, Finding(Outcome.REVIEW, "a", "b", "c", mode=Mode.OBSERVE)])
def test_solo_states_findings_too(finding: Finding) -> None:
    demand = one(policy("version: 1\nsolo: true\n"), pull_request(), finding)
    assert demand.sentence.startswith("solo: would wait")


def test_solo_states_a_missing_team() -> None:
    demand = one(rules("teams: [acme/none]", "solo: true"), pull_request([PATH]))
    assert (demand.state, demand.sentence[:26]) == (STATED, "solo: would be an error: t")


def test_solo_still_says_that_somebody_approved() -> None:
    assert one(rules("users: [alice]", "solo: true"), pull_request([PATH], approved(ALICE))).state is MET


def test_observe_states_what_would_wait_for_named_paths() -> None:
    demand = one(rules("users: [alice]", "mode: observe"), pull_request([PATH]))
    assert demand.sentence == "observe: would wait for 1 approval from @alice"


def test_observe_never_softens_what_is_always_governed() -> None:
    assert one(policy("version: 1\nmode: observe\n"), pull_request([".github/assay.yml"])).state is WAITING


# --- whom to ask about


def test_nobody_is_asked_about_when_no_path_is_touched() -> None:
    assert TEAM.asks(ReviewCase(pull_request(["a"], approved(ALICE)), ())) == Asked()


def test_teams_users_and_approvers_are_asked_about() -> None:
    judge = rules("teams: [acme/security], users: [carol], permission: maintain")
    pull = pull_request([PATH], approved(ALICE), approved(BOT), approved(None), approved(BOB, "9" * 40))
    users = frozenset({"carol", "alice", "bob"})
    assert judge.asks(ReviewCase(pull, ())) == Asked(frozenset({"acme/security"}), users, pushers=True)


def test_approvers_are_not_asked_about_where_no_permission_counts() -> None:
    asked = TEAM.asks(ReviewCase(pull_request([PATH], approved(ALICE)), ()))
    assert asked == Asked(frozenset({"acme/security"}), pushers=True)


@pytest.mark.parametrize("review", [reviewed(ALICE, C), reviewed(ALICE, N), approved(BOT), approved(None)])
def test_who_pushed_is_not_asked_while_nobody_approves(review: Review) -> None:
    assert not TEAM.asks(ReviewCase(pull_request([PATH], review), ())).pushers


@pytest.mark.parametrize(("paths", "findings"), [([".github/assay.yml"], ()), ([], (REVIEW_FINDING,))])
def test_approvers_are_asked_about_for_what_needs_a_permission(paths: list[str], findings: tuple[Finding, ...]) -> None:
    asked = policy("version: 1\n").asks(ReviewCase(pull_request(paths, approved(ALICE)), findings))
    assert asked == Asked(users=frozenset({"alice"}), pushers=True)


# --- properties

PERSONS = (AUTHOR, ALICE, BOB, CAROL, BOT, None)
REVIEWS = st.lists(
    st.builds(
        Review, st.sampled_from(PERSONS), st.sampled_from(ReviewState), st.sampled_from((HEAD, "9" * 40)), st.booleans()
    ),
    max_size=6,
)
COMMITS = st.lists(st.builds(commit, st.sampled_from(PERSONS[:4]), unattributed=st.booleans()), max_size=3)


def oracle(reviews: list[Review], contributors: set[int]) -> int:
    """Count by the definition: members of the team whose last telling review approves the head."""
    count = 0
    for person in (ALICE, CAROL):
        telling = [one for one in reviews if one.person == person and one.state is not ReviewState.COMMENTED]
        good = bool(telling) and telling[-1].state is ReviewState.APPROVED and telling[-1].commit == HEAD
        count += good and person.id not in contributors
    return count


def objected(reviews: list[Review]) -> bool:
    """Say whether a member's last telling review asks for changes."""
    last = {one.person: one.state for one in reviews if one.state is not ReviewState.COMMENTED}
    return ReviewState.CHANGES_REQUESTED in (last.get(ALICE), last.get(CAROL))


@settings(max_examples=200, deadline=None)
@given(REVIEWS, COMMITS)
def test_counting_agrees_with_the_definition(reviews: list[Review], commits: list) -> None:  # type: ignore[type-arg]
    pull = pull_request([PATH], *reviews, commits=commits)
    contributors = {person.id for each in commits for person in each.people}
    needed = 1 + any(each.unattributed for each in commits)
    demand = one(TEAM, pull)
    assert sum(approval.counted for approval in demand.approvals) == oracle(reviews, contributors)
    assert (demand.state is MET) is (oracle(reviews, contributors) >= needed and not objected(reviews))


@settings(max_examples=100, deadline=None)
@given(REVIEWS, COMMITS, st.sampled_from(PERSONS[:4]))
def test_one_more_contributor_never_meets_a_demand(reviews: list[Review], commits: list, person: Person) -> None:  # type: ignore[type-arg]
    before = one(TEAM, pull_request([PATH], *reviews, commits=commits)).state
    after = one(TEAM, pull_request([PATH], *reviews, commits=[*commits, commit(person)])).state
    assert after is not MET or before is MET


@settings(max_examples=100, deadline=None)
@given(REVIEWS)
def test_every_reviewer_that_could_count_by_permission_was_asked_about(reviews: list[Review]) -> None:
    can_push = {who for who in PERSONS if who and PEOPLE.permissions[who.login.lower()] >= Permission.WRITE}
    told = [replace(review, can_push=review.person in can_push) for review in reviews]
    judge, pull = rules("permission: write"), pull_request([PATH], *told)
    asked = judge.asks(ReviewCase(pull, ())).users
    known = People({}, {login: PEOPLE.permissions[login] for login in asked})
    assert one(judge, pull, people=known).state is one(judge, pull).state


def test_who_cannot_push_is_not_asked_about() -> None:
    strangers = [replace(approved(Person(100 + number, f"s{number}")), can_push=False) for number in range(9)]
    pull = pull_request([PATH], *strangers)
    judge = rules("permission: write")
    assert judge.asks(ReviewCase(pull, ())).users == frozenset()
    assert one(judge, pull, people=People()).state is WAITING


@pytest.mark.parametrize("review", [approved(ALICE, "9" * 40), approved(BOT), approved(AUTHOR)])
def test_the_permission_of_who_cannot_count_anyway_is_no_matter(review: Review) -> None:
    demand = one(rules("permission: write"), pull_request([PATH], review), people=People())
    assert demand.state is WAITING
