"""Gatekeeper's constraints, row by row: what happens, where they look, and what stands around them."""

from __future__ import annotations

import pytest

from app.core.policy_edit import Effect, Severity
from tests.admission.edits import CANNOT_TELL, NEUTRAL, STRONGER, WEAKER, Object, edits, effect, told, with_

POD = {"apiGroups": [""], "kinds": ["Pod"]}
CONSTRAINT: Object = {
    "apiVersion": "constraints.gatekeeper.sh/v1beta1",
    "kind": "K8sAllowedRepos",
    "metadata": {"name": "repos"},
    "spec": {"match": {"kinds": [POD]}, "parameters": {"repos": ["ghcr.io/acme/"]}},
}


def scoped(action: str, *points: str) -> dict[str, object]:
    return {"action": action, "enforcementPoints": [{"name": point} for point in points]}


def constraint(**spec: object) -> Object:
    return {**CONSTRAINT, "spec": {**CONSTRAINT["spec"], **spec}}


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        (None, "deny", NEUTRAL),
        ("deny", "warn", WEAKER),
        ("warn", "dryrun", WEAKER),
        (None, "dryrun", WEAKER),
        ("dryrun", None, STRONGER),
        ("warn", "deny", STRONGER),
        ("dryrun", "warn", STRONGER),
        ("deny", "strange", WEAKER),
        ("strange", "deny", STRONGER),
        ("strange", "odd", CANNOT_TELL),
        ("deny", "${ACTION}", CANNOT_TELL),
        ("deny", 3, CANNOT_TELL),
        ("Deny", "deny", CANNOT_TELL),
    ],
)
def test_actions(before: object, after: object, wanted: Effect) -> None:
    assert effect(*(with_(CONSTRAINT, "spec.enforcementAction", one) for one in (before, after))) is wanted


EVERYWHERE = [scoped("deny", "*")]


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ({}, {"enforcementAction": "scoped", "scopedEnforcementActions": EVERYWHERE}, NEUTRAL),
        (
            {"enforcementAction": "deny"},
            {
                "enforcementAction": "scoped",
                "scopedEnforcementActions": [scoped("deny", "validation.gatekeeper.sh")],
            },
            WEAKER,
        ),
        ({"enforcementAction": "deny"}, {"enforcementAction": "scoped"}, WEAKER),
        ({"scopedEnforcementActions": EVERYWHERE}, {}, NEUTRAL),
        (
            {"enforcementAction": "scoped", "scopedEnforcementActions": [scoped("dryrun", "*")]},
            {
                "enforcementAction": "scoped",
                "scopedEnforcementActions": [scoped("dryrun", "*"), scoped("deny", "vap.k8s.io")],
            },
            STRONGER,
        ),
        ({}, {"enforcementAction": "scoped", "scopedEnforcementActions": [scoped("deny", "mine")]}, CANNOT_TELL),
        ({}, {"enforcementAction": "scoped", "scopedEnforcementActions": [scoped("", "*")]}, CANNOT_TELL),
        ({}, {"enforcementAction": "scoped", "scopedEnforcementActions": "all"}, CANNOT_TELL),
        (
            {},
            {
                "enforcementAction": "scoped",
                "scopedEnforcementActions": [{"action": "deny", "enforcementPoints": [{"name": 3}]}],
            },
            CANNOT_TELL,
        ),
    ],
)
def test_a_point_that_is_not_listed_gets_nothing(
    before: dict[str, object], after: dict[str, object], wanted: Effect
) -> None:
    assert effect(constraint(**before), constraint(**after)) is wanted


def test_the_sentence_says_where_less_happens() -> None:
    only = [scoped("deny", "validation.gatekeeper.sh")]
    found = edits(CONSTRAINT, constraint(enforcementAction="scoped", scopedEnforcementActions=only))
    assert [edit.sentence for edit in found] == ["violations in the audit will not be acted on"]


MANY = ["a", "b-*", "c"]


