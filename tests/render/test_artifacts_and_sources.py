"""What is no image is called by its word, and a source that the policy lets pass is still named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.inventory import Artifact, ImageChange, ImageVersion, UnreadablePlace
from app.core.verdict import UNRESOLVED_SOURCE, Finding, Outcome
from app.render import terminal
from app.render.comment import comment
from tests.render.samples import EMPTY, assessed, change

CHART = replace(
    change("ghcr.io/acme/cm", ImageVersion("1.2.3", None), ImageVersion("1.3.0", None)), artifact=Artifact.CHART
)
SENTENCE = "apps/cm.yaml:8: the chart cm moves from 1 to 2"


def body(finding: Finding, *changes: ImageChange) -> str:
    found = comment(replace(EMPTY, changes=tuple(assessed(one, None, None) for one in changes), findings=(finding,)))
    return "" if found is None else found.body


def source(outcome: Outcome) -> Finding:
    return Finding(outcome, "apps/cm.yaml", UNRESOLVED_SOURCE, SENTENCE)


@pytest.mark.parametrize(
    ("artifact", "word"), [(Artifact.CHART, "chart "), (Artifact.OTHER, "artifact "), (Artifact.IMAGE, "")]
)
def test_the_terminal_says_what_a_reference_names(artifact: Artifact, word: str) -> None:
    assert terminal.images([replace(CHART, artifact=artifact)], []).startswith(
        f"{word}ghcr.io/acme/cm: 1.2.3 -> 1.3.0\n"
    )


def test_the_terminal_says_chart_of_one_whose_repository_is_not_known() -> None:
    assert terminal.images([replace(CHART, name=None)], []).startswith("chart repository not known")


def test_the_terminal_tells_sources_apart_from_what_cannot_be_read() -> None:
    places = [UnreadablePlace("a", 0, "x"), UnreadablePlace("b", 3, "y", elsewhere=True, source=True)]
    assert terminal.images([], places).splitlines()[1:] == ["cannot be read: a: x", "not resolved: b:3: y"]


def test_the_comment_says_chart() -> None:
    assert "| chart `ghcr.io/acme/cm`" in body(source(Outcome.REVIEW), CHART).replace("<code>", "`").replace(
        "</code>", "`"
    )


def test_the_comment_says_chart_of_one_whose_repository_is_not_known() -> None:
    assert "chart repository not known" in body(source(Outcome.REVIEW), replace(CHART, name=None))


def test_a_source_that_is_let_pass_is_named_beside_an_image() -> None:
    assert "Not resolved, which the policy allows" in body(source(Outcome.OK), CHART)


def test_a_source_that_is_let_pass_alone_is_no_reason_to_speak() -> None:
    assert body(source(Outcome.OK)) == ""


def test_a_source_that_waits_for_a_person_is_a_reason() -> None:
    written = body(source(Outcome.REVIEW))
    assert "the chart cm moves from 1 to 2" in written
    assert "which the policy allows" not in written
