"""`markdown`: the history for people, month by month as it comes, and the numbers at its end."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator

from app.core.history import Event, Gap, ImageUpdate, Unseen
from app.core.release import VERSION
from app.render.history import marks
from app.render.history.documents import gap_line
from app.render.history.facts import FACTS
from app.render.history.scope import FROM_ELSEWHERE, Scope, Stream, limits
from app.render.history.tally import MOST_GAPS, Counting
from app.render.markdown import bullets, code, name, prose, row, table
from app.render.plain import counted
from app.render.words import EFFECT_SIGNS

_HEADER = ("When", "Commit", "What", "Change", "By", "How", "Approved by", "Known then", "Today")
_EDITS = 8


def markdown(scope: Scope, stream: Stream) -> Iterator[str]:
    """Write the report; only counts and gaps are held until its end."""
    yield _head(scope)
    counting = Counting()
    gaps: list[Gap] = []
    gap_count = 0
    unseen: deque[Gap] = deque(maxlen=MOST_GAPS)
    unseen_count = 0
    month = ""
    for one in stream:
        if isinstance(one, Unseen):
            unseen.append(one)
            unseen_count += 1
            continue
        if isinstance(one, Gap):
            gap_count += 1
            gaps += [one] if len(gaps) < MOST_GAPS else []
            continue
        this = marks.month(one.facts.committed_at)
        if this != month:
            month = this
            yield f"\n## {month}\n\n{table(_HEADER, [])}\n"
        yield f"{_row(one)}\n"
        counting.add(one)
    yield "" if counting.counts else "\nNo event in this range.\n"
    yield _numbers(counting.counts)
    yield _unseen(unseen, unseen_count)
    yield _unread(gaps, gap_count)


def _head(scope: Scope) -> str:
    asked = [
        f"repository {code(scope.repository)}",
        f"range {code(scope.revisions)}, tip {code(scope.tip) if scope.tip else 'none'}",
        f"made at {marks.minute(scope.asked_at)}, by Assay {VERSION}",
        f"made again by {code(scope.command('markdown'), 500)} in a clone",
        *(f"only {prose(one)}" for one in scope.filters),
    ]
    said = bullets([prose(one) for one in limits(scope)], 10)
    return f"# History\n\n{bullets(asked, 50)}\n\n## What this can tell\n\n{said}\n"


def _row(event: Event) -> str:
    facts = event.facts
    how = f"{marks.arrival(event)}, {marks.signed(event)}"
    known = (marks.approvals(event), marks.recorded(event), marks.today(event) or "not asked")
    return row(
        marks.day(facts.committed_at),
        f"{code(facts.commit[:12])} {code(facts.subject, 80)}",
        *_what(event),
        code(facts.author.name, 60),
        how,
        *(one if one in _PLAIN else code(one, 120) for one in known),
    )


_PLAIN = frozenset({marks.NOT_KNOWN, marks.NOT_RECORDED, "not asked"})


def _what(event: Event) -> tuple[str, str]:
    what = event.what
    if isinstance(what, ImageUpdate):
        change = what.change
        return name(
            marks.image_of(change)
        ), f"{code(marks.version(change.before))} → {code(marks.version(change.after))}"
    edits = [prose(edit.sentence, 160) for edit in what.edits[:_EDITS]]
    more = len(what.edits) - len(edits)
    said = "; ".join([*edits, *([f"and {more} more"] if more else [])])
    return name(marks.policy_of(what)), f"{EFFECT_SIGNS[what.effect]} {what.effect.value}: {said}"


def _numbers(counts: Counter[str]) -> str:
    lines = [f"{fact.words}: {counts[key]:,}" for key, fact in FACTS.items() if counts[key]]
    return f"\n## In numbers\n\n{bullets(lines or ['nothing'], len(FACTS))}\n"


def _unseen(newest: deque[Gap], total: int) -> str:
    if not total:
        return ""
    lines = [code(gap_line(one)) for one in newest]
    more = f"\n- … and {total - len(newest):,} before these" if total > len(newest) else ""
    return f"\n## From elsewhere\n\n{FROM_ELSEWHERE}\n\n{bullets(lines, MOST_GAPS)}{more}\n"


def _unread(gaps: list[Gap], total: int) -> str:
    if not total:
        return "\n## Gaps\n\nEverything in the range was read.\n"
    lines = [code(gap_line(gap)) for gap in gaps]
    more = f"\n- … and {total - len(gaps):,} more" if total > len(gaps) else ""
    said = f"{counted(total, 'place')} could not be read: this report is incomplete."
    return f"\n## Gaps\n\n{said}\n\n{bullets(lines, MOST_GAPS)}{more}\n"
