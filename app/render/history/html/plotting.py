"""Counts by month as plots, each with its figures in a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, datetime
from typing import Final

from app.render.history.html.markup import fold, row, table, text
from app.render.history.tally import Tally
from app.render.plots import Plot, Point, Series, rows, svg

_DECEMBER: Final = 12
MOST_MONTHS: Final = 600


@dataclass(frozen=True, slots=True)
class Counted:
    """A plot of facts by month: anchor, title, and the name of each fact's line.

    Drawn when any of them was found, or when `only_with` was, where it is given.
    """

    name: str
    title: str
    facts: tuple[tuple[str, str], ...]
    only_with: str = ""

    def found(self, tally: Tally) -> bool:
        """Say whether there is something to draw."""
        wanted = (self.only_with,) if self.only_with else tuple(key for key, _ in self.facts)
        return any(tally.counts[key] for key in wanted)


def figure(tally: Tally, counted: Counted) -> str:
    """Draw how often facts hold by month; a month without events has none of them, which is known."""
    months = _months(tally)
    none: Counter[str] = Counter()
    series = tuple(
        Series(name, tuple(Point(_at(month), float(tally.months.get(month, none)[key])) for month in months))
        for key, name in counted.facts
    )
    plot = Plot(counted.name, counted.title, series, until=_at(_after(months[-1])))
    figures = table(
        ["Month", *(name for _, name in counted.facts)],
        (row(text(cells[0][:7]), *map(text, cells[1:])) for cells in rows(plot)),
        "figures",
    )
    return f"<figure><figcaption>{text(counted.title)}</figcaption>{svg(plot)}{fold('Figures', figures)}</figure>\n"


def figures(tally: Tally, plots: Sequence[Counted]) -> str:
    """Draw several plots side by side: those of which there is something to draw."""
    found = [figure(tally, one) for one in plots if one.found(tally)]
    return f'<div class="plots">\n{"".join(found)}</div>\n' if found else ""


def _months(tally: Tally) -> tuple[str, ...]:
    """Return every month from the first to the last, the newest `MOST_MONTHS`: a wrong clock may name any year."""
    return tuple(reversed(tuple(_backwards(max(tally.months), min(tally.months)))))


def _backwards(last: str, first: str) -> Iterator[str]:
    month = last
    for _ in range(MOST_MONTHS):
        if month < first:
            return
        yield month
        year, number = int(month[:4]), int(month[5:])
        month = f"{year:04}-{number - 1:02}" if number > 1 else f"{year - 1:04}-{_DECEMBER:02}"


def _after(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    if number < _DECEMBER:
        return f"{year:04}-{number + 1:02}"
    return f"{year + 1:04}-01" if year < MAXYEAR else month


def _at(month: str) -> datetime:
    return datetime(int(month[:4]), int(month[5:]), 1, tzinfo=UTC)
