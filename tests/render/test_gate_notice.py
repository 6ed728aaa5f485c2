"""A gate that does not hold is named in one line; one that holds, or of which nothing is known, is not mentioned."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.gate import Gate, Wired
from app.render.comment import comment
from app.render.document import check
from app.render.gate import gate_notice
from app.render.status import statuses
from tests.render.samples import all_clear

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
    assert [line for line in loose.body.splitlines() if line not in plain.body.splitlines()] == [
        gate_notice(gate(Wired.NOT, Wired.NOT))
    ]


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
        "unknown": "GitHub cannot be reached.",
    }


def test_the_document_of_a_local_range_knows_no_gate() -> None:
    assert check(all_clear())["gate"] is None
