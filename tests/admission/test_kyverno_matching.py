"""Which requests a Kyverno rule sees: match, exclude, kinds."""

from __future__ import annotations

import pytest

from app.admission.base import Order
from app.admission.base.languages import NotUnderstood, accepts
from app.admission.kyverno.kinds import kind_language
from app.admission.kyverno.requests import match_relation
from app.core.policy_edit import Effect
from tests.admission.edits import CANNOT_TELL, STRONGER, WEAKER, effect, with_
from tests.admission.test_kyverno_policies import POLICY

EQUAL, WIDER, NARROWER, EITHER, UNKNOWN = Order.EQUAL, Order.WIDER, Order.NARROWER, Order.EITHER, Order.UNKNOWN
POD = {"resources": {"kinds": ["Pod"]}}
SERVICE = {"resources": {"kinds": ["Service"]}}
JOB = {"kinds": ["Job"]}


def any_of(*filters: object) -> object:
    return {"any": list(filters)}


def resources(**fields: object) -> object:
    return any_of({"resources": {**JOB, **fields}})


def subjects(*listed: object) -> object:
    return any_of({"resources": JOB, "subjects": list(listed)})


DEV = {"kind": "ServiceAccount", "name": "dev", "namespace": "a"}


@pytest.mark.parametrize(
    ("before", "after", "order"),
    [
        (any_of(POD), any_of(POD, SERVICE), WIDER),
        (any_of(POD, SERVICE), any_of(SERVICE, POD), EQUAL),
        (any_of(POD, SERVICE), any_of(POD, {"resources": {"kinds": ["Secret"]}}), UNKNOWN),
        ({"all": [POD]}, {"all": [POD, SERVICE]}, NARROWER),
        ({"all": [POD, SERVICE]}, {"all": [SERVICE]}, WIDER),
        ({"all": [POD]}, {"all": [SERVICE]}, EITHER),
        ({"all": [POD]}, {"all": [SERVICE, {"resources": JOB}]}, UNKNOWN),
        ({"all": [POD], "any": [POD]}, {"all": [POD]}, UNKNOWN),
        ({"any": [POD], "all": []}, {"any": [POD], "all": [POD]}, UNKNOWN),
        (POD, any_of(POD), EQUAL),
        (None, any_of(POD), WIDER),
        (any_of(POD), None, NARROWER),
        ("x", any_of(POD), UNKNOWN),
        ({"invented": 1}, any_of(POD), UNKNOWN),
        (any_of({"invented": 1}), any_of(POD), UNKNOWN),
        (any_of({"resources": {"kind": ["Pod"]}}), any_of(POD), UNKNOWN),
        (any_of({"resources": "x"}), any_of(POD), UNKNOWN),
        (any_of("x"), any_of(POD), UNKNOWN),
        ({}, any_of(POD), WIDER),
        ({"any": []}, any_of(POD), UNKNOWN),
        (any_of({}), any_of(POD), UNKNOWN),
        (any_of({"resources": {}}), any_of(POD), UNKNOWN),
        (any_of({"resources": {"kinds": []}}), any_of(POD), UNKNOWN),
        (resources(name="a"), resources(name="a", names=["b"]), EITHER),
        (resources(kinds=["Job"]), resources(kinds=["batch/v1/Job"]), NARROWER),
        (resources(kinds=["Job"]), resources(kinds=["Job", "CronJob"]), WIDER),
        (resources(kinds=["Pod"]), resources(kinds=["Pod", "Service"]), UNKNOWN),
        (resources(kinds=["Pod", "Service"]), resources(kinds=["Pod"]), NARROWER),
        (resources(kinds=["a?"]), resources(kinds=["ab"]), UNKNOWN),
        (resources(kinds=3), resources(), UNKNOWN),
        (resources(), resources(operations=["CREATE"]), NARROWER),
        (resources(operations=["CREATE", "UPDATE", "DELETE", "CONNECT"]), resources(), EQUAL),
        (resources(), resources(namespaces=["a"]), NARROWER),
        (resources(namespaces=["a-*"]), resources(namespaces=["a-b"]), NARROWER),
        (resources(namespaces=["a"]), resources(namespaces=["b"]), EITHER),
        (resources(names=["a"]), resources(name="a"), EQUAL),
        (resources(names=["a"]), resources(names=["{{ x }}"]), UNKNOWN),
        (resources(), resources(annotations={"a": "b"}), NARROWER),
        (resources(annotations={"a": "b"}), resources(annotations={"a": "*"}), WIDER),
        (resources(annotations={"a": "b"}), resources(), WIDER),
        (resources(annotations={"a*": "b"}), resources(), UNKNOWN),
        (resources(annotations="x"), resources(), UNKNOWN),
        (resources(), resources(selector={"matchLabels": {"a": "b"}}), NARROWER),
        (resources(namespaceSelector={"matchLabels": {"a": "b"}}), resources(), WIDER),
        (resources(), subjects(DEV), NARROWER),
        (subjects(DEV), subjects(DEV, {**DEV, "name": "*"}), WIDER),
        (subjects(DEV), subjects({**DEV, "invented": 1}), UNKNOWN),
        (subjects(DEV), subjects({**DEV, "name": 3}), UNKNOWN),
        (any_of({"resources": JOB, "subjects": 3}), subjects(DEV), UNKNOWN),
        (resources(), any_of({"resources": JOB, "roles": ["a:b"]}), NARROWER),
        (any_of({"resources": JOB, "clusterRoles": ["a"]}), resources(), WIDER),
        (resources(namespaces=["a"]), resources(names=["b"]), EITHER),
    ],
)
def test_matches_are_compared(before: object, after: object, order: Order) -> None:
    assert match_relation(before, after).order is order  # type: ignore[arg-type]  # plain data


