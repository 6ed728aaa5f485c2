"""What governs a repository itself is told from policies of a cluster by where it lies."""

from __future__ import annotations

import pytest

from app.core.inventory import ObjectReference
from app.core.policy_edit import Effect, PolicyEdit, is_governance, named


@pytest.mark.parametrize(
    "path",
    [
        "CODEOWNERS",
        ".github/CODEOWNERS",
        "docs/CODEOWNERS",
        ".github/codeowners",
        ".github/assay.yml",
        ".github/assay/keys/acme.pub",
        ".github/assay/waivers/one.yml",
        ".github/workflows/release.yml",
        ".github/workflows/Release.YAML",
        ".trivyignore.yaml",
    ],
)
def test_what_governs_the_repository_is_governance(path: str) -> None:
    assert is_governance(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "policies/require-signed.yaml",
        "apps/CODEOWNERS",
        "CODEOWNERS.md",
        ".github/assay",
        ".github/assay.yml.bak",
        ".github/dependabot.yml",
        ".github/workflows/deep/release.yml",
        ".github/workflows/notes.md",
        "apps/.github/assay.yml",
        "apps/.trivyignore.yaml",
        ".trivyignore",
    ],
)
def test_what_lies_elsewhere_is_not(path: str) -> None:
    assert not is_governance(path)


def edit(resource: ObjectReference | None) -> PolicyEdit:
    return PolicyEdit("a.yaml", resource, "", None, None, Effect.NEUTRAL, "")


def test_a_policy_is_called_by_its_kind_and_name() -> None:
    assert named(edit(ObjectReference("v1", "Policy", "shop", "signed"))) == "Policy shop/signed"


def test_a_policy_without_a_kind_is_called_by_its_file() -> None:
    assert named(edit(ObjectReference("v1", "", "", "signed"))) == "a.yaml"
