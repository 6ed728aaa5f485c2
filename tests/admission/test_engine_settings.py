"""ConfigMaps that set up Kyverno and the policy controller."""

from __future__ import annotations

import pytest

from app.core.policy_edit import Effect
from tests.admission.edits import CANNOT_TELL, NEUTRAL, STRONGER, WEAKER, Object, edits, effect, with_


def settings(name: str, **data: object) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"_": "", **data}}


@pytest.mark.parametrize(
    ("name", "before", "after", "wanted"),
    [
        ("resourceFilters", "[Event,*,*]", "[Event,*,*][*,kube-system,*]", WEAKER),
        ("resourceFilters", "[*,kube-system,*]\n[Event,*,*]", "[Event,*,*]", STRONGER),
        ("resourceFilters", "[Event]", "[Event,*,*]", NEUTRAL),
        ("resourceFilters", None, "[Event,*,*]", WEAKER),
        ("resourceFilters", "[Event,*,*]", "[*,*,*]", WEAKER),
        ("resourceFilters", "[Event,*,*]", "Event", CANNOT_TELL),
        ("resourceFilters", "[Event,*,*]", "{{ filters }}", CANNOT_TELL),
        ("resourceFilters", "[Event,*,*]", 3, CANNOT_TELL),
        ("excludeGroups", "system:nodes", "system:*", WEAKER),
        ("excludeUsernames", "a, b", "a", STRONGER),
        ("excludeRoles", None, "a", WEAKER),
        ("excludeClusterRoles", "a", "${ROLE}", CANNOT_TELL),
        ("excludeGroups", "a", 3, CANNOT_TELL),
        ("webhooks", None, "[{}]", WEAKER),
        ("webhooks", "[{}]", None, STRONGER),
        ("webhooks", "[{}]", "[]", CANNOT_TELL),
        ("matchConditions", None, "[]", WEAKER),
        ("defaultRegistry", "docker.io", "ghcr.io", CANNOT_TELL),
        ("enableDefaultRegistryMutation", "true", "false", CANNOT_TELL),
        ("generateSuccessEvents", "true", "false", NEUTRAL),
        ("strange", None, "a", CANNOT_TELL),
    ],
)
def test_kyverno(name: str, before: object, after: object, wanted: Effect) -> None:
    sides = (settings("kyverno", **({} if one is None else {name: one})) for one in (before, after))
    assert effect(*sides) is wanted


@pytest.mark.parametrize(
    ("name", "before", "after", "wanted"),
    [
        ("no-match-policy", None, "warn", WEAKER),
        ("no-match-policy", "warn", "allow", WEAKER),
        ("no-match-policy", "allow", None, STRONGER),
        ("no-match-policy", None, "deny", NEUTRAL),
        ("no-match-policy", None, "odd", CANNOT_TELL),
        ("fail-on-empty-authorities", None, "false", WEAKER),
        ("fail-on-empty-authorities", "false", "true", STRONGER),
        ("_example", None, "a", NEUTRAL),
        ("strange", None, "a", CANNOT_TELL),
    ],
)
def test_the_policy_controller(name: str, before: object, after: object, wanted: Effect) -> None:
    sides = (settings("config-policy-controller", **({} if one is None else {name: one})) for one in (before, after))
    assert effect(*sides) is wanted


def test_settings_that_come_or_go() -> None:
    one = with_(settings("config-policy-controller"), "data", {"no-match-policy": "allow"})
    assert [effect(None, one), effect(one, None)] == [WEAKER, STRONGER]
    assert effect(None, with_(one, "data", None)) is NEUTRAL
    assert [effect(None, settings("kyverno")), effect(settings("kyverno"), None)] == [CANNOT_TELL] * 2


def test_any_other_config_map_is_none_of_them() -> None:
    assert edits(None, settings("app", a="b")) == ()
