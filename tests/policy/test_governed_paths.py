"""Where people must approve whatever is done at a path: nothing is written there for them."""

from __future__ import annotations

import pytest

from tests.policy.samples import policy

ENTRY = 'version: 1\nreviews:\n  - {name: rules, paths: ["/prod/**"], users: [bob]}\n'


@pytest.mark.parametrize(
    ("path", "governed"),
    [
        ("prod/a.yaml.assay.json", True),
        ("Prod/a.yaml.assay.json", True),
        ("dev/a.yaml.assay.json", False),
        (".github/assay/x.assay.json", True),
        (".github/x.assay.json", False),
    ],
)
def test_a_path_is_governed_that_an_entry_covers_or_that_always_is(path: str, *, governed: bool) -> None:
    assert policy(ENTRY).governs(path) is governed


def test_an_entry_about_effects_does_not_govern_what_has_none() -> None:
    only = "version: 1\nreviews:\n  - {name: weaker, effects: [weaker], users: [bob]}\n"
    assert not policy(only).governs("prod/a.yaml.assay.json")


def test_a_policy_without_entries_governs_its_own_files_alone() -> None:
    assert not policy("version: 1\n").governs("prod/a.yaml.assay.json")
