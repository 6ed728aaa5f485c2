"""The report beside the verdict: the long form of the comment, and remarks on the lines that changed."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator
from typing import Final

from app.core.assessment import AssessedChange, Assessment
from app.core.policy_edit import WEAKER_POLICY, Effect
from app.core.pull_request import Annotation, Level, Report
from app.core.verdict import Finding, Mode, Outcome
from app.render import policy_edits
from app.render.claims import pinned
from app.render.comment import below, footer_of
from app.render.comment.headline import headline
from app.render.comment.images import image_table
from app.render.comment.ladder import LADDER, Detail
from app.render.comment.needed import needed
from app.render.gate import gate_notice
from app.render.plain import cut, visible
from app.render.words import View, verdict

BUDGET: Final = 65_000
"""Bytes of UTF-8 for the summary and for the text. GitHub takes 65,535 characters of each."""

MAX_ANNOTATIONS: Final = 500
_MESSAGE: Final = 4_000
_FOOTER: Final = 4_000
_SENTENCE: Final = 600
_REFERENCE: Final = 512
_LEVELS: Final = {Outcome.REVIEW: Level.WARNING, Outcome.INCOMPLETE: Level.FAILURE, Outcome.BLOCKED: Level.FAILURE}
_GRAVITY: Final = (Level.FAILURE, Level.WARNING, Level.NOTICE)
_STEPS: Final = (
    dataclasses.replace(LADDER[0], rows=2000, items=2000),
    dataclasses.replace(LADDER[0], rows=600, items=300),
    *LADDER,
)


def check_run(assessment: Assessment, paths: Collection[str]) -> Report:
    """Write the report of an assessment; `paths` are the changed files of the head, the only ones that get remarks.

    Its conclusion is a success for OK alone and neutral for everything else: it says the verdict, the statuses are the
    gate. The answer depends on nothing but the arguments; times stand in its footer only.
    """
    view = View.of(assessment)
    return Report(
        title=headline(view).removeprefix("### "),
        summary=_summary(view),
        text=_text(view),
        footer=cut(footer_of(assessment, LADDER[0]), _FOOTER),
        fine=verdict(assessment) is Outcome.OK,
        annotations=_annotations(view, frozenset(paths)),
    )


def _summary(view: View) -> str:
    written = (_top(view, step) for step in _STEPS)
    return next(one for one in written if len(one.encode()) <= BUDGET - _FOOTER)


def _top(view: View, detail: Detail) -> str:
    parts = [headline(view), gate_notice(view.assessment.gate), needed(view, detail)]
    if view.assessment.changes:
        parts += [image_table(view, detail), _to_pin(view, detail)]
    return _joined(parts)


def _text(view: View) -> str:
    written = ((_joined(below(view, step)), step) for step in _STEPS)
    text, step = next((text, step) for text, step in written if len(text.encode()) <= BUDGET)
    if step is _STEPS[0]:
        return text or "There is no more to say."
    left = f"Left out, for GitHub takes no more: {', '.join(('ends of long lists', *step.dropped))}."
    return _joined(
        [text, f"{left} The page of this verdict has it all, and so has `assay check BASE HEAD` in a clone."]
    )


def _to_pin(view: View, detail: Detail) -> str:
    """Write, for each image without a digest, what to change (AT-041): references hold no character of Markdown's."""
    found = {(str(change.change.new_reference), pin) for change in view.ordered() if (pin := _pin(change))}
    listed = sorted(found)
    if not listed:
        return ""
    lines = [
        f"- image: {cut(visible(before), _REFERENCE)}\n+ image: {cut(visible(after), _REFERENCE)}"
        for before, after in listed[: detail.items]
    ]
    more = len(listed) - detail.items
    rest = f"\n\n… and {more} more" if more > 0 else ""
    return "**To pin** (a tag can be moved after this)\n\n```diff\n" + "\n".join(lines) + f"\n```{rest}"


def _pin(change: AssessedChange) -> str:
    return "" if change.after is None else pinned(change.after.evidence)


def _annotations(view: View, paths: frozenset[str]) -> tuple[Annotation, ...]:
    """Write the remarks on lines of these files, one a line, the gravest first."""
    remarks: dict[tuple[str, int], list[tuple[Level, str]]] = {}
    for path, line, level, text in _remarks(view):
        # A name that hides something, or is no Unicode at all, is named in the text and never sent as an address.
        plain = visible(path) == path
        if path in paths and plain and (level, text) not in remarks.setdefault((path, line), []):
            remarks[path, line].append((level, text))
    found = [_annotation(place, said) for place, said in remarks.items() if said]
    found.sort(key=lambda one: (_GRAVITY.index(one.level), one.path, one.line))
    return tuple(found[:MAX_ANNOTATIONS])


def _annotation(place: tuple[str, int], said: list[tuple[Level, str]]) -> Annotation:
    grave = min((level for level, _ in said), key=_GRAVITY.index)
    # The gravest first; of equals, those of the order in which findings are told everywhere.
    ordered = [text for _, text in sorted(said, key=lambda one: _GRAVITY.index(one[0]))]
    more = f" (and {len(said) - 1} more)" if len(said) > 1 else ""
    title = ordered[0].partition(":")[0] + more
    return Annotation(*place, grave, title, cut("\n".join(ordered), _MESSAGE))


def _remarks(view: View) -> Iterator[tuple[str, int, Level, str]]:
    """Tell what is to be said where, in the order of every list; only of what stands in the head."""
    changes = {change.change.key: change for change in view.assessment.changes if change.change.after is not None}
    for finding in view.reasons():
        about = changes.get(finding.subject)
        # A subject that is no image change is a path.
        places = [(finding.subject, 0)] if about is None else [(use.path, use.line) for use in about.change.uses]
        for path, line in places:
            yield path, max(line, 1), _level(finding), _said(finding)
    for change in view.ordered():
        pin = _pin(change)
        for use in change.change.uses if pin else ():
            yield use.path, max(use.line, 1), Level.NOTICE, f"To pin: image: {cut(visible(pin), _REFERENCE)}"
    for place in sorted(view.assessment.unreadable):
        said = f"Cannot be read: {cut(visible(place.reason), _SENTENCE)}"
        yield place.path, max(place.line, 1), Level.FAILURE, said
    softened = view.assessment.policy.mode is Mode.OBSERVE
    for edit in policy_edits.ordered(view.assessment.edits):
        # What is gone has its line in the base.
        if edit.effect in (Effect.WEAKER, Effect.CANNOT_TELL) and edit.telling and edit.after is not None and edit.line:
            said = f"{WEAKER_POLICY.capitalize()}: {cut(visible(policy_edits.line(edit)), _SENTENCE)}"
            yield edit.path, edit.line, Level.NOTICE if softened else Level.WARNING, said


def _level(finding: Finding) -> Level:
    # What observe softens is told, not counted.
    return _LEVELS[finding.outcome] if finding.effective is finding.outcome else Level.NOTICE


def _said(finding: Finding) -> str:
    remedy = f" {finding.remedy}" if finding.remedy else ""
    return f"{finding.outcome.word}: {cut(visible(f'{finding.sentence}{remedy}'), _SENTENCE)} [{visible(finding.rule)}]"


def _joined(parts: list[str]) -> str:
    return "\n\n".join(part for part in parts if part)
