"""The history as OSCAL assessment results."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from typing import Any

import pytest

from app.core.history import Arrival, Event, Gap
from app.core.policy_edit import Effect
from app.render.history import Scope, writer_of
from app.render.history.controls import Control
from tests.render.history_samples import GAP, NOON, SCOPE, edit, facts, governance, image, policy, recorded, some
from tests.render.oscal_schema import faults

CHANGES = Control("CM-3", "NIST SP 800-53 Rev. 5", "Changes", ("commits", "approved"), ("direct",), ("Tests.",))
PINNED = Control("6.3.2", "PCI DSS 4.0.1", "Inventory", ("pinned",), ("unpinned",))
DIRECT = facts(1, arrival=Arrival.DIRECT)


def _text(*events: Event | Gap, controls: tuple[Control, ...] = (CHANGES, PINNED), scope: Scope = SCOPE) -> str:
    return "".join(writer_of("oscal", controls)(scope, events))


def _result(*events: Event | Gap, controls: tuple[Control, ...] = (CHANGES, PINNED)) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_text(*events, controls=controls))["assessment-results"]["results"][0]
    return found


def _observations(*events: Event | Gap) -> list[dict[str, Any]]:
    return list(_result(*events).get("observations", []))


def _props(observation: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: one["value"] for one in observation.get("props", [])}


@pytest.mark.parametrize("events", [(), (GAP,), some()])
@pytest.mark.parametrize("controls", [(), (CHANGES, PINNED)])
def test_the_results_are_valid_by_nists_own_schema(
    events: tuple[Event | Gap, ...], controls: tuple[Control, ...]
) -> None:
    assert faults(_text(*events, controls=controls)) == []


def test_the_schema_is_strict() -> None:
    assert faults(_text().replace('"results"', '"result"')) != []


def test_the_same_history_gives_the_same_document() -> None:
    assert _text(*some()) == _text(*some())


def test_the_same_commits_by_another_name_have_the_same_ids() -> None:
    named = replace(SCOPE, revisions="main~1..main")
    ids = [re.findall(r'"uuid": *"([^"]+)"', _text(*some(), scope=scope)) for scope in (SCOPE, named)]
    assert ids[0] == ids[1]


@pytest.mark.parametrize("more", [{"records": True}, {"evidence": True}])
def test_with_more_facts_it_is_another_document(more: dict[str, bool]) -> None:
    documents = [
        json.loads(_text(*some(), scope=scope))["assessment-results"] for scope in (SCOPE, replace(SCOPE, **more))
    ]
    assert documents[0]["uuid"] != documents[1]["uuid"]


def test_the_document_says_by_what_it_was_made_and_how_it_can_be_compared() -> None:
    scope = replace(SCOPE, base="b" * 40, options=("--repository", "acme/gitops"))
    events = "".join(writer_of("jsonl", ())(SCOPE, some()))
    told = _props(json.loads(_text(*some(), scope=scope))["assessment-results"]["metadata"])
    assert told["command"] == f"assay history --format oscal --repository acme/gitops {'b' * 40}..{'f' * 40}"
    assert told["events-sha256"] == hashlib.sha256(events.encode()).hexdigest()
    assert (told["base"], told["records-begin"]) == ("b" * 40, "2026-04-11T12:00:00Z")


def test_what_registries_proved_is_not_compared() -> None:
    document = json.loads(_text(*some(), scope=replace(SCOPE, evidence=True)))["assessment-results"]
    assert "events-sha256" not in _props(document["metadata"])


def test_another_range_is_another_document_with_the_same_events() -> None:
    one, other = _text(policy()), _text(policy(), scope=replace(SCOPE, tip="e" * 40))
    event = _observations(policy())[-1]["uuid"]
    assert (one != other, event in one, event in other) == (True, True, True)


def test_a_fact_is_an_observation_with_the_commits_that_show_it() -> None:
    observation = next(one for one in _observations(image()) if _props(one).get("fact") == "commits")
    assert observation["title"] == "Commits with events: 1"
    assert "ghcr.io/acme/api" in observation["relevant-evidence"][0]["description"]


def test_a_fact_that_no_control_asks_for_is_not_observed() -> None:
    assert "signed" not in {_props(one).get("fact") for one in _observations(image())}


def test_a_policy_change_is_an_observation_with_its_effect() -> None:
    observation = _observations(policy())[-1]
    assert (_props(observation)["effect"], _props(observation)["commit"]) == ("weaker", facts(2).commit)


def test_what_changes_nothing_is_not_listed_one_by_one() -> None:
    assert [one for one in _observations(policy(Effect.NEUTRAL)) if "effect" in _props(one)] == []


def test_a_direct_commit_speaks_against_the_control() -> None:
    (finding,) = _result(image(DIRECT))["findings"]
    assert (finding["target"]["target-id"], finding["target"]["status"]["state"]) == ("cm-3", "not-satisfied")


def test_a_finding_says_that_an_assessor_decides() -> None:
    (finding,) = _result(image(DIRECT))["findings"]
    assert "An assessor decides" in finding["target"]["status"]["remarks"]


def test_a_finding_names_what_it_rests_on() -> None:
    result = _result(image(DIRECT))
    named = result["findings"][0]["related-observations"][0]["observation-uuid"]
    assert named in {one["uuid"] for one in result["observations"]}


def test_a_finding_says_that_approvals_are_not_known() -> None:
    (finding,) = _result(image(DIRECT))["findings"]
    assert "it is not known" in finding["remarks"]


def test_a_finding_without_limits_has_no_remarks() -> None:
    (finding,) = _result(image(after=replace(PIN, digest=None)))["findings"]
    assert "remarks" not in finding


PIN = image().what.change.after  # type: ignore[union-attr]  # an image


def test_nothing_is_ever_satisfied() -> None:
    assert '"satisfied"' not in _text(*some())


def test_nothing_against_a_control_is_no_finding() -> None:
    assert "findings" not in _result(image())


def test_a_gap_is_an_observation() -> None:
    (observation,) = _observations(GAP)
    assert observation["title"] == "What could not be read"


def test_controls_are_selected_by_catalogue() -> None:
    selections = _result()["reviewed-controls"]["control-selections"]
    assert [one["include-controls"][0]["control-id"] for one in selections] == ["cm-3", "PCI-DSS-4.0.1_6.3.2"]


def test_without_controls_all_of_none_are_named() -> None:
    assert _result(controls=())["reviewed-controls"]["control-selections"][0]["include-all"] == {}


def test_a_commit_is_observed_once_for_each_thing() -> None:
    # The first event of a direct commit is listed as a commit around pull requests and as the change that it is.
    observed = [one["uuid"] for one in _observations(governance(about=DIRECT))]
    assert len(observed) == len(set(observed))


def test_approvals_and_records_stand_with_the_event() -> None:
    observation = _observations(recorded(policy()))[-1]
    assert observation["remarks"] == "Approvals: alice. Known then: OK."


def test_older_events_that_are_not_listed_are_counted() -> None:
    many = [governance(about=facts(n)) for n in range(1_005)]
    assert "5 older events are counted" in _result(*many)["remarks"]


def test_a_year_that_oscal_does_not_know_is_the_time_of_asking() -> None:
    old = facts(1, committed_at=NOON.replace(year=1))
    assert (_result(image(old))["start"], faults(_text(image(old)))) == ("2026-05-30T12:00:00Z", [])


def test_an_empty_property_is_said_to_be_empty() -> None:
    assert '"value": "empty"' in _text(scope=replace(SCOPE, repository=" "))


def test_a_long_policy_change_says_its_first_sentences() -> None:
    event = policy()
    many = replace(event, what=replace(event.what, edits=(edit(),) * 9))  # type: ignore[type-var]  # a policy
    assert _observations(many)[-1]["description"].count("violations will be logged") == 5
