"""Every call that the app makes to GitHub: what it does, and which permission it needs.

`app.yml` asks for the sum of these and nothing more; a test holds the two together. The paths are those of GitHub's
OpenAPI.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from app.core.errors import Unavailable

JSON = "application/vnd.github+json"
RAW = "application/vnd.github.raw+json"


@dataclass(frozen=True, slots=True)
class Call:
    """One request to be sent: `path` is already escaped."""

    operation: Operation
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: object = None

    def asking(self, **query: str | int) -> Call:
        """Add query parameters."""
        return replace(self, query={name: str(value) for name, value in query.items()})

    def saying(self, body: object) -> Call:
        """Add a JSON body."""
        return replace(self, body=body)


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of GitHub's API.

    `needs` names the permissions; `does` completes "GitHub does not let the App …". A `repeatable` operation alone is
    sent again after a lost answer: a write that was applied before the answer got lost would be applied twice. One that
    `copies` begins to copy what is kept already, so every other write goes first.
    """

    method: str
    path: str
    does: str
    needs: tuple[tuple[str, str], ...] = ()
    repeatable: bool = False
    media: str = JSON
    copies: bool = False

    def at(self, **arguments: str | int) -> Call:
        """Fill in the path; every argument is one segment, whatever it holds: strangers name branches."""
        segments = {name: quote(str(value), safe="", errors="replace") for name, value in arguments.items()}
        if any(segment in {"", ".", ".."} for segment in segments.values()):
            raise Unavailable("A name in this repository cannot be part of an address.", permanent=True)
        return Call(self, self.path.format_map(segments))


_REPOSITORY = "/repos/{owner}/{repo}"

