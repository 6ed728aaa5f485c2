"""Roots of trust of the policy controller, row by row."""

from __future__ import annotations

import pytest

from app.core.policy_edit import Effect
from tests.admission.edits import CANNOT_TELL, NEUTRAL, STRONGER, WEAKER, Object, effect

A, B = {"uri": "https://a"}, {"uri": "https://b"}
KEYS = ("certificateAuthorities", "tLogs", "ctLogs", "timeStampAuthorities")


def trust_root(**spec: object) -> Object:
    return {"apiVersion": "policy.sigstore.dev/v1alpha1", "kind": "TrustRoot", "metadata": {"name": "t"}, "spec": spec}


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ([A], [A, B], WEAKER),
        ([A, B], [A], STRONGER),
        ([A], [B], WEAKER),
        ([A, B], [B, A], NEUTRAL),
        ([A], "a", CANNOT_TELL),
    ],
)
def test_authorities(name: str, before: object, after: object, wanted: Effect) -> None:
    sides = (trust_root(sigstoreKeys={name: one}) for one in (before, after))
    assert effect(*sides) is wanted


@pytest.mark.parametrize("kind", ["remote", "repository"])
@pytest.mark.parametrize(
    ("name", "wanted"), [("root", WEAKER), ("mirror", CANNOT_TELL), ("mirrorFS", CANNOT_TELL), ("targets", CANNOT_TELL)]
)
def test_repositories(kind: str, name: str, wanted: Effect) -> None:
    assert effect(*(trust_root(**{kind: {name: one}}) for one in "ab")) is wanted


def test_a_root_that_comes_or_goes() -> None:
    assert [effect(None, trust_root()), effect(trust_root(), None)] == [WEAKER, CANNOT_TELL]
