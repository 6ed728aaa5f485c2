"""GitHub's JSON of commits and changed files."""

from __future__ import annotations

import datetime as dt
from typing import Final

from tests.fakes.github.contracts import Shape
from tests.fakes.github.gitobjects import Difference, GitCommit, Identity
from tests.fakes.github.repository import ZEROS, Repository
from tests.fakes.github.wire import SITE, account, node

FILE_STATUS: Final = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "C": "copied", "T": "changed"}


def signature(who: Identity) -> Shape:
    """A name in a git commit."""
    return {"name": who.name, "email": who.email, "date": moment(who.when)}


def moment(seconds: int) -> str:
    """A git date as GitHub writes it."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def commit(repo: Repository, one: GitCommit) -> Shape:
    """A commit with the accounts that its email addresses belong to."""
    url = f"{repo.world.api_url}/repos/{repo.full_name}/commits/"
    people = {"author": repo.world.by_email(one.author.email), "committer": repo.world.by_email(one.committer.email)}
    inner = {
        "message": one.message,
        "author": signature(one.author),
        "committer": signature(one.committer),
        "tree": {"sha": one.tree, "url": f"{repo.world.api_url}/repos/{repo.full_name}/git/trees/{one.tree}"},
        "comment_count": 0,
    }
    return {
        "sha": one.sha,
        "node_id": node("C", one.sha),
        "url": url + one.sha,
        "html_url": f"{SITE}/{repo.full_name}/commit/{one.sha}",
        "commit": inner,
        "parents": [{"sha": parent, "url": url + parent} for parent in one.parents],
        **{role: account(who) if who else None for role, who in people.items()},
    }


def file(repo: Repository, one: Difference, patch: str) -> Shape:
    """A changed file; `sha` is the blob at the head, for a removed file the one it had."""
    blob = one.before if one.status == "D" else one.after
    submodule = repo.git.read(blob) is None
    values = {
        "sha": None if blob == ZEROS else blob,
        "filename": one.path,
        "status": FILE_STATUS[one.status],
        "additions": one.additions,
        "deletions": one.deletions,
        "changes": one.additions + one.deletions,
        "blob_url": None if submodule else f"{SITE}/{repo.full_name}/blob/{blob}",
        "raw_url": None if submodule else f"{SITE}/{repo.full_name}/raw/{blob}",
        "contents_url": f"{repo.world.api_url}/repos/{repo.full_name}/contents/",
    }
    if one.previous is not None:
        values["previous_filename"] = one.previous
    return {**values, "patch": patch} if patch else values
