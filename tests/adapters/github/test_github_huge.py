"""Where git finds a repository, told by the root of GitHub's API."""

from __future__ import annotations

import pytest

from app.adapters.github.huge import address
from app.core.pull_request import PullRequestRef


def ref(owner: str = "acme", name: str = "gitops") -> PullRequestRef:
    return PullRequestRef(1, 2, owner, name, 3)


@pytest.mark.parametrize(
    ("api", "expected"),
    [
        ("https://api.github.com", "https://github.com/acme/gitops.git"),
        ("https://api.acme.ghe.com", "https://acme.ghe.com/acme/gitops.git"),
        ("https://github.acme.example/api/v3", "https://github.acme.example/acme/gitops.git"),
        ("https://api.acme.example/api/v3", "https://api.acme.example/acme/gitops.git"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/acme/gitops.git"),
    ],
)
def test_the_address_for_git_follows_from_the_api(api: str, expected: str) -> None:
    assert address(api, ref()) == expected


def test_at_171_a_name_is_one_segment_of_the_address() -> None:
    assert address("https://api.github.com", ref("a/../b", "x?y#z")) == "https://github.com/a%2F..%2Fb/x%3Fy%23z.git"
