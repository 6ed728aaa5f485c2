"""GitHub's published contracts, held against every call: REST (OpenAPI) and webhooks.

The files and their licence are in `tests/data/github`. A contract says what GitHub promises about shapes; what it
does not say (lengths, permissions, who may be asked) is in the routes.
"""

from __future__ import annotations

import functools
import gzip
import json
import pathlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, cast

import jsonschema_rs

Shape: TypeAlias = dict[str, Any]
"""A JSON object of GitHub's making."""

DATA: Final = pathlib.Path(__file__).parents[2] / "data" / "github"
DOTCOM: Final = "openapi-api.github.com"
ENTERPRISE: Final = "openapi-ghes-3.19"

# Where the specification is wrong: null in reality. `*` stands for every schema that has the property.
NULL_IN_REALITY: Final = (
    ("pull-request", "head", "repo"),  # a deleted fork
    ("pull-request", "head", "user"),  # a deleted account
    ("pull-request", "head", "label"),
    ("pull-request-simple", "head", "repo"),
    ("pull-request-simple", "head", "user"),
    ("pull-request-simple", "head", "label"),
    ("repository", "owner"),
    ("diff-entry", "blob_url"),  # a submodule
    ("diff-entry", "raw_url"),
    ("diff-entry", "sha"),  # only the mode changed
    ("auto-merge", "commit_title"),
    ("auto-merge", "commit_message"),
)
OPTIONAL_IN_REALITY: Final = (("verification", "verified_at"),)
# Operations whose list is described in place by a schema that nothing satisfies (an account that is a user and an
# enterprise at once); the named schema describes its items.
ITEMS_IN_REALITY: Final = {"/app/installations": "installation"}

# Not in the slice. Written after GitHub's REST reference ("List attestations" and "List repository activities" of a
# repository) and what client programs meet: an attestation's `bundle` stands in answers of API version 2022-11-28, it
# may be null beside a `bundle_url`; 404 says that there are none, and that the repository may not be seen. Whoever uses
# these is named in `World.unmodelled`.
UNMODELLED: Final[Mapping[str, Shape]] = {
    "/repos/{owner}/{repo}/attestations/{subject_digest}": {
        "get": {
            "parameters": [
                {"name": "per_page", "in": "query", "schema": {"type": "integer"}},
                {"name": "page", "in": "query", "schema": {"type": "integer"}},
                {"name": "before", "in": "query", "schema": {"type": "string"}},
                {"name": "after", "in": "query", "schema": {"type": "string"}},
                {"name": "predicate_type", "in": "query", "schema": {"type": "string"}},
            ],
            "responses": {
                "200": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "properties": {
                                    "attestations": {
                                        "type": "array",
                                        "items": {
                                            "type": "object",
                                            "properties": {
                                                "bundle": {"type": ["object", "null"]},
                                                "bundle_url": {"type": "string"},
                                                "repository_id": {"type": "integer"},
                                                "initiator": {"type": "string"},
                                            },
                                        },
                                    }
                                },
                            }
                        }
                    }
                }
            },
        }
    },
    "/repos/{owner}/{repo}/activity": {
        "get": {
            "parameters": [
                {"name": "direction", "in": "query", "schema": {"type": "string", "enum": ["asc", "desc"]}},
                {"name": "per_page", "in": "query", "schema": {"type": "integer"}},
                {"name": "before", "in": "query", "schema": {"type": "string"}},
                {"name": "after", "in": "query", "schema": {"type": "string"}},
                {"name": "ref", "in": "query", "schema": {"type": "string"}},
                {"name": "actor", "in": "query", "schema": {"type": "string"}},
                {"name": "time_period", "in": "query", "schema": {"type": "string"}},
                {"name": "activity_type", "in": "query", "schema": {"type": "string"}},
            ],
            "responses": {
                "200": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "array",
                                "items": {
                                    "type": "object",
                                    "properties": {
                                        "id": {"type": "integer"},
                                        "node_id": {"type": "string"},
                                        "before": {"type": "string"},
                                        "after": {"type": "string"},
                                        "ref": {"type": "string"},
                                        "timestamp": {"type": "string"},
                                        "activity_type": {
                                            "type": "string",
                                            "enum": [
                                                "push",
                                                "force_push",
                                                "branch_deletion",
                                                "branch_creation",
                                                "pr_merge",
                                                "merge_queue_merge",
                                            ],
                                        },
                                        "actor": {
                                            "anyOf": [
                                                {"type": "null"},
                                                {"$ref": "#/components/schemas/simple-user"},
                                            ]
                                        },
                                    },
                                    "required": [
                                        "id",
                                        "node_id",
                                        "before",
                                        "after",
                                        "ref",
                                        "timestamp",
                                        "activity_type",
                                        "actor",
                                    ],
                                },
                            }
                        }
                    }
                }
            },
        }
    },
}

