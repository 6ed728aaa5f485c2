"""What a proposed policy would have said to what was merged: one line, and folded below it what and why."""

from __future__ import annotations

from typing import Final

from app.core.assessment import PastChange
from app.render.comment.ladder import Detail
from app.render.markdown import code, fold, name, prose, row, table
from app.render.plain import counted
from app.render.replay import LIMITS
from app.render.what_if import line
from app.render.words import View

_HEADER: Final = ("Merged by", "Image or place", "Policy in force", "Proposed policy", "Because")
_SHORT: Final = 12
_SENTENCE: Final = 240


def what_if(view: View, detail: Detail, *, brief: bool) -> str:
    """Write the section; empty where our own policy does not change, or it is not known yet.

    The line counts merged changes, the rows below it images and places in them.
    """
    told = view.assessment.what_if
    if told is None:
        return ""
    why = f": {prose(told.unknown, _SENTENCE)}" if told.unknown else ""
    if not told.otherwise or brief:
        return f"{line(told)}{why}."
    rows = [_row(one) for one in told.otherwise[: detail.items]]
    more = len(told.otherwise) - len(rows)
    rows += [row(f"{more} more, not shown", "", "", "", "")] if more else []
    notes = [f"Looked at {counted(told.looked, 'commit')} of the base branch{why}.", *map(_note, LIMITS)]
    return fold(line(told), "\n\n".join((table(_HEADER, rows), *notes)))


def _row(one: PastChange) -> str:
    subject = name(one.subject) if one.subject else "the whole change"
    return row(code(one.commit[:_SHORT]), subject, one.before, one.after, prose(one.sentence, _SENTENCE))


def _note(limit: str) -> str:
    return f"{limit[0].upper()}{limit[1:]}."
