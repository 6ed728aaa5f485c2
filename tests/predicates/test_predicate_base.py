"""Hostile JSON is refused with its place, severities are read or refused, never guessed."""

from __future__ import annotations

import math

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from app.predicates.base import Malformed, Place, cvss_severity, document, scanner_family, score_severity, shown


def refused(action: str, value: object) -> str:
    with pytest.raises(Malformed) as caught:
        getattr(Place(value, "p"), action)()
    return str(caught.value)


@pytest.mark.parametrize(
    ("action", "value", "sentence"),
    [
        ("object", None, "p: is missing"),
        ("object", [], "p: is not an object"),
        ("text", None, "p: is missing"),
        ("text", "", "p: is empty"),
        ("text", 1, "p: is not a text"),
        ("text", "x" * 4097, "p: is longer than 4096 characters"),
        ("count", None, "p: is missing"),
        ("count", True, "p: is not a whole number"),
        ("count", "1", "p: is not a whole number"),
        ("count", 1.0, "p: is not a whole number"),
        ("flag", None, "p: is missing"),
        ("flag", 0, "p: is neither true nor false"),
        ("time", "yesterday", "p: is not a time"),
        ("time", "2026-11-22T00:00:00", "p: is a time without a zone"),
        ("time", "0001-01-01T00:00:00+14:00", "p: is not a time"),
    ],
)
def test_a_wrong_shape_is_refused_with_its_place(action: str, value: object, sentence: str) -> None:
    assert refused(action, value) == sentence


@pytest.mark.parametrize("value", [-1, 1_000_001, 10**9])
def test_at_049_a_number_that_cannot_be_a_count_is_refused(value: int) -> None:
    assert refused("count", value) == "p: is not between 0 and 1000000"


@pytest.mark.parametrize("value", [None, {}, "text"])
def test_what_is_no_list_is_refused(value: object) -> None:
    with pytest.raises(Malformed):
        list(Place(value).items())


def test_places_name_members_and_indexes() -> None:
    (one,) = Place({"a": [{}]}).get("a").items()
    assert one.get("b").path == "predicate.a[0].b"


def test_going_down_stops_at_what_is_absent() -> None:
    assert Place({"a": None}).down("a", "b", "c") == Place(None, "predicate.a.b.c")


@pytest.mark.parametrize("value", [None, "", "0001-01-01T00:00:00Z"])
def test_a_time_that_says_nothing_is_none(value: object) -> None:
    assert Place(value).time() is None


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_at_049_a_number_that_is_not_finite_is_refused(value: float) -> None:
    with pytest.raises(Malformed, match="holds a number that is not finite"):
        document({"a": [value]})


@pytest.mark.parametrize(
    "text",
    ["", "{", "[" * 5000, '{"a": NaN}', '{"a": Infinity}', "9" * 5000, '{"a": 1, "a": 2}'],
)
def test_at_054_a_text_that_is_not_json_of_one_meaning_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="is a text that is not JSON"):
        document(text)


def test_a_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(Malformed, match="is longer than 33554432 characters"):
        document(" " * (32 * 1024 * 1024 + 1))


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "critical"),  # 9.8
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", "critical"),  # 10.0
        ("CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:C/C:H/I:H/A:H", "critical"),  # 9.0
        ("CVSS:3.0/AV:N/AC:L/PR:L/UI:R/S:C/C:L/I:L/A:H", "high"),  # 8.2
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", "medium"),  # 6.1
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H/E:P", "high"),  # 7.5, with a temporal metric
        ("CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N", "low"),  # 1.8
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", "negligible"),
        ("AV:N/AC:L/Au:N/C:C/I:C/A:C", "critical"),  # 10.0
        ("AV:N/AC:L/Au:N/C:P/I:P/A:P", "high"),  # 7.5
        ("AV:N/AC:M/Au:N/C:N/I:P/A:N", "medium"),  # 4.3
        ("AV:L/AC:H/Au:M/C:N/I:N/A:N", "negligible"),
        ("9.8", "critical"),
        ("0", "negligible"),
        ("HIGH", "high"),
        ("Moderate", "medium"),
        ("None", "negligible"),
    ],
)
def test_scores_vectors_and_words_become_severities(text: str, severity: str) -> None:
    assert cvss_severity(text) == severity


@pytest.mark.parametrize(
    "text",
    [
        "critical ",
        "",
        "bad",
        "nan",
        "inf",
        "-1",
        "11",
        "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
        "CVSS:3.1/AV:N",
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:X",
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/A:N",
        "AV:N",
    ],
)
def test_at_049_what_is_not_understood_is_no_severity(text: str) -> None:
    assert cvss_severity(text) is None


@settings(max_examples=150, deadline=None)
@given(st.tuples(*(st.sampled_from(values) for values in ("NALP", "LH", "NLH", "NR", "UC", "NLH", "NLH", "NLH"))))
def test_every_vector_has_a_severity_and_more_impact_is_never_milder(metrics: tuple[str, ...]) -> None:
    order = ["critical", "high", "medium", "low", "negligible"]

    def severity(values: tuple[str, ...]) -> int:
        names = ("AV", "AC", "PR", "UI", "S", "C", "I", "A")
        vector = "/".join(f"{name}:{value}" for name, value in zip(names, values, strict=True))
        return order.index(str(cvss_severity(f"CVSS:3.1/{vector}")))

    assert severity((*metrics[:5], "H", "H", "H")) <= severity(metrics)


@pytest.mark.parametrize("score", [-0.1, 10.1, math.nan])
def test_a_score_outside_its_scale_is_no_severity(score: float) -> None:
    assert score_severity(score) is None


@pytest.mark.parametrize(
    ("uri", "family"),
    [
        ("pkg:github/aquasecurity/trivy@244fd47e07d1004f0aed9", "trivy"),
        ("https://github.com/anchore/grype", "grype"),
        ("osv.dev", "osv-scanner"),
        ("https://Scanner.example/Tool@1.2", "scanner.example/tool"),
        ("", None),
    ],
)
def test_a_scanner_is_known_by_its_family(uri: str, family: str | None) -> None:
    assert scanner_family(uri) == family


def test_long_texts_are_cut_for_lists() -> None:
    assert shown("x" * 300) == "x" * 255 + "…"
