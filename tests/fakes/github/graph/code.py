"""Git objects as GraphQL shows them: blobs cut at 512,000 bytes, trees, commits with their statuses."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from typing import Final

from tests.fakes.github.gitobjects import GitCommit, Identity, TreeItem
from tests.fakes.github.graph.paging import Node, connection
from tests.fakes.github.graph.people import actor, git_user
from tests.fakes.github.pull_request import PullRequest
from tests.fakes.github.repository import Repository
from tests.fakes.github.state import CheckRun, Status
from tests.fakes.github.wire import SITE, node
from tests.fakes.github.wire_git import moment
from tests.fakes.github.world import WEB_FLOW

TEXT_LIMIT: Final = 512_000
BINARY_SNIFF: Final = 8000
TRAILER: Final = re.compile(r"^co-authored-by:\s*(.*?)\s*<([^>]+)>\s*$", re.IGNORECASE | re.MULTILINE)


class Code:
    """The git side of one repository."""

    def __init__(
        self,
        repo: Repository,
        asks: Callable[..., None],
        repository: Callable[[Repository], Node],
        pull_request: Callable[[PullRequest], Node],
    ) -> None:
        self._repo: Final = repo
        self._asks: Final = asks
        self._repository: Final = repository
        self._pull_request: Final = pull_request

    def named(self, expression: str | None = None, oid: str | None = None) -> Node | None:
        """Return what an expression (`revision` or `revision:path`) or an id names, null when nothing."""
        self._asks(self._repo, "contents:read")
        if expression is None:
            return self.by_id(oid) if oid else None
        revision, colon, path = expression.partition(":")
        commit = self._repo.resolve(revision)
        if not colon:
            return self.by_id(commit or revision)
        item = self._repo.git.find(commit, path) if commit else None
        return self.by_id(item.sha) if item else None

    def by_id(self, sha: str) -> Node | None:
        """Return the object with an id; one of another repository (a submodule) is null."""
        known = re.fullmatch("[0-9a-f]{40}", sha) and sha not in self._repo.forgotten
        found = self._repo.git.read(sha) if known else None
        if found is None:
            return None
        common = {
            "oid": found[0],
            "abbreviatedOid": found[0][:7],
            "id": node(found[1], found[0]),
            "repository": lambda: self._repository(self._repo),
        }
        if found[1] == "blob":
            return {**common, **blob(found[2])}
        if found[1] == "tree":
            return {**common, "__typename": "Tree", "entries": lambda: self._entries(found[0])}
        commit = self._repo.git.commit(found[0])
        return self.commit(commit) if commit else None

    def _entries(self, tree: str) -> list[Node]:
        return [self._entry(item) for item in self._repo.git.tree(tree)]

    def _entry(self, item: TreeItem) -> Node:
        found = self._repo.git.read(item.sha) if item.kind == "blob" else None
        return {
            "name": item.name.decode(errors="replace"),
            "nameRaw": base64.b64encode(item.name).decode(),
            "path": item.name.decode(errors="replace"),
            "mode": int(item.mode, 8),
            "type": item.kind,
            "oid": item.sha,
            "size": len(found[2]) if found else 0,
            "object": lambda: self.by_id(item.sha),
        }

    def _file(self, commit: str, path: str) -> Node | None:
        item = self._repo.git.find(commit, path)
        return {**self._entry(item), "path": path} if item and path else None

    def ref(self, qualifiedName: str) -> Node | None:  # noqa: N803 - the schema's word
        """Return a ref, by its full name or a branch's."""
        self._asks(self._repo, "contents:read")
        full = qualifiedName if qualifiedName.startswith("refs/") else f"refs/heads/{qualifiedName}"
        tip = self._repo.git.tip(full)
        if tip is None:
            return None
        prefix, _, name = full.partition("/")[2].partition("/")
        shown = {"id": node("REF", full), "name": name, "prefix": f"refs/{prefix}/"}
        protection = self._repo.protections.get(name)
        # What everybody sees of classic protection: no App, and nothing of rulesets.
        seen = {"requiredStatusCheckContexts": list(protection.contexts)} if protection and protection.classic else None
        pulls = lambda **asked: self._pulls_from(name, **asked)  # noqa: E731 - a resolver
        links = {"target": lambda: self.by_id(tip), "associatedPullRequests": pulls}
        return {"__typename": "Ref", **shown, **links, "refUpdateRule": seen}

    def _pulls_from(self, branch: str, states: Sequence[str] | None = None, **page: object) -> Node:
        """Return the pull requests that come from a branch of this repository."""
        self._asks(self._repo, "pull_requests:read")
        found = [
            pull
            for pull in self._repo.pull_requests.values()
            if pull.head_ref == branch
            and pull.head_repository is self._repo
            and (states is None or ("MERGED" if pull.merged else pull.state.upper()) in states)
        ]
        return connection(found, self._pull_request)(**page)

    def commit(self, one: GitCommit) -> Node:
        """Return a commit."""
        repo = self._repo
        parents = [parent for parent in map(repo.git.commit, one.parents) if parent]
        return {
            "__typename": "Commit",
            "oid": one.sha,
            "abbreviatedOid": one.sha[:7],
            "id": node("C", one.sha),
            "message": one.message,
            "messageHeadline": one.message.split("\n")[0],
            "authoredDate": moment(one.author.when),
            "committedDate": moment(one.committer.when),
            "url": f"{SITE}/{repo.full_name}/commit/{one.sha}",
            "author": lambda: self._git_actor(one.author),
            "committer": lambda: self._git_actor(one.committer),
            "authors": connection(self.authors(one), self._git_actor),
            "parents": connection(parents, self.commit),
            "tree": lambda: self.by_id(one.tree),
            "file": lambda path: self._file(one.sha, path),
            "committedViaWeb": self._repo.world.by_email(one.committer.email) is self._repo.world.known(WEB_FLOW[0]),
            "history": lambda path=None, **page: self._history(one.sha, path, **page),
            "associatedPullRequests": lambda **page: self._pulls_of(one.sha, **page),
            "status": lambda: self._status(one),
            "statusCheckRollup": lambda: self._rollup(one),
            "repository": lambda: self._repository(repo),
        }

    @staticmethod
    def authors(one: GitCommit) -> list[Identity]:
        """Return the author and the co-authors that the message names."""
        people = [one.author, *(Identity(name, email, one.author.when) for name, email in TRAILER.findall(one.message))]
        return list({who.email.lower(): who for who in reversed(people)}.values())[::-1]

    def _git_actor(self, who: Identity) -> Node:
        account = self._repo.world.by_email(who.email)
        return {"name": who.name, "email": who.email, "date": moment(who.when), "user": lambda: git_user(account)}

    def _history(self, sha: str, path: str | None, **page: object) -> Node:
        shas = self._repo.git.history(sha, path)
        return connection(shas, self.by_id)(**page)

    def _pulls_of(self, sha: str, **page: object) -> Node:
        self._asks(self._repo, "pull_requests:read")
        pulls = [p for p in self._repo.pull_requests.values() if sha in p.commits or sha == p.merge_commit]
        return connection(pulls, self._pull_request)(**page)

    def _status(self, one: GitCommit) -> Node | None:
        self._asks(self._repo, "statuses:read")
        latest = self._repo.latest_statuses(one.sha)
        if not latest:
            return None
        contexts = [self._context(one, status) for status in sorted(latest, key=lambda status: status.context)]
        named = {node["context"].lower(): node for node in contexts}
        return {
            "id": node("S", one.sha),
            "state": self._repo.combined_state(one.sha).upper(),
            "contexts": contexts,
            "context": lambda name: named.get(name.lower()),
            "commit": lambda: self.commit(one),
        }

    def _context(self, one: GitCommit, status: Status) -> Node:
        return {
            "__typename": "StatusContext",
            "id": node("SC", status.id),
            "context": status.context,
            "state": status.state.upper(),
            "description": status.description,
            "targetUrl": status.target_url,
            "createdAt": status.at,
            "creator": lambda: actor(status.creator),
            "commit": lambda: self.commit(one),
        }

    def _rollup(self, one: GitCommit) -> Node | None:
        self._asks(self._repo, "statuses:read", "checks:read")
        runs = [run for run in self._repo.check_runs.values() if run.head_sha == one.sha]
        nodes = [self._context(one, status) for status in self._repo.latest_statuses(one.sha)] + list(map(check, runs))
        if not nodes:
            return None
        state = self._repo.combined_state(one.sha).upper()
        return {"id": node("SCR", one.sha), "state": state, "contexts": connection(nodes, lambda item: item)}


def blob(data: bytes) -> Node:
    """Return a blob's fields: no text for binaries, text cut at 512,000 bytes and said to be."""
    binary = b"\0" in data[:BINARY_SNIFF]
    return {
        "__typename": "Blob",
        "byteSize": len(data),
        "isBinary": binary,
        "isTruncated": len(data) > TEXT_LIMIT,
        "text": None if binary else data[:TEXT_LIMIT].decode(errors="replace"),
    }


def check(run: CheckRun) -> Node:
    """Return a check run."""
    conclusion = run.values.get("conclusion")
    return {
        "__typename": "CheckRun",
        "id": node("CR", run.id),
        "databaseId": run.id,
        "name": run.name,
        "status": str(run.values.get("status", "queued")).upper(),
        "conclusion": conclusion.upper() if conclusion else None,
    }
