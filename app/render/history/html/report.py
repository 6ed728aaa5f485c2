"""The page, section by section: answers first, then what they are made of, then what nobody can know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from app.render.history.controls import Control
from app.render.history.html import tables
from app.render.history.html.around import around, signatures
from app.render.history.html.exceptions import exceptions
from app.render.history.html.head import foot, head
from app.render.history.html.mapping import controls
from app.render.history.html.markup import code, fold, left_out, note, row, section, table, text
from app.render.history.html.numbers import in_short, numbers
from app.render.history.html.page import Page
from app.render.history.html.posture import posture
from app.render.history.html.standing import newest_versions
from app.render.history.scope import FROM_ELSEWHERE, Scope, Stream
from app.render.plain import counted


def html_report(mapped: Sequence[Control], scope: Scope, stream: Stream) -> Iterator[str]:
    """Write the page. The stream is read once; the newest rows are held, up to a bound that the page names."""
    page = Page.of(scope, stream)
    parts = (
        *(head, in_short, numbers, posture, policies, promotions, exceptions, around, signatures),
        partial(controls, mapped),
        *(from_elsewhere, gaps, foot),
    )
    for part in parts:
        yield part(page)


def policies(page: Page) -> str:
    """Make the section of policies."""
    tally = page.tally
    shown = tables.policies(page, page.policies, "p")
    parts = [shown or note("No policy got weaker or stronger.")]
    others = (("Without effect", tally.neutral, "z"), ("What governs the repository", tally.governance, "g"))
    for title, kept, place in others:
        listed = tables.policies(page, kept, place)
        parts.append(fold(f"{title}: {kept.total:,}", listed) if listed else "")
    return section("policies", "Policies, and what each change did", *parts)


def promotions(page: Page) -> str:
    """Make the section of images."""
    kept = page.tally.promotions
    months = "".join(tables.images(page, kept.events))
    parts = [newest_versions(page), left_out(kept.left_out, "image changes"), months] if months else []
    return section("promotions", "Images, one by one and month by month", *(parts or [note("No image changed.")]))


def from_elsewhere(page: Page) -> str:
    """Make the section of charts, remote bases and git revisions that moved."""
    tally = page.tally
    if not tally.unseen_count:
        return section("elsewhere", "From elsewhere", note("No chart of an index, remote base or git revision moved."))
    rows = (row(code(one.path, 200), text(one.sentence, 400), code(one.commit[:12])) for one in reversed(tally.unseen))
    listed = table("What came from elsewhere", ["Where", "What", "Commit"], rows, "gaps")
    left = tally.unseen_count - len(tally.unseen)
    rest = note(f"And {left:,} before these.") if left else ""
    folded = fold(f"{counted(tally.unseen_count, 'change')}, newest first", listed + rest)
    return section("elsewhere", "From elsewhere", note(FROM_ELSEWHERE), folded)


def gaps(page: Page) -> str:
    """Make the section of what could not be read."""
    tally = page.tally
    if not tally.gap_count:
        return section("gaps", "Gaps", note("Everything in the range was read."))
    said = note(f"{counted(tally.gap_count, 'place')} could not be read: what changed there is not in this report.")
    rows = (
        row(
            code(one.gap.path, 200) or "the repository",
            text(one.gap.sentence, 300),
            code(one.gap.commit[:12]),
            f"{one.times:,}",
        )
        for one in tally.gaps.values()
    )
    listed = table("What could not be read", ["Where", "Why", "First met at", "Times"], rows, "gaps")
    rest = note(f"And {tally.gaps_left_out:,} more.") if tally.gaps_left_out else ""
    return section("gaps", "Gaps", said, listed, rest)
