"""Plots with their figures in a table: counts by month, and where records of the app begin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, datetime
from typing import Final

from app.render.history.html.markup import fold, row, table, text
from app.render.history.html.page import Page
from app.render.history.tally import Tally
from app.render.plots import Plot, Point, Series, rows, svg

BAD: Final = 0
GOOD: Final = 1
UNCLEAR: Final = 2
EVEN: Final = 3
"""The looks of lines, so that what is wanted and what is not look alike in every plot."""

MOST_MONTHS: Final = 600
_DECEMBER: Final = 12
_MONTH: Final = "Month"


@dataclass(frozen=True, slots=True)
class Counted:
    """A plot of facts by month: anchor, title, and of each fact the name of its line and its look.

    Drawn when any of them was found, or when `only_with` was, where it is given.
    """

    name: str
    title: str
    facts: tuple[tuple[str, str, int], ...]
    only_with: str = ""

    def found(self, tally: Tally) -> bool:
        """Say whether there is something to draw."""
        wanted = (self.only_with,) if self.only_with else tuple(key for key, *_ in self.facts)
        return any(tally.counts[key] for key in wanted)


def figure(page: Page, counted: Counted) -> str:
    """Draw how often facts hold by month; a month without events has none of them, which is known."""
    months = months_of(page.tally.months)
    none: Counter[str] = Counter()
    series = tuple(
        Series(name, tuple(Point(at(one), float(page.tally.months.get(one, none)[key])) for one in months), look)
        for key, name, look in counted.facts
    )
    plot = Plot(counted.name, counted.title, series, at(after(months[-1])), marks=boundary(page))
    return drawn(plot, _MONTH)


def drawn(plot: Plot, first: str = _MONTH) -> str:
    """Draw a plot, and put its figures into a table beside it; `first` heads the column of times."""
    length = len("2026-11") if first == _MONTH else None
    figures = table(
        f"Figures: {plot.title}",
        [first, *(text(one.name) for one in plot.series)],
        (row(text(cells[0][:length]), *map(text, cells[1:])) for cells in rows(plot)),
        "figures",
    )
    return f"<figure><figcaption>{text(plot.title)}</figcaption>{svg(plot)}{fold('Figures', figures)}</figure>\n"


def side_by_side(figures: Iterable[str]) -> str:
    """Put figures beside each other; nothing for none."""
    found = "".join(figures)
    return f'<div class="plots">\n{found}</div>\n' if found else ""


def figures(page: Page, plots: Sequence[Counted]) -> Iterator[str]:
    """Draw those plots of which there is something to draw."""
    return (figure(page, one) for one in plots if one.found(page.tally))


def boundary(page: Page) -> tuple[tuple[datetime, str], ...]:
    """Return the moment at which records of the app begin, with its word; nothing when there is no record."""
    since = page.tally.recorded_since
    return () if since is None else ((since, "records begin"),)


def months_of(months: Iterable[str]) -> tuple[str, ...]:
    """Return every month from the first to the last, the newest `MOST_MONTHS`: a wrong clock may name any year."""
    known = tuple(months)
    return tuple(reversed(tuple(_backwards(max(known), min(known)))))


def _backwards(last: str, first: str) -> Iterator[str]:
    month = last
    for _ in range(MOST_MONTHS):
        if month < first:
            return
        yield month
        year, number = int(month[:4]), int(month[5:])
        month = f"{year:04}-{number - 1:02}" if number > 1 else f"{year - 1:04}-{_DECEMBER:02}"


def after(month: str) -> str:
    """Return the month after a month; the last of the calendar is followed by itself."""
    year, number = int(month[:4]), int(month[5:])
    if number < _DECEMBER:
        return f"{year:04}-{number + 1:02}"
    return f"{year + 1:04}-01" if year < MAXYEAR else month


def at(month: str) -> datetime:
    """Return the moment at which a month begins."""
    return datetime(int(month[:4]), int(month[5:]), 1, tzinfo=UTC)
