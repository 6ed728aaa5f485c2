"""GraphQL, really executed on GitHub's published schema; the resolvers answer from the same world as REST."""

from __future__ import annotations

import functools
from typing import Any, Final

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    build_schema,
    execute_sync,
    is_non_null_type,
    parse,
    validate,
)

from tests.fakes.github.app import App
from tests.fakes.github.contracts import Shape, text
from tests.fakes.github.exchange import Reply
from tests.fakes.github.graph.paging import Node
from tests.fakes.github.graph.root import Root
from tests.fakes.github.state import Token
from tests.fakes.github.world import World


@functools.cache
def schema() -> GraphQLSchema:
    """Return GitHub's schema, built once a process; it repeats one field, so it is taken as valid."""
    return build_schema(text("schema.graphql"), assume_valid=True, assume_valid_sdl=True)


@functools.cache
def document(query: str) -> tuple[DocumentNode | None, tuple[GraphQLError, ...]]:
    """Parse and validate a query, once a process: validation costs more than an answer."""
    try:
        read = parse(query)
    except GraphQLError as error:
        return None, (error,)
    return read, tuple(validate(schema(), read))


class Graph:
    """Answers GraphQL requests of an installation."""

    def __init__(self, world: World, app: App) -> None:
        self._world: Final = world
        self._app: Final = app

    def answer(self, request: Any, token: Token) -> Reply:  # noqa: ANN401 - any JSON
        """Execute a request; errors stand beside the data in an answer with status 200, as GitHub gives them."""
        if not isinstance(request, dict) or not isinstance(request.get("query"), str):
            return Reply({"errors": [{"message": "A query attribute must be specified and must be a string."}]})
        if not self._app.rates["graphql"].take():
            number = token.installation.id
            message = f"API rate limit exceeded for installation ID {number}."
            return Reply({"errors": [{"type": "RATE_LIMITED", "message": message}]})
        read, errors = document(request["query"])
        if read is None or errors:
            self._world.violations.extend([f"POST /graphql: {error.message}" for error in errors])
            return Reply({"errors": [shaped(error) for error in errors]})
        result = execute_sync(
            schema(),
            read,
            Root(self._world, self._app, token).fields(),
            variable_values=request.get("variables") or {},
            operation_name=request.get("operationName"),
            field_resolver=self._resolve,
        )
        self._world.violations.extend(
            [f"POST /graphql: {e.message}" for e in result.errors or () if "type" not in (e.extensions or {})]
        )
        body: Shape = {"data": result.data}
        if result.errors:
            body["errors"] = [shaped(error) for error in result.errors]
        return Reply(body)

    def _resolve(self, source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:  # noqa: ANN401 - any node
        """Take a field from a node; one that is not modelled is null and noted."""
        if info.field_name not in source:
            place = f"{info.parent_type.name}.{info.field_name}"
            self._world.unmodelled.add(place)
            if is_non_null_type(info.return_type):
                raise GraphQLError(f"the simulated GitHub does not know {place}")
            return None
        value = source[info.field_name]
        return value(**arguments) if callable(value) else value


def shaped(error: GraphQLError) -> Node:
    """Return an error in GitHub's form: its type stands beside the message."""
    formatted: Node = dict(error.formatted)
    extensions = formatted.pop("extensions", {})
    return {**({"type": extensions["type"]} if "type" in extensions else {}), **formatted}
