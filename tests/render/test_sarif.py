"""SARIF: every finding that is not OK at the place that it speaks of."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any, cast

from app.core.verdict import Outcome, Waived
from app.render.sarif import sarif
from tests.render import samples
from tests.render.samples import EMPTY, finding


def results(assessment: samples.Assessment) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", cast("Any", sarif(assessment))["runs"][0]["results"])


def test_a_finding_about_an_image_points_at_its_uses() -> None:
    (one,) = results(samples.blocked())
    places = [place["physicalLocation"] for place in one["locations"]]
    assert [(place["artifactLocation"]["uri"], place["region"]["startLine"]) for place in places] == [
        ("apps/a.yaml", 17),
        ("apps/b.yaml", 17),
        ("apps/c.yaml", 17),
    ]


def test_levels_follow_the_words() -> None:
    found = [finding(outcome, outcome.word, "x") for outcome in Outcome]
    levels = [one["level"] for one in results(dataclasses.replace(EMPTY, findings=tuple(found)))]
    assert levels == ["error", "error", "warning"]


def test_what_observe_softens_is_a_note() -> None:
    assert [one["level"] for one in results(samples.observed())] == ["note"]


def test_a_finding_about_a_path_points_at_the_file() -> None:
    (one,) = results(dataclasses.replace(EMPTY, findings=(finding(Outcome.REVIEW, "a b/ü:1.yaml", "x"),)))
    assert one["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "a%20b/%C3%BC%3A1.yaml", "uriBaseId": "%SRCROOT%"}
    }


def test_a_finding_about_the_whole_change_has_no_place() -> None:
    (one,) = results(dataclasses.replace(EMPTY, findings=(finding(Outcome.BLOCKED, "", "x", remedy="do y"),)))
    assert (one["locations"], one["message"]["text"]) == ([], "BLOCKED: x do y")


def test_what_cannot_be_read_is_an_error_at_its_line() -> None:
    one = results(samples.cannot_read())[-1]
    assert (one["ruleId"], one["locations"][0]["physicalLocation"]["region"]) == ("unreadable", {"startLine": 12})


def test_an_error_of_a_proposed_policy_is_a_result() -> None:
    (one,) = results(samples.proposed("assay.yml:3: x"))
    assert one["message"]["text"] == "the proposed policy is not valid: assay.yml:3: x"


def test_a_broken_policy_is_a_result() -> None:
    (one,) = results(samples.broken())
    assert (one["ruleId"], one["message"]["text"][:30]) == ("policy", "policy broken: .github/assay.y")


def test_every_rule_of_a_result_is_declared() -> None:
    run = cast("Any", sarif(samples.policy_change()))["runs"][0]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [one["ruleId"] for one in run["results"]]


WAIVER = Waived(
    ".github/assay/waivers/api.yml", "2026-12-31", datetime(2027, 1, 1, tzinfo=UTC), "alice", "known", "SEC-1"
)


def test_what_a_waiver_lets_pass_is_suppressed_and_names_the_waiver() -> None:
    waived = finding(Outcome.OK, "app.yaml", "it has none", waived=(WAIVER,))
    (one,) = results(dataclasses.replace(EMPTY, findings=(waived,)))
    assert one["message"]["text"] == "waived: it has none"
    assert one["suppressions"] == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "waived until 2026-12-31 by alice: known (SEC-1)",
            "location": {
                "physicalLocation": {
                    "artifactLocation": {"uri": ".github/assay/waivers/api.yml", "uriBaseId": "%SRCROOT%"}
                }
            },
        }
    ]


def test_every_other_result_says_that_it_is_not_suppressed() -> None:
    found = (finding(Outcome.BLOCKED, "a.yaml", "x"), finding(Outcome.OK, "b.yaml", "y", waived=(WAIVER,)))
    assessment = dataclasses.replace(samples.cannot_read(), findings=found)
    assert [bool(one["suppressions"]) for one in results(assessment)].count(True) == 1


def test_what_is_fine_without_a_waiver_is_no_result() -> None:
    assert results(dataclasses.replace(EMPTY, findings=(finding(Outcome.OK, "a.yaml", "x"),))) == []
