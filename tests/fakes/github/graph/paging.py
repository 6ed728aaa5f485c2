"""GraphQL's connections and GitHub's errors."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias, TypeVar

from graphql import GraphQLError

Node: TypeAlias = dict[str, Any]
"""The fields of a node: values, or functions of the field's arguments."""
Item = TypeVar("Item")
LIMIT: Final = 100


def refusal(kind: str, message: str) -> GraphQLError:
    """Return one of GitHub's typed errors."""
    return GraphQLError(message, extensions={"type": kind})


def cursor(index: int) -> str:
    """Return the cursor of an item."""
    return base64.b64encode(f"cursor:v2:{index}".encode()).decode()


def index_of(value: str) -> int:
    """Return the item that a cursor means."""
    try:
        return int(base64.b64decode(value).decode().rsplit(":", 1)[1])
    except (ValueError, IndexError) as error:
        raise refusal("INVALID_CURSOR_ARGUMENTS", f"`{value}` does not appear to be a valid cursor.") from error


def bounds(first: int | None, last: int | None) -> None:
    """Raise what GitHub says of a page without bounds or beyond 100."""
    if first is None and last is None:
        raise refusal(
            "MISSING_PAGINATION_BOUNDARIES", "You must provide a `first` or `last` value to properly paginate."
        )
    for count in (first, last):
        if count is not None and not 0 <= count <= LIMIT:
            raise refusal("EXCESSIVE_PAGINATION", f"Requesting {count} records exceeds the limit of 100 records.")


def connection(
    items: Sequence[Item], node: Callable[[Item], Node | None], cap: int | None = None
) -> Callable[..., Node]:
    """Return a connection over items; `cap` is how many can be reached, the total counts all."""

    def page(
        first: int | None = None,
        last: int | None = None,
        after: str | None = None,
        before: str | None = None,
        **_: object,
    ) -> Node:
        bounds(first, last)
        start = index_of(after) + 1 if after else 0
        end = min(index_of(before) if before else len(items), cap or len(items))
        chosen = range(start, max(start, end))
        if first is not None:
            chosen = chosen[:first]
        if last is not None:
            chosen = chosen[max(0, len(chosen) - last) :]
        info = {
            "hasNextPage": bool(chosen) and chosen[-1] + 1 < min(len(items), cap or len(items)),
            "hasPreviousPage": bool(chosen) and chosen[0] > 0,
            "startCursor": cursor(chosen[0]) if chosen else None,
            "endCursor": cursor(chosen[-1]) if chosen else None,
        }
        return {
            "totalCount": len(items),
            "pageInfo": info,
            "nodes": lambda: [node(items[i]) for i in chosen],
            "edges": lambda: [{"cursor": cursor(i), "node": node(items[i])} for i in chosen],
        }

    return page
