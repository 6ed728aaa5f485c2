"""What is taken out of documents for pages: values in, values out."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from app.render import document
from app.render.plots import rows
from app.web.pages.blueprints import age, minute
from app.web.pages.changes import PARTS, Change, listed, measures
from app.web.pages.documents import Documents, NotReadable, read
from app.web.pages.facts import MOST_PLOTS, Facts, Heeded, Image, Look, facts_of, heeded, moment, plots
from app.web.pages.node import LONGEST, Node
from app.web.pages.words import mark, prose, wired
from tests.render import samples

NOON = samples.NOON
NOTHING = Facts((), (), has_policy=True)
JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=8),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


def _look(number: int, *images: Image, days: int = 0, waived: tuple[Heeded, ...] = ()) -> Look:
    return Look(number, NOON + timedelta(days=days), "OK", dataclasses.replace(NOTHING, images=images, waivers=waived))


def _written(name: str = "blocked") -> Node:
    return Node(json.loads(document.text(document.check(getattr(samples, name)()))))


@settings(max_examples=100, deadline=None)
@given(JSON)
def test_any_document_can_be_walked(value: object) -> None:
    node = Node({"schema": "assay.check/v1", "changes": value, "findings": value, "policy": value})
    assert len(facts_of(node).images) <= len(node.items("changes"))
    for change in (Change.of(one, "/x") for one in node.items("changes")):
        assert {listed(change, part).key for part in PARTS} == set(PARTS)
        assert all(measure.label for measure in measures(change.node))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a\u202eb", "a\\u{202E}b"),
        (3, "3"),
        (0.25, "0.25"),
        (True, "yes"),
        (False, "no"),
        (None, ""),
        ([], ""),
        ({"a": 1}, ""),
        (10**400, "a very large number"),
        (float("nan"), "a very large number"),
    ],
)
def test_a_value_is_text_fit_to_be_shown(value: object, shown: str) -> None:
    assert Node({"a": value}).text("a") == shown


def test_a_text_is_bounded() -> None:
    assert len(Node("x" * 100_000).text()) == LONGEST


@pytest.mark.parametrize("value", [None, True, "3", [3], float("nan"), float("inf"), 10**400])
def test_what_is_no_finite_number_is_none(value: object) -> None:
    assert Node(value).number() is None


def test_lines_keep_their_order_and_show_what_hides() -> None:
    assert Node("a\n\tb\n").lines() == ("a", "\\u{9}b", "")


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("plain", "plain"),
        ("`a` and `<b>`", "<code>a</code> and <code>&lt;b&gt;</code>"),
        ("one ` alone <i>", "one ` alone &lt;i&gt;"),
        ("", ""),
    ],
)
def test_a_sentence_sets_what_is_quoted_apart_and_escapes_all(sentence: str, shown: str) -> None:
    assert prose(sentence) == shown


@pytest.mark.parametrize(
    ("word", "look"),
    [("BLOCKED", "bad"), ("OK", "good"), ("absent", "warn"), ("unknown", "open"), ("same", ""), ("?", "")],
)
def test_a_word_has_the_look_of_its_sign(word: str, look: str) -> None:
    assert mark(word).look == look


@pytest.mark.parametrize(("word", "look"), [("required", "good"), ("not required", "warn"), ("?", "")])
def test_a_context_that_is_not_required_is_a_fault(word: str, look: str) -> None:
    assert wired(word).look == look


@pytest.mark.parametrize("text", ["", "x", "2026-01-01", "2026-01-01T00:00:00", "9999-12-31T23:59:59-12:00"])
def test_what_is_no_moment_is_none(text: str) -> None:
    assert moment(text) is None


def test_a_moment_is_written_to_the_minute_in_utc() -> None:
    assert minute("2026-01-01T01:30:59+01:00") == "2026-01-01 00:30 UTC"


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 hours"), (3700, "1 hour"), (47 * 3600, "47 hours"), (172_900, "2 days")]
)
def test_an_age_is_said_in_hours_then_in_days(seconds: float, said: str) -> None:
    assert age(seconds) == said


def test_images_and_their_counts_are_taken_from_the_new_side() -> None:
    assert facts_of(_written()).images == (
        Image("ghcr.io/payments/api", (0, 1)),
        Image("ghcr.io/edge/nginx", (0, 0)),
        Image("ghcr.io/tools/busybox", (0, 0)),
    )


def test_counts_that_are_not_there_are_no_zeros() -> None:
    assert facts_of(_written("incomplete")).images[0].counts == (None, None)


def test_a_plot_follows_an_image_in_the_order_of_time() -> None:
    looks = [_look(2, Image("api", (1, 2)), days=2), _look(1, Image("api", (3, 4)))]
    (plot,) = plots(looks, NOON + timedelta(days=3))
    assert [row[1:] for row in rows(plot)] == [("3", "4"), ("1", "2")]


def test_an_image_without_any_count_is_not_plotted() -> None:
    assert plots([_look(1, Image("api", (None, None)))], NOON) == ()


def test_the_images_that_moved_last_are_plotted() -> None:
    looks = [_look(number, Image(f"image {number:02}", (1, 1)), days=number) for number in range(MOST_PLOTS + 3)]
    assert [plot.title for plot in plots(looks, NOON)][:2] == [
        f"image {MOST_PLOTS + 2:02}",
        f"image {MOST_PLOTS + 1:02}",
    ]


def test_no_more_images_are_plotted_than_can_be_looked_at() -> None:
    looks = [_look(number, Image(f"image {number:02}", (1, 1))) for number in range(MOST_PLOTS + 3)]
    assert len(plots(looks, NOON)) == MOST_PLOTS


def test_of_a_waiver_it_is_known_where_it_let_something_pass() -> None:
    late, endless = ("b.yml", NOON), ("c.yml", None)
    found = heeded([_look(9, waived=(late, endless)), _look(3, waived=(late,))])
    assert found == {late: [3, 9], endless: [9]}


def _fetching(kept: dict[int, str], asked: list[int]) -> Documents:
    def fetch(ids: Iterable[int], largest: int) -> tuple[tuple[int, str], ...]:
        (one,) = ids
        asked.append(one)
        return ((one, kept[one]),) if one in kept and len(kept[one]) <= largest else ()

    return Documents(fetch)


def test_a_document_is_fetched_once() -> None:
    asked: list[int] = []
    documents = _fetching({1: '{"schema": "assay.check/v1"}'}, asked)
    documents.node(1)
    documents.node(1)
    assert asked == [1]


def test_what_is_remembered_is_bounded() -> None:
    asked: list[int] = []
    large = '{"schema": "assay.check/v1", "x": "' + "x" * 9_000_000 + '"}'
    documents = _fetching(dict.fromkeys((1, 2, 3), large), asked)
    for one in (1, 2, 3, 3, 1):
        documents.node(one)
    assert asked == [1, 2, 3, 1]


def test_what_cannot_be_read_is_not_remembered() -> None:
    documents = _fetching({}, [])
    with pytest.raises(NotReadable, match="too large"):
        documents.node(1)


def test_another_version_is_named() -> None:
    with pytest.raises(NotReadable, match=r"assay.check/v2; this version shows assay.check/v1"):
        read('{"schema": "assay.check/v2"}')


def test_times_are_of_the_zone_that_they_say() -> None:
    assert moment("2026-01-01T00:00:00Z") == datetime(2026, 1, 1, tzinfo=UTC)
