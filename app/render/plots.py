"""Small plots of counts over time as inline SVG: no script, no style, nothing from elsewhere.

A value holds until the next one (a step plot); where there is no data the line breaks, for absent is not zero. Lines
differ by dashes as well as by colour, title and description say in words what is drawn, and `rows` has every figure
for the table beside it. Colours are at least 3:1 on white and on near-black; all else is `currentColor`.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby, pairwise
from typing import Final

from app.render.plain import cut, visible

MOST_SERIES: Final = 5
"""What can be told apart; more belong in a second plot."""

_WIDTH: Final = 560
_HEIGHT: Final = 180.0
_LEFT: Final = 44.0
_RIGHT: Final = 546.0
_TOP: Final = 12.0
_BOTTOM: Final = 150.0
_LEGEND: Final = 190.0
_ROW: Final = 18.0
_NAME: Final = 24
_LETTER: Final = 6.6
_ROOM: Final = 96.0
_MOST_TICKS: Final = 5
_WORD: Final = 40
_LINES: Final = (
    ("#d0434b", ""),
    ("#2f7ed8", "7 3"),
    ("#b5690b", "2 3"),
    ("#2a8f5b", "9 3 2 3"),
    ("#8a63d2", "1 5"),
)
_IDENTIFIER: Final = re.compile(r"[a-z][a-z0-9-]*")
_DAY: Final = "%Y-%m-%d"


@dataclass(frozen=True, slots=True)
class Point:
    """What was known at a moment: a finite number, or `None` for no data."""

    at: datetime
    value: float | None


@dataclass(frozen=True, slots=True)
class Series:
    """One line: its name and its points in the order of time.

    `look` is which colour and dashes it has, from 0 to 4; `None` for those of its place.
    """

    name: str
    points: tuple[Point, ...]
    look: int | None = None


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot of counts, none of them negative; at most `MOST_SERIES` series.

    `name` is part of the drawing's ids: lower case, digits and hyphens, another one for each plot of a page. The last
    values hold until `until`, where it is given. `unit` stands behind the figures of the axis. The axis ends at `top`,
    where it is given. `marks` are moments with a word each, drawn as upright lines.
    """

    name: str
    title: str
    series: tuple[Series, ...]
    until: datetime | None = None
    unit: str = ""
    top: float | None = None
    marks: tuple[tuple[datetime, str], ...] = ()

    def __post_init__(self) -> None:
        """Refuse what could not be drawn."""
        if not _IDENTIFIER.fullmatch(self.name) or len(self.series) > MOST_SERIES:
            raise ValueError(self.name)


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where a moment and a value lie in the drawing."""

    first: float
    last: float
    top: float

    def x(self, at: datetime) -> float:
        span = self.last - self.first
        part = (at.timestamp() - self.first) / span if span > 0 else 0.0
        return round(_LEFT + min(max(part, 0.0), 1.0) * (_RIGHT - _LEFT), 1)

    def y(self, value: float) -> float:
        return round(_BOTTOM - max(value, 0.0) / self.top * (_BOTTOM - _TOP), 1)


def svg(plot: Plot) -> str:
    """Draw a plot; all text in it is escaped."""
    scale = _scale(plot)
    height = max([_HEIGHT, *(y + _ROW / 2 for _, _, y in _entries(plot.series))])
    ids = f'aria-labelledby="{plot.name}-title {plot.name}-desc"'
    parts = [
        f'<svg class="plot" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:g}" role="img" {ids}>',
        f'<title id="{plot.name}-title">{_text(plot.title)}</title>',
        f'<desc id="{plot.name}-desc">{_text(description(plot))}</desc>',
        '<g font-family="system-ui, sans-serif" font-size="12" fill="currentColor">',
    ]
    if scale is None:
        parts.append(f'<text x="{_WIDTH / 2:g}" y="{_HEIGHT / 2:g}" text-anchor="middle">no data</text>')
    else:
        parts += [*_value_axis(scale, _text(plot.unit)), *_time_axis(scale), *_marks(plot, scale)]
        for place, one in enumerate(plot.series):
            parts += _line(one, place, scale, plot.until)
        parts += _legend(plot.series)
    return "".join([*parts, "</g></svg>"])


def description(plot: Plot) -> str:
    """Say in words what the plot shows: the time it covers, and first, highest and last value of each line."""
    scale = _scale(plot)
    if scale is None:
        return "No data."
    span = f"From {_day(scale.first)} to {_day(scale.last)}."
    marked = [f"{word}: {_day(at.timestamp())}." for at, word in plot.marks]
    return " ".join([span, *(_in_words(one) for one in plot.series), *marked])


def rows(plot: Plot) -> tuple[tuple[str, ...], ...]:
    """Return the figures for a table: a row a moment, its first cell the time, then each series' value.

    A cell is empty where a series has no point at that moment, and says `no data` where it has one without a value.
    """
    moments = sorted({point.at for one in plot.series for point in one.points})
    values = [{point.at: _figure(point.value) for point in one.points} for one in plot.series]
    return tuple((_minute(at), *(value.get(at, "") for value in values)) for at in moments)


def _scale(plot: Plot) -> _Scale | None:
    points = [point for one in plot.series for point in one.points]
    known = [point.value for point in points if point.value is not None]
    if not known:
        return None
    moments = [point.at.timestamp() for point in points]
    until = max(moments) if plot.until is None else max(*moments, plot.until.timestamp())
    return _Scale(min(moments), until, _round_up(max(known)) if plot.top is None else plot.top)


def _round_up(value: float) -> float:
    """Return the next of 1, 2, 4, 5, 8, 10, 20, … that is not below; each divides into whole or half steps."""
    if value <= 1:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(power * step for step in (1, 2, 4, 5, 8, 10, 20) if power * step >= value)


def _value_axis(scale: _Scale, unit: str) -> Iterator[str]:
    steps = 1 if scale.top == 1 else 2 if scale.top == 2 else 4 if scale.top % 4 == 0 else 5  # noqa: PLR2004  whole steps
    for step in range(steps + 1):
        value = scale.top * step / steps
        y = scale.y(value)
        strength = "0.5" if step == 0 else "0.18"
        yield (
            f'<line x1="{_LEFT:g}" x2="{_RIGHT:g}" y1="{y:g}" y2="{y:g}" '
            f'stroke="currentColor" stroke-opacity="{strength}"/>'
        )
        yield f'<text x="{_LEFT - 6:g}" y="{y + 4:g}" text-anchor="end">{value:g}{unit}</text>'


def _time_axis(scale: _Scale) -> Iterator[str]:
    y = _BOTTOM + 17
    yield f'<text x="{_LEFT:g}" y="{y:g}">{_day(scale.first)}</text>'
    if _day(scale.first) != _day(scale.last):
        yield f'<text x="{_RIGHT:g}" y="{y:g}" text-anchor="end">{_day(scale.last)}</text>'
    for at in _ticks(scale):
        x = scale.x(at)
        yield f'<line x1="{x:g}" x2="{x:g}" y1="{_BOTTOM:g}" y2="{_BOTTOM + 4:g}" stroke="currentColor"/>'
        yield f'<text x="{x:g}" y="{y:g}" text-anchor="middle">{at:%Y-%m}</text>'


def _ticks(scale: _Scale) -> Iterator[datetime]:
    """Return beginnings of months between the first and the last moment that leave room for each other's names."""
    first, last = (datetime.fromtimestamp(moment, UTC) for moment in (scale.first, scale.last))
    months = (last.year - first.year) * 12 + last.month - first.month
    step = next((one for one in (1, 2, 3, 6, 12, 24, 60) if months <= one * _MOST_TICKS), 120)
    for number in range(-(-(first.year * 12 + first.month) // step) * step, last.year * 12 + last.month, step):
        at = datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC)
        if _LEFT + _ROOM <= scale.x(at) <= _RIGHT - _ROOM:
            yield at


def _marks(plot: Plot, scale: _Scale) -> Iterator[str]:
    """Draw the moments that are marked, those within the drawing, each with its word on the side that has more room."""
    for at, word in plot.marks:
        x = scale.x(at)
        if not scale.first < at.timestamp() <= scale.last:
            continue
        left = x > (_LEFT + _RIGHT) / 2
        yield (
            f'<line x1="{x:g}" x2="{x:g}" y1="{_TOP:g}" y2="{_BOTTOM:g}" stroke="currentColor" stroke-dasharray="3 3"/>'
        )
        side = f'x="{x - 5:g}" text-anchor="end"' if left else f'x="{x + 5:g}"'
        yield f'<text {side} y="{_TOP + 8:g}" font-size="11">{_text(cut(word, _WORD))}</text>'


def _line(series: Series, place: int, scale: _Scale, until: datetime | None) -> Iterator[str]:
    colour, dashes = _look(series, place)
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    for run in _runs(series.points):
        # The line goes on to what ended it: the value was known until then.
        corners = [(scale.x(point.at), scale.y(point.value or 0.0)) for point in run if point.value is not None]
        ends = [run[-1].at] if run[-1].value is None else [] if until is None else [until]
        path = [f"M{corners[0][0]:g} {corners[0][1]:g}"]
        for before, after in pairwise(_thinned(corners)):
            path.append(f"H{after[0]:g}" if before[1] == after[1] else f"H{after[0]:g}V{after[1]:g}")
        path += [f"H{scale.x(end):g}" for end in ends]
        yield f'<path d="{"".join(path)}" fill="none" stroke="{colour}" stroke-width="2"{dashed}/>'
        if len(corners) == 1:
            yield f'<circle cx="{corners[0][0]:g}" cy="{corners[0][1]:g}" r="3" fill="{colour}"/>'


def _runs(points: tuple[Point, ...]) -> Iterator[tuple[Point, ...]]:
    """Split points where there is no data; a run ends with the point that broke it, if one did."""
    run: list[Point] = []
    for point in points:
        if point.value is not None:
            run.append(point)
        elif run:
            yield (*run, point)
            run = []
    if run:
        yield tuple(run)


def _thinned(corners: list[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Keep of the corners that fall on one place what can be seen: the first, the extremes and the last."""
    for _, same in groupby(corners, key=lambda corner: corner[0]):
        at = list(same)
        yield from (at[0], min(at), max(at), at[-1]) if len(at) > 1 else at


def _look(series: Series, place: int) -> tuple[str, str]:
    return _LINES[place if series.look is None else series.look]


def _legend(series: tuple[Series, ...]) -> Iterator[str]:
    for place, (one, x, y) in enumerate(_entries(series)):
        colour, dashes = _look(series[place], place)
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        yield (
            f'<line x1="{x:g}" x2="{x + 22:g}" y1="{y - 4:g}" y2="{y - 4:g}" '
            f'stroke="{colour}" stroke-width="2.5"{dashed}/>'
        )
        yield f'<text x="{x + 27:g}" y="{y:g}">{html.escape(one)}</text>'


def _entries(series: Iterable[Series]) -> Iterator[tuple[str, float, float]]:
    """Say where each name stands in the legend, from left to right in as many rows as they need."""
    x, y = _LEFT, _LEGEND
    for one in series:
        name = cut(visible(one.name), _NAME)
        width = round(44 + len(name) * _LETTER, 1)
        if x + width > _RIGHT and x > _LEFT:
            x, y = _LEFT, y + _ROW
        yield name, x, y
        x += width


def _in_words(series: Series) -> str:
    known = [point.value for point in series.points if point.value is not None]
    if not known:
        return f"{series.name}: no data."
    last = _figure(series.points[-1].value)
    return f"{series.name}: {_figure(known[0])} at first, {_figure(max(known))} at most, {last} at last."


def _figure(value: float | None) -> str:
    return "no data" if value is None else f"{value:g}"


def _day(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime(_DAY)


def _minute(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def _text(text: str) -> str:
    return html.escape(visible(text))
