"""One request and its answer, as the routes see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tests.fakes.github.contracts import Shape
from tests.fakes.github.repository import Repository
from tests.fakes.github.state import Installation, Token
from tests.fakes.github.world import World

if TYPE_CHECKING:
    from tests.fakes.github.app import App

DOCS: Final = "https://docs.github.com/rest"
NOT_ACCESSIBLE: Final = "Resource not accessible by integration"


class Refused(Exception):
    """An error answer in GitHub's words."""

    def __init__(self, status: int, message: str, errors: list[Any] | None = None) -> None:
        super().__init__(message)
        self.status: Final = status
        self.message: Final = message
        self.errors: Final = errors

    def reply(self) -> Reply:
        """Return it as an answer."""
        body: Shape = {"message": self.message, "documentation_url": DOCS, "status": str(self.status)}
        return Reply({**body, "errors": self.errors} if self.errors else body, self.status)


def not_found() -> Refused:
    """Return GitHub's answer for what is absent or hidden."""
    return Refused(404, "Not Found")


def invalid(resource: str, field_name: str, message: str, code: str = "custom") -> Refused:
    """Return GitHub's answer for a value that breaks a rule."""
    return Refused(
        422, "Validation Failed", [{"resource": resource, "code": code, "field": field_name, "message": message}]
    )


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: a JSON body is completed by the contract; `schema` names the branch where it offers a choice."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    schema: str | None = None
    raw: bytes | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the App itself (`jwt`), an installation with its token, or nobody that GitHub knows (`none`)."""

    kind: str
    token: Token | None = None

    @property
    def installation(self) -> Installation:
        """The installation that the token belongs to."""
        if self.token is None:
            raise Refused(403, NOT_ACCESSIBLE)
        return self.token.installation


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request that was let in: authenticated, matched with an operation, its repository found."""

    app: App
    world: World
    caller: Caller
    params: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Shape
    repository: Repository | None
    path: str

    @property
    def repo(self) -> Repository:
        """The repository in the path."""
        assert self.repository
        return self.repository

    def page(self, items: list[Any], wrapped: str | None = None, **extra: object) -> Reply:
        """Cut a list as `page` and `per_page` ask, with GitHub's Link header."""
        size, number = int(self.query.get("per_page", "30")), int(self.query.get("page", "1"))
        shown = items[(number - 1) * size : number * size]
        last = max(1, -(-len(items) // size))
        links = []
        for rel, target in (("prev", number - 1), ("next", number + 1), ("last", last), ("first", 1)):
            if (
                1 <= target <= last
                and not (rel in ("next", "last") and number >= last)
                and not (rel == "first" and number == 1)
            ):
                query = "&".join(f"{k}={v}" for k, v in {**self.query, "page": str(target)}.items())
                links.append(f'<{self.world.api_url}{self.path}?{query}>; rel="{rel}"')
        headers = {"Link": ", ".join(links)} if links else {}
        body: Any = shown if wrapped is None else {**extra, "total_count": len(items), wrapped: shown}
        return Reply(body, headers=headers)