@pytest.mark.parametrize(
    ("kind", "fits"),
    [
        ("Pod", "/v1/Pod/"),
        ("v1/Pod", "a/v1/Pod/"),
        ("*/Pod", "a/v2/Pod/"),
        ("Pod/exec", "/v1/Pod/exec"),
        ("Pod.exec", "/v1/Pod/exec"),
        ("*/scale", "apps/v1/Deployment/scale"),
        ("*/*", "apps/v1/Deployment/scale"),
        ("apps/v1/Deployment", "apps/v1/Deployment/"),
        ("v1/Pod/exec", "/v1/Pod/exec"),
        ("*/v1/Job", "batch/v1/Job/"),
        ("apps/v1/Deployment/scale", "apps/v1/Deployment/scale"),
    ],
)
def test_a_kind_fits(kind: str, fits: str) -> None:
    assert accepts(kind_language(kind), fits)


@pytest.mark.parametrize("kind", ["a/b/c/d/e", "P?d", "**"])
def test_a_kind_that_is_not_understood_is_refused(kind: str) -> None:
    with pytest.raises(NotUnderstood):
        kind_language(kind)


@pytest.mark.parametrize(
    ("field", "before", "after", "wanted"),
    [
        ("match", any_of(POD), any_of(POD, SERVICE), STRONGER),
        ("match", any_of(POD, SERVICE), any_of(POD), WEAKER),
        ("match", resources(namespaces=["a"]), resources(namespaces=["b"]), WEAKER),
        ("match", any_of(POD), any_of({"x": 1}), CANNOT_TELL),
        ("exclude", None, any_of(POD), WEAKER),
        ("exclude", any_of(POD), None, STRONGER),
        ("exclude", any_of(POD), any_of(POD, SERVICE), WEAKER),
    ],
)
def test_a_rule_that_sees_less_is_weaker(field: str, before: object, after: object, wanted: Effect) -> None:
    sides = [with_(POLICY, f"spec.rules.0.{field}", side) for side in (before, after)]
    assert effect(*sides) is wanted
