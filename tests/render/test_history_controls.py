"""Controls as data: what comes with the program, and what a user adds."""

from __future__ import annotations

import pytest

from app.core.errors import PolicyError
from app.render.history import joined, read_controls
from app.render.history.controls import ASKED_FOR, MAX_CONTROLS, Control
from app.render.history.facts import FACTS
from tests.conftest import ROOT

PACKAGED = read_controls("controls.yml", (ROOT / "app/render/history/controls.yml").read_text(encoding="utf-8"))
ONE = "version: 1\ncontrols:\n  - id: A\n    catalogue: B\n    title: C\n    evidence: [commits]\n"


def _fault(text: str) -> tuple[str, int | None]:
    with pytest.raises(PolicyError) as raised:
        read_controls("mine.yml", text)
    return raised.value.sentence, raised.value.line


@pytest.mark.parametrize("wanted", ["CC8.1", "CM-3", "CM-5", "SI-7", "SR-4", "6.5.1", "A.8.32", "Source L3"])
def test_the_packaged_controls_hold(wanted: str) -> None:
    assert wanted in {one.id for one in PACKAGED}


@pytest.mark.parametrize("control", PACKAGED, ids=lambda one: one.token)
def test_every_packaged_control_says_what_is_not_shown(control: Control) -> None:
    assert control.not_shown != ()


def test_no_two_packaged_controls_are_called_alike() -> None:
    assert len({one.token for one in PACKAGED}) == len(PACKAGED)


@pytest.mark.parametrize("fact", sorted(FACTS))
def test_every_fact_is_documented(fact: str) -> None:
    assert f"| `{fact}` | {FACTS[fact].words} |" in (ROOT / "docs/history.md").read_text(encoding="utf-8")


def test_a_control_needs_no_more_than_id_catalogue_title_and_evidence() -> None:
    assert read_controls("mine.yml", ONE) == (Control("A", "B", "C", ("commits",)),)


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({}, ()),
        ({"approvals_unknown": 2}, ("Who approved: of 2 commits it is not known.",)),
        ({"unapproved": 1}, (ASKED_FOR,)),
    ],
)
def test_what_is_not_known_of_approvals_is_said_where_they_are_asked_for(
    counts: dict[str, int], said: tuple[str, ...]
) -> None:
    assert Control("A", "B", "C", ("approved",)).missing(counts) == said
    assert Control("A", "B", "C", ("commits",)).missing(counts) == ()


def test_an_own_control_replaces_the_packaged_one_in_its_place() -> None:
    own = Control(PACKAGED[1].id, PACKAGED[1].catalogue, "ours", ("commits",))
    assert joined(PACKAGED, [own])[1] == own


def test_an_own_control_comes_last() -> None:
    own = Control("A", "B", "C", ("commits",))
    assert joined(PACKAGED, [own])[-1] == own


@pytest.mark.parametrize(
    ("control", "token"),
    [
        (Control("CM-3", "NIST SP 800-53 Rev. 5", "", ()), "cm-3"),
        (Control("6.5.1", "PCI DSS 4.0.1", "", ()), "PCI-DSS-4.0.1_6.5.1"),
        (Control("1", "9 to 5", "", ()), "c9-to-5_1"),
    ],
)
def test_a_control_has_the_id_that_oscal_allows(control: Control, token: str) -> None:
    assert control.token == token


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a: [", ("not YAML: did not find expected node content", 2)),
        ("", ("it must be one mapping with `version` and `controls`", 1)),
        ("- a\n", ("it must be one mapping with `version` and `controls`", 1)),
        ("controls: []\n", ("`version: 1` is missing", 1)),
        ("version: 2\ncontrols: []\n", ("`version: 1` is missing", 1)),
        ("version: [1]\ncontrols: []\n", ("`version: 1` is missing", 1)),
        ("version: 1\ncontrols: a\n", (f"`controls` must be a list of at most {MAX_CONTROLS}", 1)),
        ("version: 1\nmore: 1\n", ("`more` is not known: controls, version are", 2)),
        ("version: 1\ncontrols:\n  - a\n", ("a control must be a mapping", 3)),
        ("version: 1\ncontrols:\n  - id: A\n", ("a control lacks `catalogue`", 3)),
        (ONE.replace("[commits]", "commits"), ("it must be a list", 6)),
        (ONE.replace("id: A", "id: []"), ("it must be a text of 1 to 600 characters", 3)),
        (ONE.replace("title: C", "title: ''"), ("it must be a text of 1 to 600 characters", 5)),
        (ONE.replace("title: C", f"title: {'x' * 601}"), ("it must be a text of 1 to 600 characters", 5)),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, fault: tuple[str, int]) -> None:
    assert _fault(text) == fault


def test_a_fact_that_does_not_exist_is_refused_and_those_that_do_are_named() -> None:
    sentence, line = _fault(ONE.replace("commits", "comits"))
    assert (sentence.startswith("there is no fact 'comits': "), "commits" in sentence, line) == (True, True, 3)


def test_too_many_controls_are_refused() -> None:
    entry = ONE.partition("controls:\n")[2]
    assert _fault(ONE + entry * MAX_CONTROLS)[0] == f"`controls` must be a list of at most {MAX_CONTROLS}"
