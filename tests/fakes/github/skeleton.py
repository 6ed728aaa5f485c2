"""Minimal valid instances of a schema, with real values laid over them.

GitHub promises some 150 fields of a pull request; the simulator knows 40. The rest is the least that the contract
allows, so it moves with the contract and stays out of our code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tests.fakes.github.contracts import Shape

ABSENT: Final = object()
SAMPLES: Final = {
    "uri": "https://github.test/",
    "uri-template": "https://github.test/",
    "date-time": "2026-01-01T00:00:00Z",
    "email": "nobody@github.test",
}


class Skeleton:
    """Completes partial values so that they satisfy the schemas of one contract."""

    def __init__(self, schemas: Mapping[str, Shape]) -> None:
        self._schemas = schemas
        self._flat: dict[int, Shape] = {}

    def named(self, name: str, values: Mapping[str, Any]) -> Shape:
        """Return `values` with every field that the named schema requires besides them."""
        completed: Shape = self.complete(self._schemas[name], dict(values))
        return completed

    def complete(self, schema: Shape, value: object = ABSENT) -> Any:  # noqa: ANN401 - any JSON
        """Return the least valid instance of `schema` that holds `value`."""
        flat = self._flattened(self._fitting(schema, value) if isinstance(value, dict) else schema)
        if value is ABSENT:
            return self._least(flat)
        if isinstance(value, dict) and "properties" in flat:
            return self._object(flat, value)
        if isinstance(value, list) and isinstance(flat.get("items"), dict):
            return [self.complete(flat["items"], item) for item in value]
        return value

    def _object(self, flat: Shape, values: Shape) -> Shape:
        properties = flat["properties"]
        done = {key: self.complete(properties.get(key, {}), value) for key, value in values.items()}
        for key in flat.get("required", ()):
            if key not in done:
                done[key] = self.complete(properties.get(key, {}))
        return done

    def _least(self, flat: Shape) -> Any:  # noqa: ANN401 - one answer a type
        kinds = flat.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if "null" in kinds or flat.get("null"):
            return None
        if "const" in flat or "enum" in flat:
            return flat.get("const", flat.get("enum", [None])[0])
        if "object" in kinds or "properties" in flat:
            return self._object({"properties": {}, **flat}, {})
        if "array" in kinds:
            return [self.complete(flat["items"]) for _ in range(flat.get("minItems", 0))]
        if "string" in kinds:
            return SAMPLES.get(flat.get("format", ""), "x" * flat.get("minLength", 0))
        return False if "boolean" in kinds else 0

    def _fitting(self, schema: Shape, value: Shape) -> Shape:
        """Return the branch of a choice that knows most keys of a value; the schema itself when it offers none."""
        while "$ref" in schema:
            schema = self._schemas[schema["$ref"].rsplit("/", 1)[1]]
        branches: list[Shape] = schema.get("oneOf") or schema.get("anyOf") or []
        if not branches or "properties" in schema:
            return schema
        return max(
            branches, key=lambda branch: len(value.keys() & self._flattened(branch).get("properties", {}).keys())
        )

    def _flattened(self, schema: Shape) -> Shape:
        """Follow references and choices: the first branch that is not null, all of an `allOf`."""
        known = self._flat.get(id(schema))
        if known is not None:
            return known
        flat = schema
        while "$ref" in flat:
            flat = self._schemas[flat["$ref"].rsplit("/", 1)[1]]
        for word in ("anyOf", "oneOf"):
            if word in flat and "properties" not in flat:
                flat = self._chosen(flat, flat[word])
        for part in flat.get("allOf", ()):
            flat = self._merged(flat, self._flattened(part))
        self._flat[id(schema)] = flat
        return flat

    def _chosen(self, flat: Shape, branches: list[Shape]) -> Shape:
        real = [branch for branch in branches if branch.get("type") != "null"]
        chosen = self._flattened(real[0]) if real else {"type": "null"}
        return {**chosen, "null": True} if len(real) < len(branches) else {**flat, **chosen}

    @staticmethod
    def _merged(one: Shape, other: Shape) -> Shape:
        return {
            **other,
            **one,
            "properties": {**other.get("properties", {}), **one.get("properties", {})},
            "required": [*one.get("required", ()), *other.get("required", ())],
        }
