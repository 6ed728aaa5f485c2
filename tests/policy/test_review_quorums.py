"""What is asked of whom: alone, any of several, all of several; and how behaviours of review bots read with us."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.assessment import DemandState, ReviewDemand
from app.core.pull_request import People, Permission, Person, Pushers, Review, ReviewState
from app.policy import Policy, ReviewCase
from tests.policy.samples import ALICE, AUTHOR, BOB, BOT, CAROL, approved, commit, policy, pull_request, reviewed

MET, WAITING, STATED, ERROR = DemandState.MET, DemandState.WAITING, DemandState.STATED, DemandState.ERROR
PATH = "policies/rules.yaml"
DAVE = Person(5, "dave")
PEOPLE = People(
    {"acme/one": frozenset({"alice", "bob"}), "acme/two": frozenset({"bob", "carol"}), "acme/gone": None},
    {
        "alice": Permission.WRITE,
        "bob": Permission.MAINTAIN,
        "carol": Permission.READ,
        "dave": Permission.ADMIN,
        "author": Permission.ADMIN,
        "erin": Permission.NONE,
    },
)
C = ReviewState.CHANGES_REQUESTED


def rules(whom: str, top: str = "") -> Policy:
    return policy(f'version: 1\n{top}\nreviews:\n  - {{name: rules, paths: ["/policies/"], {whom}}}\n')


def one(whom: str, *reviews: Review, top: str = "", **pull: object) -> ReviewDemand:
    case = ReviewCase(pull_request([PATH], *reviews, **pull), (), PEOPLE)  # type: ignore[arg-type]
    (found,) = rules(whom, top).judge_reviews(case)
    return found


ONE, TWO = "{teams: [acme/one]}", "{teams: [acme/two]}"
BOTH, EITHER = f"all-of: [{ONE}, {TWO}]", f"any-of: [{ONE}, {TWO}]"


@pytest.mark.parametrize(
    ("whom", "people", "state", "sentence"),
    [
        (BOTH, [], WAITING, "waits for 1 approval from @acme/one and 1 approval from @acme/two"),
        (BOTH, [ALICE], WAITING, "waits for 1 approval from @acme/two"),
        (BOTH, [CAROL], WAITING, "waits for 1 approval from @acme/one"),
        (BOTH, [ALICE, CAROL], MET, "approved"),
        (BOTH, [BOB], MET, "approved"),  # who is in both counts for both
        (EITHER, [], WAITING, "waits for 1 approval from @acme/one or 1 approval from @acme/two"),
        (EITHER, [ALICE], MET, "approved"),
        (EITHER, [CAROL], MET, "approved"),
        (EITHER, [DAVE], WAITING, "waits for 1 approval from @acme/one or 1 approval from @acme/two"),
        (
            f"any-of: [{{teams: [acme/one], count: 2}}, {{{BOTH}}}]",
            [ALICE],
            WAITING,
            "waits for 1 approval from @acme/one or 1 approval from @acme/two",
        ),
        (
            f"any-of: [{{users: [dave]}}, {{{BOTH}}}]",
            [],
            WAITING,
            "waits for 1 approval from @dave or (1 approval from @acme/one and 1 approval from @acme/two)",
        ),
        (
            f"all-of: [{{users: [dave, carol]}}, {{{EITHER}}}]",
            [],
            WAITING,
            "waits for (1 approval from @dave or @carol) and (1 approval from @acme/one or 1 approval from @acme/two)",
        ),
        (f"all-of: [{{{EITHER}}}, {{permission: admin}}]", [DAVE, CAROL], MET, "approved"),
        (f"all-of: [{ONE}]", [], WAITING, "waits for 1 approval from @acme/one"),
    ],
)
def test_several_quorums(whom: str, people: list[Person], state: DemandState, sentence: str) -> None:
    demand = one(whom, *(approved(person) for person in people))
    assert (demand.state, demand.sentence) == (state, sentence)


@pytest.mark.parametrize(
    ("whom", "words", "fewest"),
    [
        (BOTH, "@acme/one and @acme/two", 1),
        (EITHER, "@acme/one or @acme/two", 1),
        ("all-of: [{teams: [acme/one], count: 3}, {users: [dave]}]", "3 of @acme/one and @dave", 3),
        (
            "any-of: [{teams: [acme/one], users: [dave], count: 3}, {permission: admin, count: 2}]",
            "(3 of (@acme/one or @dave)) or 2 of anyone with the permission admin or more",
            2,
        ),
        (f"all-of: [{{{EITHER}}}, {{users: [dave]}}]", "(@acme/one or @acme/two) and @dave", 1),
    ],
)
def test_whom_a_demand_asks_is_said_in_one_way(whom: str, words: str, fewest: int) -> None:
    demand = one(whom)
    assert (demand.whom, demand.needed) == (words, fewest)


def test_a_commit_of_nobody_known_asks_each_quorum_for_one_more() -> None:
    unknown = [commit(AUTHOR, unattributed=True)]
    assert one(BOTH, approved(ALICE), approved(CAROL), commits=unknown).state is WAITING
    assert one(BOTH, approved(ALICE), approved(BOB), approved(CAROL), commits=unknown).state is MET


@pytest.mark.parametrize("whom", ["any-of: [{teams: [acme/gone]}, {users: [alice]}]", "all-of: [{users: [ghost]}]"])
def test_one_who_does_not_exist_is_an_error_in_any_part(whom: str) -> None:
    assert one(whom, approved(ALICE)).state is ERROR


def test_an_unknown_permission_matters_in_any_part() -> None:
    assert one("any-of: [{users: [alice]}, {permission: admin}]", approved(Person(8, "frank"))).state is ERROR


@pytest.mark.parametrize("whom", [BOTH, EITHER])
def test_an_objection_of_any_part_holds_up_the_whole(whom: str) -> None:
    demand = one(whom, approved(ALICE), approved(BOB), reviewed(CAROL, C))
    assert (demand.state, demand.sentence) == (WAITING, "waits for @carol, who asks for changes")


# --- whom GitHub is told to ask


@pytest.mark.parametrize(
    ("whom", "people", "ask"),
    [
        (BOTH, [], ("acme/one", "acme/two")),
        (BOTH, [ALICE], ("acme/two",)),
        (EITHER, [], ("acme/one", "acme/two")),
        (EITHER, [ALICE], ()),
        ("users: [dave, carol, author, erin], count: 3", [CAROL], ("dave",)),
        ("permission: admin", [], ()),
    ],
)
def test_those_who_are_missing_are_asked(whom: str, people: list[Person], ask: tuple[str, ...]) -> None:
    assert one(whom, *(approved(person) for person in people)).ask == ask


@pytest.mark.parametrize("top", ["solo: true", "mode: observe", "request-reviewers: false"])
def test_where_nobody_is_waited_for_nobody_is_asked(top: str) -> None:
    assert one(BOTH, top=top).ask == ()


def test_contributors_and_pushers_are_not_asked() -> None:
    pull = pull_request([PATH], commits=[commit(AUTHOR, CAROL)])
    (demand,) = rules("users: [carol, dave, bob]").judge_reviews(ReviewCase(pull, (), PEOPLE, pushers=Pushers((BOB,))))
    assert demand.ask == ("dave",)


@pytest.mark.parametrize("author", [DAVE, None])
def test_the_author_of_a_pull_request_is_not_asked(author: Person | None) -> None:
    asked = ("bob",) if author else ("dave", "bob")
    assert one("users: [dave, bob]", author=author, commits=[]).ask == asked


def test_a_floor_alone_may_switch_asking_off() -> None:
    floor = 'version: 1\nrequest-reviewers: false\nreviews: [{paths: ["/policies/"], users: [dave]}]\n'
    (demand,) = policy(None, floor).judge_reviews(ReviewCase(pull_request([PATH]), (), PEOPLE))
    assert demand.ask == ()


# --- behaviours that review bots are tested for, one row each: whom is asked, who reviews, what it says

TWO_OF_ONE = "teams: [acme/one], count: 2"
ROWS = {
    "nobody is needed for what is not governed": (None, [], None),
    "one approval of a user who is named": ("users: [dave]", [approved(DAVE)], MET),
    "one approval of a member": ("teams: [acme/one]", [approved(ALICE)], MET),
    "an approval of somebody else": ("teams: [acme/one]", [approved(DAVE)], WAITING),
    "a permission is reached": ("permission: maintain", [approved(BOB)], MET),
    "a higher permission does too": ("permission: write", [approved(DAVE)], MET),
    "a lower permission does not": ("permission: maintain", [approved(ALICE)], WAITING),
    "users, teams and permission are alternatives": (
        "users: [carol], teams: [acme/one], permission: admin",
        [approved(CAROL)],
        MET,
    ),
    "a count is reached by different people": (TWO_OF_ONE, [approved(ALICE), approved(BOB)], MET),
    "one person twice is one": (TWO_OF_ONE, [approved(ALICE), approved(ALICE)], WAITING),
    "the author does not count": ("users: [author]", [approved(AUTHOR)], WAITING),
    "a bot does not count": ("permission: write", [approved(BOT)], WAITING),
    "a comment is no approval": ("users: [dave]", [reviewed(DAVE, ReviewState.COMMENTED)], WAITING),
    "a comment afterwards takes nothing back": (
        "users: [dave]",
        [approved(DAVE), reviewed(DAVE, ReviewState.COMMENTED)],
        MET,
    ),
    "an approval afterwards answers the own objection": ("users: [dave]", [reviewed(DAVE, C), approved(DAVE)], MET),
    "an objection afterwards takes the own approval back": (
        "users: [dave]",
        [approved(DAVE), reviewed(DAVE, C)],
        WAITING,
    ),
    "an objection of one who is asked outweighs approvals": (
        "teams: [acme/one]",
        [approved(BOB), reviewed(ALICE, C)],
        WAITING,
    ),
    "nobody revokes somebody else's objection": (
        "teams: [acme/one]",
        [reviewed(ALICE, C), approved(BOB), approved(DAVE)],
        WAITING,
    ),
    "an objection that was dismissed is none": (
        "teams: [acme/one]",
        [approved(BOB), reviewed(ALICE, ReviewState.DISMISSED)],
        MET,
    ),
    "an objection of a stranger is none": ("teams: [acme/one]", [approved(BOB), reviewed(DAVE, C)], MET),
    "a dismissed approval is none": ("users: [dave]", [reviewed(DAVE, ReviewState.DISMISSED)], WAITING),
    "an approval of an older commit that was not compared": ("users: [dave]", [approved(DAVE, "9" * 40)], WAITING),
}


@pytest.mark.parametrize("row", ROWS)
def test_behaviour(row: str) -> None:
    whom, reviews, expected = ROWS[row]
    paths = [PATH] if whom else ["docs/a.md"]
    demands = rules(whom or "users: [dave]").judge_reviews(ReviewCase(pull_request(paths, *reviews), (), PEOPLE))
    assert [demand.state for demand in demands] == ([] if expected is None else [expected])


KINDS = {MET: "{users: [alice]}", WAITING: "{users: [dave]}", ERROR: "{users: [ghost]}"}


@pytest.mark.parametrize(("first", "second"), list(itertools.product(KINDS, repeat=2)))
def test_the_truth_table_of_any_and_all(first: DemandState, second: DemandState) -> None:
    parts = f"[{KINDS[first]}, {KINDS[second]}]"
    either, both = (one(f"{word}: {parts}", approved(ALICE)).state for word in ("any-of", "all-of"))
    pair = {first, second}
    # An error is never hidden by a sibling that is met: whoever wrote the policy must know of it.
    assert either is (ERROR if ERROR in pair else MET if MET in pair else WAITING)
    assert both is (ERROR if ERROR in pair else WAITING if WAITING in pair else MET)


# --- properties

TREES = st.recursive(
    st.sampled_from(["{users: [alice]}", "{users: [dave]}", ONE, TWO, "{permission: admin}"]),
    lambda parts: st.builds(
        lambda word, items: f"{{{word}: [{', '.join(items)}]}}",
        st.sampled_from(["any-of", "all-of"]),
        st.lists(parts, min_size=1, max_size=3),
    ),
    max_leaves=5,
).filter(lambda tree: tree.count("-of") and max_depth(tree) <= 3)


def max_depth(tree: str) -> int:
    depth = deepest = 0
    for character in tree:
        depth += {"[": 1, "]": -1}.get(character, 0)
        deepest = max(deepest, depth)
    return deepest - 1  # the innermost list is one of names


@settings(max_examples=200, deadline=None)
@given(TREES, st.sets(st.sampled_from([ALICE, BOB, CAROL, DAVE])), st.sampled_from([ALICE, BOB, CAROL, DAVE]))
def test_one_more_approval_never_unmeets_a_demand(tree: str, people: set[Person], more: Person) -> None:
    before = one(tree[1:-1], *(approved(person) for person in people))
    after = one(tree[1:-1], *(approved(person) for person in people | {more}))
    assert before.state is not MET or after.state is MET
    counted = sum(approval.counted for approval in after.approvals)
    assert after.state is not MET or counted >= after.needed
    assert (after.state is MET) or after.sentence.startswith("waits for ")
