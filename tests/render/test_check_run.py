"""The report beside the verdict: the long form, and remarks on changed lines. It never says that anything failed."""

from __future__ import annotations

import dataclasses
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.assessment import AssessedChange, Assessment
from app.core.attestation import Word
from app.core.inventory import ImageVersion, UnreadablePlace
from app.core.policy_edit import Effect, PolicyEdit
from app.core.pull_request import Level
from app.core.verdict import Mode, Outcome
from app.render.check_run import BUDGET, MAX_ANNOTATIONS, check_run
from app.render.markdown import FIELD
from tests.render import samples
from tests.render.reading import kinds
from tests.render.samples import EMPTY, finding

ROOT = Path(__file__).parents[2]
EVERYWHERE = frozenset({"apps/a.yaml", "apps/b.yaml", "apps/c.yaml", "deploy.yaml", "p.yaml"})


def tagged(paths: tuple[str, ...] = ("deploy.yaml",), tag: str = "1.1") -> AssessedChange:
    """An image without a digest, of which the registry told one."""
    changed = samples.change("ghcr.io/acme/api", ImageVersion("1.0", None), ImageVersion(tag, None), paths)
    after = samples.image(changed, Word.VERIFIED)
    evidence = dataclasses.replace(after.evidence, digest=samples.digest("b"))
    return samples.assessed(changed, None, dataclasses.replace(after, evidence=evidence))


def edit(
    effect: Effect = Effect.WEAKER, after: str | None = "Audit", line: int = 4, path: str = "p.yaml"
) -> PolicyEdit:
    return PolicyEdit(path, None, "spec.action", "Enforce", after, effect, "violations will be logged", line)


@pytest.mark.parametrize("case", ["blocked", "all_clear", "policy_change"])
def test_the_report_is_as_reviewed(case: str) -> None:
    one = check_run(getattr(samples, case)(), EVERYWHERE)
    remarks = [f"{each.level.value} {each.path}:{each.line} {each.title}\n{each.message}" for each in one.annotations]
    text = "\n\n----\n\n".join([one.title, one.summary, one.text, one.footer, *remarks]) + "\n"
    path = ROOT / "tests/data/render" / f"check_run_{case}.md"
    if os.environ.get("ASSAY_WRITE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("assessment", "fine"),
    [
        (samples.all_clear(), True),
        (samples.blocked(), False),
        (samples.incomplete(), False),
        (samples.observed(), False),
    ],
    ids=["OK", "BLOCKED", "INCOMPLETE", "observe"],
)
def test_only_a_verdict_that_is_ok_is_fine(assessment: Assessment, *, fine: bool) -> None:
    assert check_run(assessment, ()).fine is fine


def test_the_title_is_the_verdict_line_without_markup() -> None:
    assert check_run(samples.blocked(), ()).title.startswith("❌ BLOCKED: ")


def test_nothing_that_changes_with_time_stands_outside_the_footer() -> None:
    later = dataclasses.replace(samples.blocked(), assessed_at=samples.NOON.replace(year=2030))
    first, second = check_run(samples.blocked(), EVERYWHERE), check_run(later, EVERYWHERE)
    assert first.footer != second.footer
    assert dataclasses.replace(first, footer="") == dataclasses.replace(second, footer="")


def test_each_use_of_an_image_gets_a_remark_at_its_line() -> None:
    found = check_run(samples.blocked(), EVERYWHERE).annotations
    assert [(one.path, one.line, one.level) for one in found][:3] == [
        ("apps/a.yaml", 17, Level.FAILURE),
        ("apps/b.yaml", 17, Level.FAILURE),
        ("apps/c.yaml", 17, Level.FAILURE),
    ]


def test_what_did_not_change_in_the_head_gets_no_remark() -> None:
    assert [one.path for one in check_run(samples.blocked(), {"apps/b.yaml"}).annotations] == ["apps/b.yaml"]


