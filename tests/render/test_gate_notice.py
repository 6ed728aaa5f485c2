"""A gate that does not hold is named in one line; one that holds, or of which nothing is known, is not mentioned."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.gate import Bypass, Gate, ReviewRules, Wired
from app.render.comment import comment
from app.render.document import check
from app.render.gate import gate_fold, gate_notice, gate_sentences
from app.render.status import statuses
from tests.render.samples import all_clear
from tests.render.test_document import read

IMAGES, REVIEW = "assay/images: main", "assay/review: main"


def gate(images: Wired, review: Wired = Wired.OURS) -> Gate:
    return Gate(((IMAGES, images), (REVIEW, review)))


@pytest.mark.parametrize(
    ("images", "review", "expected"),
    [
        (Wired.OURS, Wired.OURS, ""),
        (Wired.UNKNOWN, Wired.UNKNOWN, ""),
        (Wired.NOT_SHOWN, Wired.OURS, ""),
        (
            Wired.NOT,
            Wired.NOT,
            f"⚠️ No rule of this branch requires `{IMAGES}` and `{REVIEW}`: this verdict does not block the merge.",
        ),
        (Wired.OURS, Wired.NOT, f"⚠️ No rule of this branch requires `{REVIEW}`: it does not block the merge."),
        (
            Wired.ANOTHER,
            Wired.OURS,
            f"⚠️ A rule of this branch expects `{IMAGES}` from another App: it does not wait for this verdict.",
        ),
        (
            Wired.OURS,
            Wired.ANYBODY,
            f"⚠️ Anybody with write access can set `{REVIEW}`: make this App the expected source in the rule.",
        ),
    ],
)
def test_one_line_says_what_does_not_hold(images: Wired, review: Wired, expected: str) -> None:
    assert gate_notice(gate(images, review)) == expected


def test_nothing_is_said_where_there_is_no_gate() -> None:
    assert gate_notice(None) == ""


def test_the_comment_says_it_in_one_line_more() -> None:
    loose = comment(replace(all_clear(), gate=gate(Wired.NOT, Wired.NOT)))
    plain = comment(all_clear())
    assert loose is not None
    assert plain is not None
    shown = loose.body.partition("<details>")[0].splitlines()
    assert [line for line in shown if line not in plain.body.splitlines()] == [gate_notice(gate(Wired.NOT, Wired.NOT))]


def test_below_the_notice_everything_is_folded() -> None:
    assert gate_fold(gate(Wired.NOT)).startswith("<details><summary><b>How the gate is wired</b></summary>")


@pytest.mark.parametrize("found", [None, gate(Wired.OURS)])
def test_nothing_is_folded_where_nothing_is_noticed(found: Gate | None) -> None:
    assert gate_fold(found) == ""


GOVERNED = "The policy file is governed: its change needs an approval of somebody who maintains the repository"
OURS = "here an approval counts for the contents that were approved, whatever GitHub does"
PUSH = "another person's approval of the last push"
NOT_SHOWN = "Who may bypass the rule is not shown to Apps without administration"


@pytest.mark.parametrize(
    ("bypass", "expected"),
    [
        (Bypass(), NOT_SHOWN),
        (Bypass(own_app=False), NOT_SHOWN),
        (Bypass(own_app=True), f"{NOT_SHOWN}; this App may"),
        (Bypass(()), "Nobody may bypass the rule"),
        (
            Bypass(("the App number 3", "the team number 4")),
            "The rule may be bypassed by the App number 3, the team number 4",
        ),
    ],
)
def test_who_may_bypass_is_named_or_said_not_to_be_shown(bypass: Bypass, expected: str) -> None:
    assert gate_sentences(replace(gate(Wired.OURS), bypass=bypass))[2] == expected


@pytest.mark.parametrize(
    ("reviews", "unknown", "expected"),
    [
        (None, "", f"No ruleset asks for GitHub's own approvals; {OURS}"),
        (None, "no answer", f"No ruleset that could be read asks for GitHub's own approvals; {OURS}"),
        (
            ReviewRules(1, dismisses_stale=True),
            "",
            f"GitHub asks for 1 approval and dismisses those from before a push; {PUSH} is not required; {OURS}",
        ),
        (
            ReviewRules(2, last_push=True),
            "",
            f"GitHub asks for 2 approvals and does not dismiss those from before a push; {PUSH} is required; {OURS}",
        ),
    ],
)
def test_what_github_asks_of_reviews_is_said(reviews: ReviewRules | None, unknown: str, expected: str) -> None:
    assert gate_sentences(replace(gate(Wired.OURS), reviews=reviews, unknown=unknown))[3] == expected


def test_the_policy_file_is_said_to_be_governed() -> None:
    assert gate_sentences(gate(Wired.OURS))[4:] == [GOVERNED]


def test_that_there_may_be_more_rules_is_said() -> None:
    sentences = gate_sentences(replace(gate(Wired.OURS), unknown="GitHub cannot be reached."))
    assert sentences[-1] == "There may be more rules: GitHub cannot be reached"


def test_how_each_context_is_required_is_said() -> None:
    assert gate_sentences(gate(Wired.OURS, Wired.NOT))[:2] == [f"`{IMAGES}`: required", f"`{REVIEW}`: not required"]


def test_who_may_bypass_a_gate_that_is_wired_is_noticed() -> None:
    open_gate = replace(gate(Wired.OURS), bypass=Bypass(("the team number 4",)))
    assert gate_notice(open_gate) == (
        "⚠️ This verdict can be bypassed by the team number 4: a rule of this branch lets them."
    )


def test_the_verdict_does_not_depend_on_it() -> None:
    assert statuses(replace(all_clear(), gate=gate(Wired.NOT))) == statuses(all_clear())


def test_the_document_says_how_each_context_is_required() -> None:
    found = Gate(((IMAGES, Wired.OURS), (REVIEW, Wired.UNKNOWN)), "GitHub cannot be reached.")
    assert check(replace(all_clear(), gate=found))["gate"] == {
        "contexts": [
            {"context": IMAGES, "required": "required"},
            {"context": REVIEW, "required": "unknown"},
        ],
        "bypass": "unknown",
        "app_may_bypass": None,
        "reviews": None,
        "policy_governed": True,
        "unknown": "GitHub cannot be reached.",
    }


def test_the_document_names_who_may_bypass_and_what_is_asked_of_reviews() -> None:
    found = Gate((), "", ReviewRules(2, dismisses_stale=True), Bypass(("the team number 4",), own_app=False))
    document = read(check(replace(all_clear(), gate=found)))["gate"]
    assert (document["bypass"], document["app_may_bypass"], document["reviews"]) == (
        ["the team number 4"],
        False,
        {"approvals": 2, "dismiss_stale": True, "last_push": False},
    )


def test_the_document_of_a_local_range_knows_no_gate() -> None:
    assert check(all_clear())["gate"] is None
