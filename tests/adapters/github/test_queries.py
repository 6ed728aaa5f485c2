"""Every query is one that GitHub's published schema takes."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema, parse, validate
from graphql.validation import specified_rules

from app.adapters.github import merges, notes, queries

SDL = Path(__file__).parents[2] / "data" / "github" / "schema.graphql.gz"
FILES = queries.wanted([("a" * 40, "x.yaml"), ("b" * 40, "x.yaml"), ("a" * 40, "y.yaml")])
QUERIES = {
    "where it stands": queries.WHERE_IT_STANDS,
    "floor": queries.FLOOR,
    "files": queries.read_files(FILES),
    "objects": queries.read_objects(FILES),
    "overview": queries.overview(FILES),
    "overview without files": queries.overview(queries.wanted([])),
    "commits": queries.next_page("commits"),
    "reviews": queries.next_page("reviews"),
    "comments": queries.next_page("comments"),
    "look again": queries.look_again(("a", "b")),
    "look again without comments": queries.look_again(()),
    "last comments": queries.LAST_COMMENTS,
    "members": queries.members(2),
    "merged": merges.MERGED,
    "recent merges": merges.RECENT,
    "evidence branch": merges.STANDING,
    "first note": notes.question("a" * 40, None)[0],
    "note": notes.question("a" * 40, "b" * 40)[0],
}


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(gzip.decompress(SDL.read_bytes()).decode(), assume_valid=True, assume_valid_sdl=True)


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_is_valid(name: str, schema: GraphQLSchema) -> None:
    assert validate(schema, parse(QUERIES[name]), specified_rules) == []


def test_no_value_stands_in_a_query() -> None:
    files = queries.wanted([("c" * 40, 'a"){evil}')])
    assert "evil" not in queries.overview(files)


def test_a_file_is_asked_for_once_a_commit() -> None:
    assert len(queries.wanted([("a" * 40, "x"), ("a" * 40, "x"), ("b" * 40, "x")]).aliases) == 2


def test_no_query_is_a_mutation() -> None:
    assert [name for name, text in QUERIES.items() if "mutation" in text] == []