@pytest.mark.parametrize("odd", ["a\udcffb.yaml", "a\u202eb.yaml", "a\nb.yaml"])
def test_a_file_of_an_odd_name_gets_no_remark(odd: str) -> None:
    assessment = dataclasses.replace(EMPTY, findings=(finding(Outcome.BLOCKED, odd, "x"),))
    assert check_run(assessment, {odd}).annotations == ()


def test_an_image_that_is_removed_gets_no_remark() -> None:
    gone = samples.change("ghcr.io/acme/api", ImageVersion("1.0", None), None)
    changed = AssessedChange(gone, None, None, ())
    bad = finding(Outcome.BLOCKED, gone.key, "x")
    assessment = dataclasses.replace(EMPTY, changes=(changed,), findings=(bad,))
    assert check_run(assessment, EVERYWHERE).annotations == ()


@pytest.mark.parametrize(
    ("outcome", "mode", "level"),
    [
        (Outcome.REVIEW, Mode.ENFORCE, Level.WARNING),
        (Outcome.INCOMPLETE, Mode.ENFORCE, Level.FAILURE),
        (Outcome.BLOCKED, Mode.ENFORCE, Level.FAILURE),
        (Outcome.BLOCKED, Mode.OBSERVE, Level.NOTICE),
    ],
)
def test_levels_follow_the_words_and_what_observe_softens_is_a_notice(
    outcome: Outcome, mode: Mode, level: Level
) -> None:
    assessment = dataclasses.replace(EMPTY, findings=(finding(outcome, "p.yaml", "x", mode=mode),))
    (one,) = check_run(assessment, EVERYWHERE).annotations
    assert (one.level, one.line) == (level, 1)


def test_a_finding_tells_what_to_do() -> None:
    assessment = dataclasses.replace(EMPTY, findings=(finding(Outcome.BLOCKED, "p.yaml", "x", remedy="Do y."),))
    (one,) = check_run(assessment, EVERYWHERE).annotations
    assert one.message.startswith("BLOCKED: x Do y. [")


def test_several_findings_at_one_line_are_one_remark_with_the_gravest_first() -> None:
    found = (finding(Outcome.REVIEW, "p.yaml", "first"), finding(Outcome.BLOCKED, "p.yaml", "second"))
    (one,) = check_run(dataclasses.replace(EMPTY, findings=found), EVERYWHERE).annotations
    assert (one.level, one.title) == (Level.FAILURE, "BLOCKED (and 1 more)")
    assert [line.split(" [")[0] for line in one.message.splitlines()] == ["BLOCKED: second", "REVIEW: first"]


def test_what_is_said_twice_of_a_line_stands_there_once() -> None:
    assessment = dataclasses.replace(EMPTY, changes=(tagged(("p.yaml", "p.yaml")),))
    (one,) = check_run(assessment, EVERYWHERE).annotations
    assert len(one.message.splitlines()) == 1


def test_at_041_an_image_without_a_digest_gets_what_to_write_in_its_place() -> None:
    (one,) = check_run(dataclasses.replace(EMPTY, changes=(tagged(),)), EVERYWHERE).annotations
    pinned = f"image: ghcr.io/acme/api:1.1@{samples.digest('b')}"
    assert (one.level, one.message) == (Level.NOTICE, f"To pin: {pinned}")


def test_at_041_the_summary_shows_it_as_a_change() -> None:
    summary = check_run(dataclasses.replace(EMPTY, changes=(tagged(),)), EVERYWHERE).summary
    block = re.search(r"```diff\n(.*?)\n```", summary, re.DOTALL)
    assert block is not None
    assert block[1].splitlines() == [
        "- image: ghcr.io/acme/api:1.1",
        f"+ image: ghcr.io/acme/api:1.1@{samples.digest('b')}",
    ]


def test_where_all_are_pinned_there_is_nothing_to_pin() -> None:
    assert "```diff" not in check_run(samples.blocked(), EVERYWHERE).summary


def test_of_too_many_to_pin_the_first_are_shown_and_the_rest_counted() -> None:
    changes = tuple(tagged(tag=f"1.{number}" + "x" * 100) for number in range(400))
    summary = check_run(dataclasses.replace(EMPTY, changes=changes), ()).summary
    assert len(summary.encode()) <= BUDGET
    assert re.search(r"```\n\n… and \d+ more", summary)