@pytest.mark.parametrize(
    ("path", "before", "after", "wanted"),
    [
        ("kinds", [POD], [POD, {"apiGroups": ["apps"], "kinds": ["Deployment"]}], STRONGER),
        ("kinds", None, [POD], WEAKER),
        ("kinds", [POD], None, STRONGER),
        ("kinds", [{"apiGroups": ["*"], "kinds": ["*"]}], [POD], WEAKER),
        ("kinds", [{"apiGroups": [""], "kinds": ["Pod", "Service"]}], [POD], WEAKER),
        # A group with a version never matches anything.
        ("kinds", [{"apiGroups": ["apps/v1"], "kinds": ["A"]}], [{"apiGroups": ["apps"], "kinds": ["A"]}], STRONGER),
        ("kinds", [POD], [{"kinds": ["Pod"]}], CANNOT_TELL),
        ("kinds", [POD], [{**POD, "other": 1}], CANNOT_TELL),
        ("kinds", [POD], [{"apiGroups": [""], "kinds": ["Po*"]}], CANNOT_TELL),
        ("kinds", [POD], [{"apiGroups": [""], "kinds": ["{{ kind }}"]}], CANNOT_TELL),
        ("kinds", [POD], "Pod", CANNOT_TELL),
        ("namespaces", MANY, ["a", "c"], WEAKER),
        ("namespaces", None, MANY, WEAKER),
        ("namespaces", ["a"], MANY, STRONGER),
        ("namespaces", MANY, None, STRONGER),
        ("namespaces", ["b-*"], ["b*"], STRONGER),
        ("namespaces", MANY, ["${NAMESPACE}"], CANNOT_TELL),
        ("namespaces", MANY, {"a": 1}, CANNOT_TELL),
        ("excludedNamespaces", None, ["kube-system"], WEAKER),
        ("excludedNamespaces", ["kube-system", "b"], ["kube-system"], STRONGER),
        ("excludedNamespaces", ["kube-system"], ["kube-*"], WEAKER),
        ("excludedNamespaces", ["kube-*"], ["kube-*", "kube-system"], NEUTRAL),
        ("excludedNamespaces", ["a"], ["a" * 5000], CANNOT_TELL),
        ("labelSelector", None, {"matchLabels": {"a": "b"}}, WEAKER),
        ("namespaceSelector", {"matchLabels": {"a": "b"}}, None, STRONGER),
        ("scope", None, "Namespaced", WEAKER),
        ("scope", "Cluster", "*", STRONGER),
        ("scope", "Cluster", "Namespaced", WEAKER),
        ("scope", None, "Galaxy", CANNOT_TELL),
        ("source", None, "Original", WEAKER),
        ("source", "Generated", "All", STRONGER),
        ("name", None, "a*", WEAKER),
        ("name", "a", "a*", STRONGER),
        ("name", "a", 3, CANNOT_TELL),
        ("name", "a", "${NAME}", CANNOT_TELL),
        ("names", None, ["a"], CANNOT_TELL),
    ],
)
def test_matches(path: str, before: object, after: object, wanted: Effect) -> None:
    assert effect(*(with_(CONSTRAINT, f"spec.match.{path}", one) for one in (before, after))) is wanted


def test_an_exclusion_of_what_is_not_matched_is_neutral() -> None:
    listed = with_(CONSTRAINT, "spec.match.namespaces", ["a", "b"])
    assert effect(listed, with_(listed, "spec.match.excludedNamespaces", ["c"])) is NEUTRAL


def test_an_exclusion_of_what_is_matched_is_weaker() -> None:
    listed = with_(CONSTRAINT, "spec.match.namespaces", ["a", "b"])
    found = edits(listed, with_(listed, "spec.match.excludedNamespaces", ["b"]))
    assert [(edit.effect, edit.witness) for edit in found] == [(WEAKER, "b")]


def test_a_namespace_that_moves_to_the_exclusions_is_told_once() -> None:
    one = with_(CONSTRAINT, "spec.match.namespaces", ["a", "b"])
    other = with_(with_(one, "spec.match.namespaces", ["a"]), "spec.match.excludedNamespaces", ["b"])
    assert told(one, other) == {("spec.match.namespaces", WEAKER)}


def test_a_list_of_every_namespace_still_leaves_out_objects_without_one() -> None:
    assert effect(CONSTRAINT, with_(CONSTRAINT, "spec.match.namespaces", ["*"])) is WEAKER
    assert effect(with_(CONSTRAINT, "spec.match.namespaces", ["*"]), CONSTRAINT) is STRONGER


def test_a_constraint_that_comes_or_goes() -> None:
    assert effect(None, CONSTRAINT) is STRONGER
    assert effect(CONSTRAINT, None) is WEAKER


def test_where_nothing_is_denied_only_reports_are_at_stake() -> None:
    dry = with_(CONSTRAINT, "spec.enforcementAction", "dryrun")
    assert [edit.severity for edit in edits(dry, None)] == [Severity.REPORTING]
    assert [edit.severity for edit in edits(CONSTRAINT, dry)] == [Severity.BLOCKING]


def test_another_name_or_title_is_neutral() -> None:
    titled = with_(CONSTRAINT, "metadata.annotations", {"metadata.gatekeeper.sh/title": "Repositories"})
    assert effect(CONSTRAINT, with_(CONSTRAINT, "metadata.name", "other")) is NEUTRAL
    assert effect(CONSTRAINT, titled) is NEUTRAL


def test_an_unknown_annotation_of_gatekeeper_cannot_be_told() -> None:
    assert effect(CONSTRAINT, with_(CONSTRAINT, "metadata.annotations", {"gatekeeper.sh/odd": "1"})) is CANNOT_TELL


def test_an_unexpected_form_cannot_be_told() -> None:
    assert effect(CONSTRAINT, {**CONSTRAINT, "spec": []}) is CANNOT_TELL