APP = Operation("GET", "/app", "read its own registration", repeatable=True)
MINT = Operation(
    "POST",
    "/app/installations/{installation_id}/access_tokens",
    "get a token for this installation",
    repeatable=True,  # a token more does no harm
)
COMPARE = Operation(
    "GET", _REPOSITORY + "/compare/{basehead}", "compare commits", (("contents", "read"),), repeatable=True
)
FILES = Operation(
    "GET",
    _REPOSITORY + "/pulls/{pull_number}/files",
    "list changed files",
    (("pull_requests", "read"),),
    repeatable=True,
)
BLOB = Operation(
    "GET",
    _REPOSITORY + "/git/blobs/{file_sha}",
    "read a file",
    (("contents", "read"),),
    repeatable=True,
    media=RAW,
)
TREE = Operation(
    "GET", _REPOSITORY + "/git/trees/{tree_sha}", "list the files of a folder", (("contents", "read"),), repeatable=True
)
PERMISSION = Operation(
    "GET",
    _REPOSITORY + "/collaborators/{username}/permission",
    "read a person's permission",
    (("metadata", "read"),),
    repeatable=True,
)
ACTIVITY = Operation(
    "GET",
    _REPOSITORY + "/activity",
    "list the pushes to a branch",
    (("contents", "read"),),
    repeatable=True,
)
TIMELINE = Operation(
    "GET",
    _REPOSITORY + "/issues/{issue_number}/timeline",
    "read who was asked for a review",
    (("pull_requests", "read"),),
    repeatable=True,
)
REQUEST = Operation(
    "POST",
    _REPOSITORY + "/pulls/{pull_number}/requested_reviewers",
    "ask for reviews",
    (("pull_requests", "write"), ("members", "read")),
)
STATUSES = Operation(
    "GET", _REPOSITORY + "/commits/{ref}/statuses", "list commit statuses", (("statuses", "read"),), repeatable=True
)
STATUS = Operation("POST", _REPOSITORY + "/statuses/{sha}", "set a commit status", (("statuses", "write"),))
COMMENT = Operation(
    "POST", _REPOSITORY + "/issues/{issue_number}/comments", "write a comment", (("pull_requests", "write"),)
)
EDIT = Operation(
    "PATCH", _REPOSITORY + "/issues/comments/{comment_id}", "edit its comment", (("pull_requests", "write"),)
)
CHECK_RUNS = Operation(
    "GET",
    _REPOSITORY + "/commits/{ref}/check-runs",
    "list its reports",
    (("checks", "read"),),
    repeatable=True,
)
CHECK_RUN = Operation("POST", _REPOSITORY + "/check-runs", "write a report", (("checks", "write"),))
EDIT_CHECK_RUN = Operation(
    "PATCH", _REPOSITORY + "/check-runs/{check_run_id}", "edit its report", (("checks", "write"),)
)
ATTESTATIONS = Operation(
    "GET",
    _REPOSITORY + "/attestations/{subject_digest}",
    "read attestations",
    (("attestations", "read"),),
    repeatable=True,
)
RULES = Operation(
    "GET",
    _REPOSITORY + "/rules/branches/{branch}",
    "read the rules of a branch",
    (("metadata", "read"),),
    repeatable=True,
)
RULESET = Operation(
    "GET",
    _REPOSITORY + "/rulesets/{ruleset_id}",
    "read a ruleset",
    (("metadata", "read"),),
    repeatable=True,
)
REPOSITORY = Operation("GET", _REPOSITORY, "read a repository", (("metadata", "read"),), repeatable=True)
RATE_LIMIT = Operation("GET", "/rate_limit", "read how much it may ask", repeatable=True)
HOOK_CONFIG = Operation("GET", "/app/hook/config", "read where its deliveries go", repeatable=True)
INSTALLATIONS = Operation("GET", "/app/installations", "list its installations", repeatable=True)
REPOSITORIES = Operation(
    "GET",
    "/installation/repositories",
    "list the repositories of this installation",
    (("metadata", "read"),),
    repeatable=True,
)
DELIVERIES = Operation("GET", "/app/hook/deliveries", "list its deliveries", repeatable=True)
REDELIVER = Operation(
    "POST",
    "/app/hook/deliveries/{delivery_id}/attempts",
    "ask for a delivery again",
    repeatable=True,  # a delivery more does no harm: each is kept once
)
CONVERT = Operation("POST", "/app-manifests/{code}/conversions", "be registered with this code")
HOOK = Operation("PATCH", "/app/hook/config", "set its webhook secret", repeatable=True)
# GraphQL is one address; what differs is what is asked. Queries are repeatable.
LOOK = Operation(
    "POST",
    "/graphql",
    "read this pull request",
    (("contents", "read"), ("pull_requests", "read"), ("statuses", "read"), ("metadata", "read")),
    repeatable=True,
)
FLOOR = Operation("POST", "/graphql", "read the owner's `.github` repository", (("contents", "read"),), repeatable=True)
TEAMS = Operation("POST", "/graphql", "read the members of teams", (("members", "read"),), repeatable=True)
# The one mutation: to react twice is to react once, so that it is repeatable too.
REACT = Operation("POST", "/graphql", "react to a comment", (("pull_requests", "write"),), repeatable=True)
QUEUE = Operation(
    "POST",
    "/graphql",
    "read the merge queue",
    (("contents", "read"), ("merge_queues", "read"), ("metadata", "read"), ("pull_requests", "read")),
    repeatable=True,
)
OPEN_PULL_REQUESTS = Operation(
    "POST",
    "/graphql",
    "list open pull requests",
    (("contents", "read"), ("pull_requests", "read"), ("metadata", "read"), ("statuses", "read")),
    repeatable=True,
)

OPERATIONS = (
    *(CONVERT, HOOK),
    *(RATE_LIMIT, INSTALLATIONS, REPOSITORIES, DELIVERIES, REDELIVER, OPEN_PULL_REQUESTS),
    *(APP, HOOK_CONFIG, MINT, COMPARE, FILES, BLOB, TREE, PERMISSION, STATUSES, STATUS, COMMENT, EDIT),
    *(ATTESTATIONS, REPOSITORY),
    *(ACTIVITY, TIMELINE, REQUEST, LOOK, FLOOR, TEAMS, QUEUE, RULES, REACT, CHECK_RUNS, CHECK_RUN, EDIT_CHECK_RUN),
    *(RULESET,),
)