def test_a_place_that_cannot_be_read_gets_a_remark_at_its_line_or_the_first() -> None:
    places = (UnreadablePlace("p.yaml", 12, "it is no YAML"), UnreadablePlace("deploy.yaml", 0, "it is too large"))
    found = check_run(dataclasses.replace(EMPTY, unreadable=places), EVERYWHERE).annotations
    assert [(one.path, one.line, one.message) for one in found] == [
        ("deploy.yaml", 1, "Cannot be read: it is too large"),
        ("p.yaml", 12, "Cannot be read: it is no YAML"),
    ]


def test_a_weaker_policy_gets_a_warning_at_its_line() -> None:
    (one,) = check_run(dataclasses.replace(EMPTY, edits=(edit(),)), EVERYWHERE).annotations
    assert (one.path, one.line, one.level, one.title) == ("p.yaml", 4, Level.WARNING, "Weaker policy")


def test_in_observe_mode_that_is_a_notice() -> None:
    policy = dataclasses.replace(EMPTY.policy, mode=Mode.OBSERVE)
    (one,) = check_run(dataclasses.replace(EMPTY, edits=(edit(),), policy=policy), EVERYWHERE).annotations
    assert one.level is Level.NOTICE


@pytest.mark.parametrize(
    "harmless",
    [edit(Effect.STRONGER), edit(Effect.NEUTRAL), edit(after=None), edit(line=0), edit(path="elsewhere.yaml")],
    ids=["stronger", "neutral", "gone from the head", "no line", "unchanged file"],
)
def test_other_edits_get_none(harmless: PolicyEdit) -> None:
    assert check_run(dataclasses.replace(EMPTY, edits=(harmless,)), EVERYWHERE).annotations == ()


def test_remarks_are_bounded_and_the_gravest_are_kept() -> None:
    paths = {f"{number:04}.yaml" for number in range(MAX_ANNOTATIONS + 20)}
    mild = tuple(finding(Outcome.REVIEW, path, "x") for path in sorted(paths))
    grave = finding(Outcome.BLOCKED, "zzz.yaml", "x")
    found = check_run(dataclasses.replace(EMPTY, findings=(*mild, grave)), paths | {"zzz.yaml"}).annotations
    assert (len(found), found[0].path) == (MAX_ANNOTATIONS, "zzz.yaml")


def test_a_huge_verdict_keeps_within_githubs_limits_and_says_what_was_left_out() -> None:
    found = tuple(finding(Outcome.BLOCKED, "", f"{number} " + "reason " * 80) for number in range(3000))
    one = check_run(dataclasses.replace(samples.many(800, 700), findings=found), EVERYWHERE)
    assert len(one.summary.encode()) + len(one.footer.encode()) + 2 <= 65_535
    assert len(one.text.encode()) <= 65_535
    assert "Left out, for GitHub takes no more: " in one.text
    assert "`assay check BASE HEAD`" in one.text


def test_a_report_with_nothing_below_its_table_says_so() -> None:
    assert check_run(EMPTY, ()).text == "There is no more to say."


def test_text_of_strangers_renders_no_markup() -> None:
    one = check_run(samples.hostile(), EVERYWHERE)
    assert not kinds(one.summary) & {"html_inline", "link_open", "image"}
    assert not kinds(one.text) & {"link_open", "image"}


@given(st.text(max_size=FIELD))
def test_no_text_breaks_out_of_a_remark_or_a_block(hostile: str) -> None:
    assessment = dataclasses.replace(
        EMPTY,
        findings=(finding(Outcome.BLOCKED, "p.yaml", hostile),),
        unreadable=(UnreadablePlace("deploy.yaml", 3, hostile),),
    )
    one = check_run(assessment, EVERYWHERE)
    assert all(len(each.message.splitlines()) == 1 and each.message.isprintable() for each in one.annotations)
