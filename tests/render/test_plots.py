"""Plots: what is drawn, what is said in words, and that nothing of others becomes markup."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from app.render.plots import Plot, Point, Series, description, rows, svg

START = datetime(2026, 1, 1, 8, 30, tzinfo=UTC)
SVG = "{http://www.w3.org/2000/svg}"


def _series(name: str, *values: float | None) -> Series:
    return Series(name, tuple(Point(START + timedelta(days=place), value) for place, value in enumerate(values)))


def _plot(*series: Series, until: datetime | None = None) -> Plot:
    return Plot("posture", "Vulnerabilities", series, until)


def _paths(plot: Plot) -> list[str]:
    return [one.attrib["d"] for one in _drawn(plot).iter(f"{SVG}path")]


def _drawn(plot: Plot) -> ET.Element:
    return ET.fromstring(svg(plot))  # noqa: S314 - what we drew ourselves


def test_a_value_holds_until_the_next_one() -> None:
    assert _paths(_plot(_series("critical", 0, 4, 4))) == ["M44 150H295V12H546"]


def test_the_line_breaks_where_there_is_no_data() -> None:
    assert _paths(_plot(_series("critical", 1, None, 1, None, None))) == ["M44 12H169.5", "M295 12H420.5"]


def test_the_last_value_holds_until_the_end_of_the_plot() -> None:
    until = START + timedelta(days=2)
    assert _paths(_plot(_series("critical", 0, 1), until=until)) == ["M44 150H295V12H546"]


def test_months_are_named_between_the_ends_where_there_is_room() -> None:
    until = START + timedelta(days=900)
    texts = [one.text for one in _drawn(_plot(_series("critical", 1), until=until)).iter(f"{SVG}text")]
    assert [one for one in texts if one and len(one) == len("2027-01")] == ["2026-07", "2027-01", "2027-07"]


def test_centuries_are_no_trouble() -> None:
    until = datetime(9999, 12, 31, tzinfo=UTC)
    assert "2500-01" not in svg(_plot(_series("critical", 1), until=until))


def test_a_unit_stands_behind_the_figures_of_an_axis_that_ends_where_it_is_told_to() -> None:
    plot = Plot("share", "Share", (_series("signed", 7),), unit="%", top=100)
    texts = [one.text for one in _drawn(plot).iter(f"{SVG}text")]
    assert texts[:5] == ["0%", "25%", "50%", "75%", "100%"]


def test_a_line_may_have_the_look_of_another_place() -> None:
    drawn = _drawn(_plot(Series("good", _series("", 1).points, 1)))
    lines = [one for one in (*drawn.iter(f"{SVG}path"), *drawn.iter(f"{SVG}line")) if "stroke-width" in one.attrib]
    assert {one.attrib.get("stroke-dasharray") for one in lines} == {"7 3"}


@pytest.mark.parametrize(
    ("days", "side"), [(1, "start"), (9, "end"), (0, None), (11, None)], ids=["early", "late", "at once", "after"]
)
def test_a_moment_is_marked_with_its_word_where_there_is_room(days: int, side: str | None) -> None:
    until = START + timedelta(days=10)
    plot = Plot("posture", "", (_series("a", 1),), until, marks=((START + timedelta(days=days), "records <begin>"),))
    found = [one for one in _drawn(plot).iter(f"{SVG}text") if one.text == "records <begin>"]
    assert [one.attrib.get("text-anchor", "start") for one in found] == ([] if side is None else [side])


def test_a_marked_moment_is_said_in_words() -> None:
    plot = Plot("posture", "", (_series("a", 1, 2),), marks=((START, "records begin"),))
    assert description(plot).endswith("records begin: 2026-01-01.")


def test_a_single_point_is_drawn_as_a_dot() -> None:
    assert len(list(_drawn(_plot(_series("critical", 3))).iter(f"{SVG}circle"))) == 1


def test_points_on_one_place_keep_first_extremes_and_last() -> None:
    many = Series("critical", tuple(Point(START + timedelta(seconds=place), place % 7) for place in range(5000)))
    assert len(_paths(_plot(many, Series("high", (Point(START + timedelta(days=9000), 1),))))[0]) < 100


def test_a_drop_within_one_place_ends_where_it_fell_to() -> None:
    burst = [Point(START, 5), Point(START + timedelta(seconds=1), 3), Point(START + timedelta(seconds=2), 8)]
    last = [Point(START + timedelta(seconds=3), 5), Point(START + timedelta(days=900), 5)]
    assert _paths(_plot(Series("critical", (*burst, *last))))[0].endswith("V63.8H546")


def test_lines_differ_by_dashes_too() -> None:
    plot = _plot(*(_series(f"line {number}", number, 1) for number in range(5)))
    dashes = [one.attrib.get("stroke-dasharray") for one in _drawn(plot).iter(f"{SVG}path")]
    assert len(set(dashes)) == 5


def test_long_names_take_further_rows() -> None:
    drawn = _drawn(_plot(*(_series(f"{number}" * 40, 1) for number in range(5))))
    height = float(drawn.attrib["viewBox"].split()[-1])
    assert max(float(one.attrib["y"]) for one in drawn.iter(f"{SVG}text")) < height


def test_names_stay_within_the_drawing() -> None:
    drawn = _drawn(_plot(*(_series(f"{number}" * 40, 1) for number in range(5))))
    assert max(float(one.attrib["x"]) for one in drawn.iter(f"{SVG}text") if one.text and "…" in one.text) < 400


@pytest.mark.parametrize(
    ("highest", "labels"),
    [
        (0, ["0", "1"]),
        (2, ["0", "1", "2"]),
        (3, ["0", "1", "2", "3", "4"]),
        (7, ["0", "2", "4", "6", "8"]),
        (9, ["0", "2", "4", "6", "8", "10"]),
        (45, ["0", "10", "20", "30", "40", "50"]),
        (1200, ["0", "500", "1000", "1500", "2000"]),
    ],
)
def test_the_axis_has_whole_steps(highest: int, labels: list[str]) -> None:
    texts = [one.text for one in _drawn(_plot(_series("critical", highest))).iter(f"{SVG}text")]
    assert texts[: len(labels)] == labels


def test_a_single_day_is_written_once() -> None:
    texts = [one.text for one in _drawn(_plot(_series("critical", 3))).iter(f"{SVG}text")]
    assert texts.count("2026-01-01") == 1


def test_no_data_is_said() -> None:
    assert "no data" in svg(_plot(_series("critical", None)))


def test_no_data_is_said_in_words() -> None:
    assert description(_plot()) == "No data."


def test_the_description_says_first_highest_and_last() -> None:
    said = description(_plot(_series("critical", 2, 5, None), _series("high", None)))
    assert said == ("From 2026-01-01 to 2026-01-03. critical: 2 at first, 5 at most, no data at last. high: no data.")


def test_every_figure_is_in_the_rows() -> None:
    plot = _plot(_series("critical", 2, None), _series("high", 7))
    assert rows(plot) == (("2026-01-01 08:30", "2", "7"), ("2026-01-02 08:30", "no data", ""))


def test_title_and_description_name_the_drawing() -> None:
    assert _drawn(_plot(_series("critical", 1))).attrib["aria-labelledby"] == "posture-title posture-desc"


def test_it_holds_no_style_and_no_script() -> None:
    assert not re.search(r"style|script|href|url\(|on\w+=", svg(_plot(_series("critical", 1, 2))))


@pytest.mark.parametrize("name", ["", 'x" onload="y', "Posture", "1st"])
def test_a_name_that_is_no_identifier_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="^" + re.escape(name)):
        Plot(name, "", ())


def test_more_lines_than_can_be_told_apart_are_refused() -> None:
    with pytest.raises(ValueError, match="posture"):
        _plot(*(_series(str(number), 1) for number in range(6)))


@settings(max_examples=100, deadline=None)
@given(
    some.text(max_size=40),
    some.lists(some.none() | some.floats(0, 1e12), max_size=12),
    some.lists(some.none() | some.integers(0, 10**12), max_size=12),
)
def test_whatever_is_drawn_is_a_drawing(name: str, some_values: list[float | None], others: list[int | None]) -> None:
    plot = Plot("posture", name, (_series(name, *some_values), _series("</svg><script>", *others)))
    tags = {element.tag.removeprefix(SVG) for element in _drawn(plot).iter()}
    assert tags <= {"svg", "title", "desc", "g", "line", "text", "path", "circle"}
