"""Edits of policies as readers see them: the first line, the table, lines of text, SARIF, and silence."""

from __future__ import annotations

import dataclasses

import pytest

from app.core.inventory import ObjectReference
from app.core.policy_edit import Effect, PolicyEdit, Severity
from app.core.verdict import Mode
from app.render import policy_edits
from app.render.comment import comment
from app.render.comment.headline import headline
from app.render.sarif import sarif
from app.render.terminal import check
from app.render.words import View
from tests.render import samples
from tests.render.samples import EMPTY

POLICY = ObjectReference("kyverno.io/v1", "ClusterPolicy", "", "probes")
EXCEPTION = ObjectReference("kyverno.io/v2", "PolicyException", "shop", "probes")


def edit(effect: Effect, resource: ObjectReference | None = POLICY, **fields: object) -> PolicyEdit:
    known = PolicyEdit("policies/probes.yaml", resource, "spec.x", "a", "b", effect, "something is so", 7)
    return dataclasses.replace(known, **fields)  # type: ignore[arg-type]  # fields are named by the tests


def other(effect: Effect, name: str, **fields: object) -> PolicyEdit:
    return edit(effect, dataclasses.replace(POLICY, name=name), **fields)


WEAKER, STRONGER = edit(Effect.WEAKER), edit(Effect.STRONGER)
NEW_EXCEPTION = edit(Effect.WEAKER, EXCEPTION, field="", before=None)


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ((), ""),
        ((edit(Effect.NEUTRAL),), ""),
        ((WEAKER,), "weakens 1 policy"),
        ((WEAKER, STRONGER), "weakens 1 policy"),
        ((WEAKER, NEW_EXCEPTION), "weakens 1 policy and adds 1 exception"),
        ((edit(Effect.WEAKER, EXCEPTION),), "widens 1 exception"),
        ((edit(Effect.WEAKER, field="", after=None),), "removes 1 policy"),
        ((edit(Effect.CANNOT_TELL),), "may weaken 1 policy"),
        ((edit(Effect.CANNOT_TELL, None),), "may weaken 1 policy"),
        ((STRONGER,), "strengthens 1 policy"),
        (
            (WEAKER, other(Effect.WEAKER, "b"), other(Effect.STRONGER, "c")),
            "weakens 2 policies and strengthens 1 policy",
        ),
        (
            (WEAKER, NEW_EXCEPTION, other(Effect.CANNOT_TELL, "b")),
            "weakens 1 policy, adds 1 exception and may weaken 1 policy",
        ),
    ],
)
def test_a_clause_says_what_the_edits_do_together(edits: tuple[PolicyEdit, ...], said: str) -> None:
    assert policy_edits.clause(edits) == said


def test_the_first_line_of_a_comment_says_it_first() -> None:
    assessment = dataclasses.replace(samples.policy_change(), edits=(WEAKER, NEW_EXCEPTION))
    said = "### ⚠️ REVIEW: this pull request weakens 1 policy and adds 1 exception; 1 review missing"
    assert headline(View.of(assessment)) == said


def test_a_local_range_is_no_pull_request() -> None:
    assessment = dataclasses.replace(samples.policy_change(), base_ref=None)
    assert headline(View.of(assessment)).startswith("### ⚠️ REVIEW: this change weakens 1 policy; ")


def test_neutral_edits_alone_are_not_worth_a_comment() -> None:
    assert comment(dataclasses.replace(EMPTY, edits=(edit(Effect.NEUTRAL),))) is None


def test_a_stronger_policy_is_worth_a_comment() -> None:
    written = comment(dataclasses.replace(EMPTY, edits=(STRONGER,)))
    assert written is not None
    assert written.body.splitlines()[0] == "### ✅ OK: this pull request strengthens 1 policy; no image changed"


def test_the_worst_is_shown_first() -> None:
    every = [edit(effect) for effect in (Effect.NEUTRAL, Effect.STRONGER, Effect.CANNOT_TELL, Effect.WEAKER)]
    found = [one.effect for one in policy_edits.ordered(every)]
    assert found == [Effect.WEAKER, Effect.CANNOT_TELL, Effect.STRONGER, Effect.NEUTRAL]


def test_a_row_shows_an_example_of_what_changes_sides() -> None:
    (row,) = policy_edits.rows([edit(Effect.WEAKER, witness="ghcr.io/evil")])
    assert row.endswith("⚠️ weaker: something is so; for example `ghcr.io/evil` |")


def test_a_row_says_that_only_reports_are_at_stake() -> None:
    (row,) = policy_edits.rows([edit(Effect.WEAKER, severity=Severity.REPORTING)])
    assert "⚠️ weaker (only what is reported): something is so" in row


def test_a_row_of_a_whole_object_shows_its_place_and_not_its_text() -> None:
    (row,) = policy_edits.rows([edit(Effect.WEAKER, field="", after=None)])
    assert row.startswith("| `ClusterPolicy probes` | `policies/probes.yaml:7` | there | not there |")


def test_a_row_of_a_file_names_the_file() -> None:
    (row,) = policy_edits.rows([edit(Effect.CANNOT_TELL, None, field="", line=0)])
    assert row.startswith("| `policies/probes.yaml` | `policies/probes.yaml` | there | there |")


def test_a_line_names_place_policy_field_and_example() -> None:
    found = policy_edits.line(edit(Effect.WEAKER, EXCEPTION, witness="a"))
    said = "policy weaker: policies/probes.yaml:7 PolicyException shop/probes spec.x: something is so (for example a)"
    assert found == said


def test_a_line_of_a_whole_file_is_short() -> None:
    found = policy_edits.line(edit(Effect.CANNOT_TELL, None, field="", line=0))
    assert found == "policy cannot tell: policies/probes.yaml: something is so"


def test_an_object_without_a_kind_is_called_by_its_file() -> None:
    found = policy_edits.line(edit(Effect.WEAKER, ObjectReference("", "", "", "")))
    assert found == "policy weaker: policies/probes.yaml:7 policies/probes.yaml spec.x: something is so"


def test_a_terminal_leaves_neutral_edits_out_of_a_review() -> None:
    assert "policy neutral" not in check(dataclasses.replace(EMPTY, edits=(edit(Effect.NEUTRAL), WEAKER)))


def test_the_list_for_a_terminal_shows_neutral_edits() -> None:
    assert policy_edits.terminal([edit(Effect.NEUTRAL)]).startswith("no policy gets weaker or stronger\npolicy neutral")


def test_markdown_without_edits_has_no_table() -> None:
    assert policy_edits.markdown([]) == "No policy gets weaker or stronger.\n"


@pytest.mark.parametrize(("mode", "level"), [(Mode.ENFORCE, "warning"), (Mode.OBSERVE, "note")])
def test_sarif_has_a_result_at_the_line_of_a_weaker_edit(mode: Mode, level: str) -> None:
    policy = dataclasses.replace(EMPTY.policy, mode=mode)
    log = sarif(dataclasses.replace(EMPTY, policy=policy, edits=(WEAKER, STRONGER, edit(Effect.NEUTRAL))))
    (run,) = log["runs"]  # type: ignore[misc]  # SARIF is plain data
    (result,) = run["results"]
    place = result["locations"][0]["physicalLocation"]
    assert (result["ruleId"], result["level"], place["region"]) == ("weaker policy", level, {"startLine": 7})
