"""A simulated GitHub: GitHub's own contracts around real git, with the rules that the contracts do not tell.

with GitHub() as gh:
    repo = gh.repository("acme/gitops")
    repo.commit("bump", {"app.yaml": "image: …"}, author="alice")
    gh.hook_url = "http://127.0.0.1:8000/webhook"
    pull = repo.open_pull_request("bump", author="alice")     # a signed `pull_request.opened` is delivered
    pull.review("bob", "APPROVED")
    assert gh.violations == []
"""

from __future__ import annotations

from tests.fakes.github.app import app_key
from tests.fakes.github.faults import DROPPED, Fault, graphql_error, secondary_limit
from tests.fakes.github.github import GitHub
from tests.fakes.github.gitobjects import Entry, Identity, executable, submodule, symlink
from tests.fakes.github.merge_group import MergeGroup
from tests.fakes.github.pull_request import PullRequest
from tests.fakes.github.repository import Repository, RuleBroken
from tests.fakes.github.state import MergeRefused

__all__ = [
    "DROPPED",
    "Entry",
    "Fault",
    "GitHub",
    "Identity",
    "MergeGroup",
    "MergeRefused",
    "PullRequest",
    "Repository",
    "RuleBroken",
    "app_key",
    "executable",
    "graphql_error",
    "secondary_limit",
    "submodule",
    "symlink",
]
