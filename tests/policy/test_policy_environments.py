"""The names that a policy gives to groups of paths."""

from __future__ import annotations

import pytest

from app.core.globs import PathGlob
from app.policy.environments import environments


def test_each_name_has_its_paths() -> None:
    text = 'version: 1\nenvironments:\n  blue: ["/live/**"]\n  green: ["/spare/**", "/next/"]\n'
    assert environments(text) == {
        "blue": (PathGlob("/live/**"),),
        "green": (PathGlob("/spare/**"), PathGlob("/next/")),
    }


@pytest.mark.parametrize("text", ["version: 1\n", "", "version: [", 'version: 9\nenvironments: {blue: ["/live/**"]}\n'])
def test_a_policy_that_is_broken_or_silent_names_none(text: str) -> None:
    assert environments(text) == {}