ERROR: Final[Shape] = {"$ref": "#/components/schemas/basic-error"}
SLASHES: Final = frozenset({"path", "ref", "basehead", "branch"})


@functools.cache
def text(name: str) -> str:
    """Return one of the files, unpacked."""
    return gzip.decompress((DATA / f"{name}.gz").read_bytes()).decode()


def modern(schema: object, *, names: bool = False) -> Any:  # noqa: ANN401 - any JSON in, the same kind out
    """Turn a schema of OpenAPI 3.0 into JSON Schema 2020-12: `nullable` becomes a type; `names` holds no keywords."""
    if isinstance(schema, list):
        return [modern(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    new = {key: modern(value, names=not names and key == "properties") for key, value in schema.items()}
    if names or new.pop("nullable", False) is not True:
        return new
    return nullable(new)


def nullable(schema: Shape) -> Shape:
    """Allow null beside what a schema allows already."""
    if "enum" in schema:
        schema = {**schema, "enum": [*schema["enum"], None]}
    if isinstance(schema.get("type"), str):
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def corrected(schemas: Shape) -> Shape:
    """Lay the table of the specification's known faults over its schemas."""
    for name, *path in NULL_IN_REALITY:
        owner = schemas.get(name, {})
        for part in path[:-1]:
            owner = owner.get("properties", {}).get(part, {})
        properties = owner.get("properties", {})
        if path[-1] in properties:
            properties[path[-1]] = nullable(properties[path[-1]])
    for name, key in OPTIONAL_IN_REALITY:
        if key in schemas.get(name, {}).get("required", ()):
            schemas[name]["required"].remove(key)
    return schemas


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the REST contract, matched by a request: the template decides the route."""

    method: str
    template: str
    params: Mapping[str, str]


class RestContract:
    """The slice of GitHub's OpenAPI description; every request and every answer is held against it."""

    def __init__(self, name: str) -> None:
        document = modern(json.loads(text(f"{name}.json")))
        self.components: Final[Shape] = document["components"]
        self.schemas: Final[Shape] = corrected(self.components["schemas"])
        self._paths: Final[Shape] = {**document["paths"], **UNMODELLED}
        for path, items in ITEMS_IN_REALITY.items():
            answer = self._paths[path]["get"]["responses"]["200"]["content"]["application/json"]
            answer["schema"]["items"] = {"$ref": f"#/components/schemas/{items}"}
        # The template with most literal characters is the most exact one.
        literal = sorted(self._paths, key=lambda path: -len(re.sub(r"\{\w+\}", "", path)))
        self._patterns = [(re.compile(pattern(template)), template) for template in literal]
        self._validators: dict[tuple[str, ...], jsonschema_rs.Draft202012Validator] = {}

    def match(self, method: str, path: str) -> Operation | None:
        """Return the operation that a request means, `None` when the slice has none."""
        for compiled, template in self._patterns:
            found = compiled.fullmatch(path)
            if found and method.lower() in self._paths[template]:
                return Operation(method, template, found.groupdict())
        return None

    def request_problems(self, operation: Operation, query: Mapping[str, str], body: object) -> list[str]:
        """Say what of a request GitHub's description does not allow; `body` is `None` when there was none."""
        spec = self._spec(operation)
        known = {name: schema for name, where, schema in self._parameters(operation) if where == "query"}
        problems = [f"unknown query key {key!r}" for key in query if key not in known]
        for key in query.keys() & known.keys():
            problems += self._query_problems(key, query[key], known[key])
        declared = spec.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        if body is None:
            return problems + (["body missing"] if spec.get("requestBody", {}).get("required") else [])
        if declared is None:
            return [*problems, "a body where none is declared"]
        if isinstance(body, dict) and "properties" in declared:
            problems += [f"undeclared body key {key!r}" for key in body if key not in declared["properties"]]
        validator = self.validator((operation.method, operation.template, "body"), declared)
        return problems + [f"body: {error}" for error in complaints(validator, body)]

    def answer_schema(self, operation: Operation, status: int) -> Shape | None:
        """Return what the JSON body of an answer is promised to be, `None` when it has none."""
        answer = self._spec(operation)["responses"].get(str(status))
        if answer is None:  # GitHub documents few of its errors
            return ERROR if status >= 400 else None
        content = self._resolved(answer).get("content", {})
        if not content and status >= 400:  # "not a member" and "cannot be asked" are described without their words
            return ERROR
        schema: Shape | None = content.get("application/json", {}).get("schema")
        return schema

    def answer_problems(self, operation: Operation, status: int, body: object) -> list[str]:
        """Say what of an answer with a JSON body GitHub's description does not promise."""
        if status < 400 and str(status) not in self._spec(operation)["responses"]:
            return [f"status {status} is not documented"]
        schema = self.answer_schema(operation, status)
        if schema is None or body is None:
            return (
                []
                if schema is body is None
                else [f"status {status}: a body where none belongs, or none where one does"]
            )
        validator = self.validator((operation.method, operation.template, str(status)), schema)
        return [f"answer {status}: {error}" for error in complaints(validator, body)]

    def _spec(self, operation: Operation) -> Shape:
        return cast(Shape, self._paths[operation.template][operation.method.lower()])

    def _parameters(self, operation: Operation) -> Iterable[tuple[str, str, Shape]]:
        for raw in self._spec(operation).get("parameters", ()):
            parameter = self._resolved(raw)
            yield parameter["name"], parameter["in"], parameter["schema"]

    def _resolved(self, node: Shape) -> Shape:
        while "$ref" in node:
            kind, name = node["$ref"].removeprefix("#/components/").split("/")
            node = self.components[kind][name]
        return node

    def _query_problems(self, key: str, value: str, schema: Shape) -> list[str]:
        typed: object = value
        if "integer" in str(schema.get("type")):
            if not re.fullmatch(r"\d+", value):
                return [f"query {key}={value!r} is no number"]
            typed = int(value)
        if key == "per_page" and not 1 <= int(value) <= 100:  # nowhere in the description, but GitHub cuts it
            return [f"per_page={value}"]
        validator = self.validator(("query", key, json.dumps(schema, sort_keys=True)), schema)
        return [f"query {key}: {error}" for error in complaints(validator, typed)]

    def validator(self, key: tuple[str, ...], schema: Shape) -> jsonschema_rs.Draft202012Validator:
        """Return the validator of a schema, made once under its key."""
        if key not in self._validators:
            whole = {**schema, "components": {"schemas": self.schemas}}
            self._validators[key] = jsonschema_rs.Draft202012Validator(whole, validate_formats=False)
        return self._validators[key]


def pattern(template: str) -> str:
    """Turn a path template into a regular expression; some parameters hold slashes."""
    parts = re.split(r"\{(\w+)\}", template)
    return "".join(
        re.escape(part) if index % 2 == 0 else f"(?P<{part}>{'.+' if part in SLASHES else '[^/]+'})"
        for index, part in enumerate(parts)
    )


def complaints(validator: jsonschema_rs.Draft202012Validator, value: object) -> list[str]:
    """Return what a validator says of a value, at most five, with their places."""
    found = []
    for error in validator.iter_errors(cast(Any, value)):
        place = "/".join(str(part) for part in error.instance_path)
        found.append(f"{place or '.'}: {error.message[:300]}")
        if len(found) == 5:
            break
    return found


class WebhookContract:
    """GitHub's description of its webhooks (OpenAPI 3.1)."""

    def __init__(self) -> None:
        document = json.loads(text("webhooks-openapi.json"))
        self.schemas: Final[Shape] = corrected(document["schemas"])
        self._validators: dict[str, jsonschema_rs.Draft202012Validator] = {}

    def schema_name(self, event: str, action: str | None) -> str | None:
        """Return the schema of a payload, `None` when the slice does not have the event."""
        name = "-".join(part.replace("_", "-") for part in ("webhook", event, action) if part)
        return name if name in self.schemas else None

    def problems(self, name: str, payload: Shape) -> list[str]:
        """Say what of a payload GitHub's description does not promise."""
        if name not in self._validators:
            whole = {**self.schemas[name], "components": {"schemas": self.schemas}}
            self._validators[name] = jsonschema_rs.Draft202012Validator(whole, validate_formats=False)
        return complaints(self._validators[name], payload)


@functools.cache
def rest(name: str = DOTCOM) -> RestContract:
    """Return a REST contract, read once a process."""
    return RestContract(name)


@functools.cache
def webhooks() -> WebhookContract:
    """Return the webhook contract, read once a process."""
    return WebhookContract()
