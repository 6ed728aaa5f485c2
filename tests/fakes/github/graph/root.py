"""Where a query starts, and what a token may see of it."""

from __future__ import annotations

import base64
import datetime as dt
from typing import Any, Final

from tests.fakes.github.app import App, at_least
from tests.fakes.github.exchange import NOT_ACCESSIBLE
from tests.fakes.github.graph.code import Code
from tests.fakes.github.graph.paging import Node, connection, cursor, refusal
from tests.fakes.github.graph.people import actor, git_user, team_node
from tests.fakes.github.graph.pulls import Pulls
from tests.fakes.github.pull_request import PullRequest
from tests.fakes.github.repository import Repository
from tests.fakes.github.state import Account, Token
from tests.fakes.github.wire import SITE, node
from tests.fakes.github.world import WEB_FLOW, World


class Root:
    """The fields of `Query` for one token."""

    def __init__(self, world: World, app: App, token: Token) -> None:
        self._world: Final = world
        self._app: Final = app
        self._token: Final = token

    def fields(self) -> Node:
        """Return the root."""
        return {
            "repository": self._repository,
            "organization": self._organization,
            "user": self._user,
            "viewer": lambda: git_user(self._app.bot),
            "rateLimit": self._rate_limit,
            "node": self._node,
            "addReaction": self._react,
            "createCommitOnBranch": self._commit,
        }

    def _repository(self, owner: str, name: str, followRenames: bool = True) -> Node:  # noqa: FBT001, FBT002, N803 - the schema's
        full = f"{owner}/{name}"
        found = self._world.repository(full)
        if found is None and followRenames and full.lower() in self._world.former_names:
            found = self._world.repositories[self._world.former_names[full.lower()]]
        if found is None or (found.private and not self._covers(found)):
            raise refusal("NOT_FOUND", f"Could not resolve to a Repository with the name '{full}'.")
        return self.repository(found)

    def _node(self, id: str) -> Node | None:  # noqa: A002 - the schema's word
        """Return a comment by its node id; other nodes are not modelled."""
        for repo in self._world.repositories.values():
            for pull in repo.pull_requests.values():
                for index, comment in enumerate(pull.comments):
                    if node("IC", comment.id) == id and self._covers(repo):
                        shown = self.repository(repo)["pullRequest"](pull.number)["comments"]
                        found: Node = shown(first=1, after=cursor(index - 1) if index else None)["nodes"]()[0]
                        return found
        raise refusal("NOT_FOUND", f"Could not resolve to a node with the global id of '{id}'")

    def _react(self, input: dict[str, str]) -> Node:  # noqa: A002 - the schema's word
        """React to a comment; the same reaction twice is one."""
        for repo in self._world.repositories.values():
            for comment in (one for pull in repo.pull_requests.values() for one in pull.comments):
                if node("IC", comment.id) == input["subjectId"] and self._covers(repo):
                    self._asks(repo, "pull_requests:write", "issues:write")
                    comment.reactions.add(input["content"])
                    return {"clientMutationId": None}
        raise refusal("NOT_FOUND", f"Could not resolve to a node with the global id of '{input['subjectId']}'")

    def _commit(self, input: dict[str, Any]) -> Node:  # noqa: A002 - the schema's word
        """Commit files to a branch that stands where the caller thinks, as the App."""
        branch = input["branch"]
        repo = self._world.repository(branch["repositoryNameWithOwner"])
        if repo is None or not self._covers(repo):
            raise refusal("NOT_FOUND", "Could not resolve to a Repository.")
        self._asks(repo, "contents:write")
        tip = repo.tip(branch["branchName"])
        if tip is None:
            raise refusal("NOT_FOUND", "Could not resolve to a Ref.")
        if tip != input["expectedHeadOid"]:
            raise refusal("STALE_DATA", f"Expected branch to point to {input['expectedHeadOid']} but it did not.")
        files = {one["path"]: base64.b64decode(one["contents"]) for one in input["fileChanges"]["additions"]}
        message = "\n\n".join(filter(None, (input["message"]["headline"], input["message"].get("body"))))
        # GitHub commits and signs itself, in the name of the App, which is who pushed.
        bot, committer = self._app.bot, WEB_FLOW[0]
        sha = repo.commit(
            branch["branchName"], files, author=bot, committer=committer, message=message, pusher=bot, parents=[tip]
        )
        return {"commit": self.repository(repo)["object"](oid=sha)}

    def _covers(self, repository: Repository) -> bool:
        return self._app.covers(self._token.installation, repository.id, self._token)

    def _asks(self, repository: Repository, *needs: str) -> None:
        """Raise GitHub's error when the token lacks every one of these permissions in a repository that it covers."""
        if self._covers(repository) and not any(at_least(self._token.permissions, *need.split(":")) for need in needs):
            raise refusal("FORBIDDEN", NOT_ACCESSIBLE)

    def repository(self, repo: Repository) -> Node:
        """Return a repository's node."""

        def shown(pull: PullRequest) -> Node:
            return pulls.pull_request(pull)

        def queue(queued: Repository, branch: str | None) -> Node | None:
            self._asks(queued, "merge_queues:read")
            base = branch or queued.default_branch
            entries = [one for group in queued.queued.values() if group.base_ref == base for one in group.entries]
            if not entries:
                return None
            numbered = list(enumerate(entries, start=1))
            return {"id": node("MQ", queued.id), "entries": connection(numbered, entry)}

        def entry(one: tuple[int, tuple[PullRequest, str]]) -> Node:
            position, (pull, head) = one
            shown_head = lambda: code.by_id(head)  # noqa: E731 - a resolver
            return {"position": position, "headCommit": shown_head, "pullRequest": lambda: shown(pull)}

        code = Code(repo, self._asks, self.repository, shown)
        pulls = Pulls(repo, self._app, self._asks, code, repository=self.repository)
        return {
            "__typename": "Repository",
            "id": node("R", repo.id),
            "databaseId": repo.id,
            "name": repo.name,
            "nameWithOwner": repo.full_name,
            "owner": lambda: actor(repo.owner),
            "isPrivate": repo.private,
            "visibility": "PRIVATE" if repo.private else "PUBLIC",
            "isFork": repo.source is not None,
            "isArchived": repo.archived,
            "isDisabled": False,
            "url": f"{SITE}/{repo.full_name}",
            "object": code.named,
            "ref": code.ref,
            "defaultBranchRef": lambda: code.ref(f"refs/heads/{repo.default_branch}"),
            "pullRequest": pulls.one,
            "pullRequests": pulls.listed,
            "mergeQueue": lambda branch=None: queue(repo, branch),
        }

    def _organization(self, login: str) -> Node:
        account = self._world.known(login)
        if account is None or account.kind != "Organization":
            raise refusal("NOT_FOUND", f"Could not resolve to an Organization with the login of '{login}'.")
        mine = [team for (owner, _), team in sorted(self._world.teams.items()) if owner == account.login.lower()]

        def team(slug: str) -> Node | None:
            self._asks_members(account)
            return next((team_node(self._world, one) for one in mine if one.slug == slug.lower()), None)

        def teams(**page: object) -> Node:
            self._asks_members(account)
            return connection(mine, lambda one: team_node(self._world, one))(**page)

        return {**(actor(account) or {}), "team": team, "teams": teams}

    def _asks_members(self, organization: Account) -> None:
        own = self._token.installation.account is organization
        if not own or not at_least(self._token.permissions, "members", "read"):
            raise refusal("FORBIDDEN", NOT_ACCESSIBLE)

    def _user(self, login: str) -> Node:
        account = self._world.known(login)
        if account is None or account.kind != "User":
            raise refusal("NOT_FOUND", f"Could not resolve to a User with the login of '{login}'.")
        return actor(account) or {}

    def _rate_limit(self, **_: object) -> Node:
        rate = self._app.rates["graphql"]
        reset = dt.datetime.fromtimestamp(rate.reset, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {**rate.shape(), "resetAt": reset, "cost": 1, "nodeCount": 0}