def neighbour(group: str, kind: str, **spec: object) -> Object:
    return {"apiVersion": f"{group}.gatekeeper.sh/v1alpha1", "kind": kind, "metadata": {"name": "x"}, "spec": spec}


def config(*match: object, **spec: object) -> Object:
    return neighbour("config", "Config", match=list(match), **spec)


def left_out(processes: object, *namespaces: str) -> dict[str, object]:
    return {"excludedNamespaces": list(namespaces), "processes": processes}


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        (config(), config(left_out(["webhook"], "a")), WEAKER),
        (config(left_out(["*"], "a")), config(), STRONGER),
        (config(left_out(["audit"], "a")), config(left_out(["*"], "a")), WEAKER),
        (
            config(left_out(["*"], "a")),
            config(left_out(["audit", "webhook", "sync", "mutation-webhook"], "a")),
            NEUTRAL,
        ),
        (config(left_out(["audit"], "a")), config(left_out(["webhook"], "a")), WEAKER),
        (config(), config(left_out(["strange"], "a")), CANNOT_TELL),
        (config(), config({**left_out(["audit"], "a"), "kinds": []}), CANNOT_TELL),
        (config(), config(left_out([], "a")), CANNOT_TELL),
        (config(), config("a"), CANNOT_TELL),
        (config(), {**config(), "spec": {"match": "a"}}, CANNOT_TELL),
        (config(sync={"syncOnly": ["a"]}), config(sync={"syncOnly": ["a", "b"]}), NEUTRAL),
        (config(sync={"syncOnly": ["a", "b"]}), config(sync={"syncOnly": ["a"]}), CANNOT_TELL),
        (config(sync={"syncOnly": ["b"]}), config(sync={"syncOnly": ["a"]}), CANNOT_TELL),
        (config(), config(validation={"traces": []}), NEUTRAL),
        (config(), config(readiness={"statsEnabled": True}), NEUTRAL),
        (config(), config(audit={"logLevel": "INFO"}), CANNOT_TELL),
        (None, config(left_out(["webhook"], "a")), WEAKER),
        (config(left_out(["webhook"], "a")), None, STRONGER),
        (None, neighbour("config", "Config"), NEUTRAL),
        (neighbour("config", "Config", sync={"syncOnly": ["a"]}), None, CANNOT_TELL),
    ],
)
def test_configurations(before: Object | None, after: Object | None, wanted: Effect) -> None:
    assert effect(before, after) is wanted


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        (["a"], ["a", "b"], NEUTRAL),
        (["a", "b"], ["a"], CANNOT_TELL),
        (None, ["a"], NEUTRAL),
    ],
)
def test_objects_that_rules_can_look_up(before: object, after: object, wanted: Effect) -> None:
    sides = (neighbour("syncset", "SyncSet", gvks=one) for one in (before, after))
    assert effect(*sides) is wanted


def test_a_set_of_synchronised_objects_that_is_gone_cannot_be_told() -> None:
    one = neighbour("syncset", "SyncSet", gvks=["a"])
    assert (effect(None, one), effect(one, None)) == (NEUTRAL, CANNOT_TELL)


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ("deny", "warn", WEAKER),
        ("dryrun", "warn", STRONGER),
        (None, "deny", STRONGER),
        (None, "warn", WEAKER),
        (None, "dryrun", WEAKER),
        ("dryrun", None, STRONGER),
        ("warn", None, CANNOT_TELL),
        ("deny", None, CANNOT_TELL),
        ("deny", "odd", CANNOT_TELL),
        (None, "", NEUTRAL),
    ],
)
def test_actions_of_expansion(before: object, after: object, wanted: Effect) -> None:
    sides = (
        neighbour("expansion", "ExpansionTemplate", **({} if one is None else {"enforcementAction": one}))
        for one in (before, after)
    )
    assert effect(*sides) is wanted


def test_expansion_that_comes_goes_or_covers_other_objects() -> None:
    one = neighbour("expansion", "ExpansionTemplate", applyTo=["a"])
    other = neighbour("expansion", "ExpansionTemplate", applyTo=["b"])
    assert [effect(None, one), effect(one, None), effect(one, other)] == [STRONGER, WEAKER, CANNOT_TELL]


@pytest.mark.parametrize("kind", ["Assign", "AssignMetadata", "AssignImage", "ModifySet"])
def test_mutation_cannot_be_told(kind: str) -> None:
    one, other = (neighbour("mutations", kind, location=where) for where in ("a", "b"))
    assert [effect(None, one), effect(one, None), effect(one, other)] == [CANNOT_TELL] * 3


def test_external_data_cannot_be_told() -> None:
    one, other = (neighbour("externaldata", "Provider", url=url) for url in ("https://a", "https://b"))
    assert [effect(None, one), effect(one, None), effect(one, other)] == [CANNOT_TELL] * 3


def test_bookkeeping_is_no_policy() -> None:
    assert edits(None, neighbour("status", "ConstraintPodStatus", a=1)) == ()
