"""The parts below the table: reasons, reviews, policy edits, what cannot be read, and the folds."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Final

from app.core.assessment import Approval, ReviewDemand
from app.core.inventory import ImageChange
from app.core.verdict import Finding, Outcome
from app.render import policy_edits
from app.render.comment.images import title
from app.render.comment.ladder import Detail
from app.render.markdown import bullets, code, fold, name, prose, row, table
from app.render.plain import counted
from app.render.words import DEMAND_SIGNS, OUTCOME_SIGNS, View, state_of, verdict

OPEN_REASONS: Final = 5
WAIVED: Final = 400
"""Characters of one waiver that are shown."""


def reasons(view: View, detail: Detail) -> list[str]:
    """Write why: what is blocked or incomplete in the open, at most five, the rest folded with count and worst word."""
    found = view.reasons()
    # Reasons for review are read in the open only where nothing worse is.
    least = Outcome.REVIEW if verdict(view.assessment) is Outcome.REVIEW else Outcome.INCOMPLETE
    titles = {change.change.key: change.change for change in view.assessment.changes}
    grave = sum(one.outcome >= least for one in found)
    number = min(grave, OPEN_REASONS, detail.items)
    opened, rest = found[:number], found[number:]
    parts = [_together(list(same), titles) for _, same in groupby(opened, key=lambda one: (one.subject, one.outcome))]
    if rest and not detail.review_reasons:
        parts.append(f"{counted(len(rest), 'more reason')}, at worst {rest[0].outcome.word}.")
    elif rest:
        listed = bullets([_reason(one, titles) for one in rest], detail.items)
        parts.append(fold(f"<b>{counted(len(rest), 'more reason')}</b>, at worst {rest[0].outcome.word}", listed))
    return parts


def _together(found: list[Finding], titles: dict[str, ImageChange]) -> str:
    """Write the reasons of one subject under its name, said once."""
    if len(found) == 1:
        return _reason(found[0], titles)
    lines = [f"rule {code(one.rule)}: {prose(one.sentence)}" for one in found]
    return f"{_subject(found[0], titles)}:\n\n{bullets(lines, len(lines))}"


def _reason(finding: Finding, titles: dict[str, ImageChange]) -> str:
    return f"{_subject(finding, titles)} (rule {code(finding.rule)}): {prose(finding.sentence)}"


def _subject(finding: Finding, titles: dict[str, ImageChange]) -> str:
    change = titles.get(finding.subject)
    # A subject that is no image change is a path; an empty one is the whole change.
    subject = title(change) if change else name(finding.subject) if finding.subject else "The whole change"
    return f"**{subject}** {OUTCOME_SIGNS[finding.outcome]} {finding.outcome.word}"


def waived(view: View, detail: Detail) -> str:
    """List the failures that waivers let pass, with until when, who answers for it, and why: never silently."""
    found = view.waived()
    if not found:
        return ""
    titles = {change.change.key: title(change.change) for change in view.assessment.changes}
    lines = [
        f"{titles.get(one.subject) or name(one.subject)} (rule {code(one.rule)}): {prose(one.sentence)}; "
        + "; ".join(f"{prose(str(each), WAIVED)} [{code(each.path)}]" for each in one.waived[: detail.items])
        for one in found
    ]
    return f"**Waived** ({counted(len(found), 'failure')})\n\n{bullets(lines, detail.items)}"


def reviews(view: View, detail: Detail) -> str:
    """Write each demand with its approvals: counted, and not counted with the reason; empty when there is none."""
    if not view.assessment.demands:
        return ""
    demands = sorted(view.assessment.demands, key=lambda one: (one.rule, one.reason, one.paths, one.whom))
    lines = [_demand(one, detail) for one in demands]
    return f"**Reviews**\n\n{bullets(lines, detail.items)}"


def _demand(demand: ReviewDemand, detail: Detail) -> str:
    state = state_of(demand)
    given = sum(approval.counted for approval in demand.approvals)
    text = (
        f"{DEMAND_SIGNS[state]} {state.value}: {code(demand.rule)} needs {demand.needed} from {prose(demand.whom)},"
        f" has {given}"
    )
    why = prose(demand.reason)
    if demand.paths and detail.files:
        shown = ", ".join(code(path) for path in demand.paths[: detail.items])
        more = len(demand.paths) - detail.items
        why = f"{why}: {shown}{f' and {more} more' if more > 0 else ''}"
    approvals = [_approval(one) for one in demand.approvals[: detail.items]]
    return "; ".join([f"{text} ({why})" if why else text, *approvals])


def _approval(approval: Approval) -> str:
    who = code(f"@{approval.login}")
    if not approval.counted:
        return f"{who} does not count: {prose(approval.why)}"
    return f"{who} counts: {prose(approval.why)}" if approval.why else f"{who} counts"


def edits(view: View, detail: Detail) -> str:
    """Write the table of policy edits with their effect in words; empty when no policy changed."""
    told = [edit for edit in view.assessment.edits if edit.telling or not edit.program]
    if not told:
        return ""
    rows = policy_edits.rows(policy_edits.ordered(told)[: detail.items])
    more = len(told) - len(rows)
    rows += [row(f"{more} more, not shown", "", "", "", "")] if more else []
    return table(policy_edits.HEADER, rows)


def unreadable(view: View, detail: Detail) -> str:
    """List what cannot be read, with the reason: it is named, never skipped."""
    if not view.assessment.unreadable:
        return ""
    lines = [
        f"{code(f'{one.path}:{one.line}' if one.line else one.path)}: {prose(one.reason, 240)}"
        for one in sorted(view.assessment.unreadable)
    ]
    heading = f"**Cannot be read** ({counted(len(lines), 'place')}; nothing in them was judged)"
    return f"{heading}\n\n{bullets(lines, detail.items)}"


def sentences(heading: str, texts: Iterable[str], detail: Detail) -> str:
    """List sentences under a heading of ours; empty when there are none."""
    lines = [prose(text) for text in texts]
    return f"**{heading}**\n\n{bullets(lines, detail.items)}" if lines else ""


def files(view: View, detail: Detail) -> str:
    """Fold the places of each image change."""
    places = {(use.path, use.line) for change in view.assessment.changes for use in change.change.uses}
    if not places or not detail.files:
        return ""
    lines = [
        _places(change.change, detail) for change in sorted(view.assessment.changes, key=lambda one: one.change.key)
    ]
    number = len({path for path, _ in places})
    return fold(
        f"<b>Files</b>: {counted(len(places), 'place')} in {counted(number, 'file')}", bullets(lines, detail.items)
    )


def _places(change: ImageChange, detail: Detail) -> str:
    places = sorted({(use.path, use.line) for use in change.uses})
    shown = ", ".join(code(f"{path}:{line}") for path, line in places[: detail.items])
    more = len(places) - detail.items
    return f"{title(change)}: {shown}{f' and {more} more' if more > 0 else ''}"
