"""The pull request comment: one, edited in place, silent when there is nothing to say, three lines when all is well."""

from __future__ import annotations

import dataclasses
from typing import Final

from app.core.assessment import Assessment
from app.core.pull_request import Comment
from app.core.verdict import Mode, Outcome
from app.render.comment.claims import to_pin
from app.render.comment.headline import headline
from app.render.comment.images import MANY, image_table
from app.render.comment.inside import inside, looked, short
from app.render.comment.ladder import BUDGET, LADDER, Detail
from app.render.comment.needed import needed
from app.render.comment.sections import edits, files, reasons, reviews, sentences, unreadable, waived
from app.render.comment.what_if import what_if
from app.render.gate import gate_fold, gate_notice
from app.render.markdown import code, prose
from app.render.words import View, lost, root_sentences, says_something, verdict, worth_saying


def comment(assessment: Assessment, *, brief: bool = False) -> Comment | None:
    """Write the comment; `None` when there is nothing to say.

    `brief` leaves out all folds and lists, for a public repository whose registry is private. The answer depends on
    nothing but the arguments, and is at most 60,000 bytes with its footer.
    """
    if not says_something(assessment):
        return None
    view = View.of(assessment)
    written = (
        Comment(_body(view, step, brief=brief), footer_of(assessment, step))
        for step in (BRIEF_LADDER if brief else LADDER)
    )
    # The last step always fits: every list in it has one entry, every field its cap.
    return next(one for one in written if _size(one) <= BUDGET)


def _size(written: Comment) -> int:
    return len(written.body.encode()) + len(written.footer.encode()) + len("\n\n")


BRIEF_LADDER: Final = tuple(
    dataclasses.replace(step, dropped=("details, which this public comment does not show", *step.dropped[5:]))
    for step in LADDER[5:]
)
"""The ladder of a brief comment: from its start without lists of packages, vulnerabilities and files."""


def nothing_to_say(assessment: Assessment) -> Comment:
    """Write what takes the place of an earlier comment once there is nothing to say any more."""
    footer = footer_of(assessment, LADDER[0])
    return Comment("### ✅ OK: this pull request no longer changes an image or a policy", footer)


def linked(written: Comment, address: str) -> Comment:
    """End a comment with the way to the whole report; `address` is ours, made of ids alone."""
    footer = f"{written.footer.removesuffix('</sub>')} · [full report]({address})</sub>"
    return dataclasses.replace(written, footer=footer)


def _body(view: View, detail: Detail, *, brief: bool) -> str:
    top = [headline(view), gate_notice(view.assessment.gate), needed(view, detail)]
    if view.assessment.changes:
        top += [image_table(view, detail), to_pin(view, detail)]
    if _all_clear(view.assessment) and not view.allowed_sources():
        return _joined([*top, "" if brief else gate_fold(view.assessment.gate)])
    return _joined([*top, *below(view, detail, brief=brief)])


def below(view: View, detail: Detail, *, brief: bool = False) -> list[str]:
    """Write what stands below the table: reasons, people, policies, and the folds; a part with nothing is empty."""
    middle = [
        sentences("Policy broken", [view.assessment.broken] if view.assessment.broken else [], detail),
        sentences("The proposed policy is not valid", view.assessment.proposed, detail),
        *reasons(view, detail),
        waived(view, detail),
        edits(view, detail),
        what_if(view, detail, brief=brief),
        reviews(view, detail),
        unreadable(view, detail),
        sentences("Not resolved, which the policy allows", view.allowed_sources(), detail),
        sentences("Also", view.assessment.notices, detail),
    ]
    if brief:
        return middle
    wiring = gate_fold(view.assessment.gate)
    return [*middle, inside(view, detail), files(view, detail), looked(view, detail), wiring]


def _joined(parts: list[str]) -> str:
    return "\n\n".join(part for part in parts if part)


def _all_clear(assessment: Assessment) -> bool:
    """Say whether three lines say it all."""
    passed_over = any(finding.waived for finding in assessment.findings)
    sides = [change.after for change in assessment.changes if change.after is not None]
    # What an author of VEX took out of the counts is never taken out silently.
    passed_over = passed_over or any(one.excused for side in sides for one in side.posture.vulnerabilities)
    loud = (
        passed_over
        or worth_saying(assessment.edits)
        or assessment.demands
        or assessment.notices
        or any(map(lost, assessment.changes))
    )
    return verdict(assessment) is Outcome.OK and not loud and len(assessment.changes) <= MANY


def footer_of(assessment: Assessment, detail: Detail) -> str:
    """Write the last line: commits, times, roots, and what was left out. It does not decide whether to edit."""
    branch = f"{assessment.base_ref}@" if assessment.base_ref is not None else ""
    policy = assessment.policy
    parts = [
        f"Head {code(short(assessment.head))}",
        f"policy {code(f'{branch}{short(policy.commit)}')}" if policy.path else "no policy file",
        f"floor {code(short(policy.floor_commit))}" if policy.floor_commit else "",
        "observe mode" if policy.mode is Mode.OBSERVE else "",
        f"judged {assessment.assessed_at:%Y-%m-%d %H:%M} UTC",
        *(prose(sentence) for sentence in root_sentences(assessment.roots)),
        prose(assessment.evidence_files) if assessment.evidence_files else "",
        prose(f"left out: {', '.join(detail.dropped)}") if detail.dropped else "",
    ]
    return f"<sub>{' · '.join(part for part in parts if part)}</sub>"
