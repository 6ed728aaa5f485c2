"""Who may bypass a ruleset and what it asks of reviews, read from whatever GitHub answers."""

from __future__ import annotations

import pytest

from app.adapters.github.branch_rules import _named, _requiring, _reviews
from app.core.gate import ReviewRules


@pytest.mark.parametrize(
    ("actor", "expected"),
    [
        ({"actor_type": "RepositoryRole", "actor_id": 5}, "everybody with the role admin"),
        ({"actor_type": "RepositoryRole", "actor_id": 77}, "the role number 77"),
        ({"actor_type": "Team", "actor_id": 4}, "the team number 4"),
        ({"actor_type": "Integration", "actor_id": 9}, "the App number 9"),
        ({"actor_type": "User", "actor_id": 1}, "the user number 1"),
        ({"actor_type": "OrganizationAdmin", "actor_id": None}, "the owners of the organisation"),
        ({"actor_type": "DeployKey"}, "every deploy key"),
        ({"actor_type": "EnterpriseTeam", "actor_id": 2}, "somebody number 2"),
    ],
)
def test_every_kind_of_actor_has_words(actor: object, expected: str) -> None:
    assert _named(actor) == expected


def rule(**parameters: object) -> object:
    return {"type": "pull_request", "parameters": parameters}


def test_several_rules_about_reviews_add_up() -> None:
    rules = (
        rule(required_approving_review_count=1, dismiss_stale_reviews_on_push=True),
        rule(required_approving_review_count=2, require_last_push_approval=True),
    )
    assert _reviews(rules) == ReviewRules(2, dismisses_stale=True, last_push=True)


def test_without_a_rule_about_reviews_nothing_is_asked() -> None:
    assert _reviews(({"type": "deletion"},)) is None


def test_the_ruleset_that_requires_a_context_is_found_whatever_its_case() -> None:
    checks = {"required_status_checks": [{"context": "Assay/Images: main"}]}
    rules = ({"type": "required_status_checks", "parameters": checks, "ruleset_id": 12},)
    assert (_requiring(rules, frozenset({"assay/images: main"})), _requiring(rules, frozenset({"x"}))) == (12, None)
