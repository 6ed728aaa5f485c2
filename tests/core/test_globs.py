"""The published table of cases of the one glob dialect, and its properties."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.globs import Glob, InvalidGlob, PathGlob, covered

NAMES = [
    # pattern, name, matches
    ("ghcr.io/acme/api", "ghcr.io/acme/api", True),
    ("ghcr.io/acme/api", "ghcr.io/acme/api2", False),
    ("ghcr.io/acme/*", "ghcr.io/acme/api", True),
    ("ghcr.io/acme/*", "ghcr.io/acme/team/api", False),
    ("ghcr.io/acme/*", "ghcr.io/acme", False),
    ("ghcr.io/acme/**", "ghcr.io/acme/api", True),
    ("ghcr.io/acme/**", "ghcr.io/acme/team/api", True),
    ("ghcr.io/acme/**", "ghcr.io/acme", True),
    ("ghcr.io/acme/**", "ghcr.io/acmeevil/api", False),
    ("ghcr.io/**/api", "ghcr.io/api", True),
    ("ghcr.io/**/api", "ghcr.io/a/b/api", True),
    ("ghcr.io/**/api", "ghcr.io/a/b/apis", False),
    ("**", "docker.io/library/nginx", True),
    ("**/nginx", "docker.io/library/nginx", True),
    ("*.gcr.io/acme/**", "eu.gcr.io/acme/api", True),
    ("*.gcr.io/acme/**", "gcr.io/acme/api", False),
    ("ghcr.io/acme/api-?", "ghcr.io/acme/api-1", True),
    ("ghcr.io/acme/api-?", "ghcr.io/acme/api-", False),
    ("ghcr.io/acme/api-?", "ghcr.io/acme/api-12", False),
    ("ghcr.io/acme?api", "ghcr.io/acme/api", False),
    ("ghcr.io/*-api-*", "ghcr.io/x-api-api-y", True),
    ("ghcr.io/acme/*", "ghcr.io/acme/a.b", True),
    ("ghcr.io/acme/a.b", "ghcr.io/acme/axb", False),
    ("localhost:5000/*", "localhost:5000/api", True),
    ("localhost:5000/*", "localhost:5001/api", False),
    ("ghcr.io/Acme/*", "ghcr.io/acme/api", False),
]


@pytest.mark.parametrize(("pattern", "name", "expected"), NAMES)
def test_a_name_pattern_matches_by_the_published_table(pattern: str, name: str, expected: bool) -> None:  # noqa: FBT001 - a column of the table
    assert Glob(pattern).matches(name) is expected


@pytest.mark.parametrize(
    "name",
    [
        "registry.example.evil.example/acme/x",
        "evil.example/registry.example/acme/x",
        "registry.example:444/acme/x",
        "registry-example/acme/x",
    ],
)
def test_at_017_a_look_alike_registry_is_outside_the_pattern(name: str) -> None:
    assert not Glob("registry.example/acme/**").matches(name)


PATHS = [
    # pattern, path, covered
    ("/policies/**", "policies/a.yaml", True),
    ("/policies/**", "policies/deep/a.yaml", True),
    ("/policies/**", "policies", True),
    ("/policies/**", "apps/policies/a.yaml", False),
    ("/policies/**", "policies2/a.yaml", False),
    ("/policies/", "policies/a.yaml", True),
    ("/policies", "policies/a.yaml", True),
    ("/policies", "policies", True),
    ("policies/", "policies/a.yaml", True),
    ("policies/", "apps/policies/a.yaml", True),
    ("policies", "apps/policies", True),
    ("policies/base", "policies/base/a.yaml", True),
    ("policies/base", "x/policies/base/a.yaml", False),
    ("**/policies/**", "a/b/policies/c", True),
    ("**/policies/**", "policies/c", True),
    ("**/policies/**", "a/b", False),
    ("*.rego", "a/b/x.rego", True),
    ("/*.rego", "a/b/x.rego", False),
    ("/*.rego", "x.rego", True),
    ("/clusters/*/policies/", "clusters/prod/policies/x.yaml", True),
    ("/clusters/*/policies/", "clusters/prod/apps/x.yaml", False),
    ("/clusters/*/policies/", "clusters/README.md", False),
    ("/a/*", "a/b/c", True),
    ("/a/?.yaml", "a/bc.yaml", False),
    ("/**", "anything/at/all", True),
    ("**", "anything", True),
    ("/deploy/policies/**", "deploy", True),
    ("/deploy/policies/**", "deploy/other", False),
    ("/clusters/*/policies/", "clusters", True),
]


@pytest.mark.parametrize(("pattern", "path", "expected"), PATHS)
def test_a_path_pattern_covers_by_the_published_table(pattern: str, path: str, expected: bool) -> None:  # noqa: FBT001 - a column of the table
    assert PathGlob(pattern).covers(path) is expected


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/policies/**", "Policies/A.yaml"),
        ("/POLICIES/", "policies/a.yaml"),
        ("/caf\u00e9/", "cafe\u0301/x"),
        ("/cafe\u0301/", "caf\u00e9/x"),
        ("/stra\u00dfe/", "STRASSE/x"),
        ("/\u212bngstrom", "\u00e5ngstrom"),
    ],
)
def test_at_167_paths_that_a_file_system_may_take_for_the_same_are_covered(pattern: str, path: str) -> None:
    assert PathGlob(pattern).covers(path)


def test_at_167_a_directory_that_becomes_a_file_or_link_is_covered() -> None:
    assert covered([PathGlob("/policies/**")], ["policies", "readme", "policies/a"]) == ("policies", "policies/a")


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "[ab]",
        "a/[!a]",
        "a/[^a]",
        "{a,b}",
        "a\\*",
        "!a",
        "a\nb",
        "a\x00",
        " a",
        "a ",
        "a**",
        "**a",
        "a/***",
        "x" * 513,
    ],
)
@pytest.mark.parametrize("kind", [Glob, PathGlob])
def test_at_033_what_other_dialects_disagree_on_is_an_error(pattern: str, kind: type[Glob | PathGlob]) -> None:
    with pytest.raises(InvalidGlob):
        kind(pattern)


@pytest.mark.parametrize("pattern", ["/a", "a/", "a//b", "/"])
def test_a_name_pattern_has_no_empty_part(pattern: str) -> None:
    with pytest.raises(InvalidGlob, match="empty part"):
        Glob(pattern)


@pytest.mark.parametrize("pattern", ["/", "//", "a//b", "//a", "./a", "../a", "a/../b", "/."])
def test_a_path_pattern_names_a_path(pattern: str) -> None:
    with pytest.raises(InvalidGlob):
        PathGlob(pattern)


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("a/" + "*a" * 250 + "b", "a/" + "a" * 20_000),
        ("/".join(["**", "*a*a*b"] * 50), "/".join(["aaaa"] * 2_000)),
        ("**/a/" * 100 + "x", "/".join(["a"] * 5_000)),
    ],
)
def test_a_hostile_pattern_costs_no_more_than_pattern_times_text(pattern: str, name: str) -> None:
    started = time.process_time()
    assert not Glob(pattern).matches(name)
    assert not PathGlob("/" + pattern).covers(name)
    assert time.process_time() - started < 5


PART = st.text("ab*?", min_size=1, max_size=6).filter(lambda part: "**" not in part)
PATTERN = st.lists(PART | st.just("**"), min_size=1, max_size=5).map("/".join)
NAME = st.lists(st.text("ab", min_size=1, max_size=5), min_size=1, max_size=5).map("/".join)


def _slow(pattern: str, name: str) -> bool:
    """The definition, by recursion over all choices."""
    return _slow_parts(pattern.split("/"), name.split("/"))


def _slow_parts(pattern: list[str], parts: list[str]) -> bool:
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return any(_slow_parts(pattern[1:], parts[skip:]) for skip in range(len(parts) + 1))
    return bool(parts) and _slow_part(pattern[0], parts[0]) and _slow_parts(pattern[1:], parts[1:])


def _slow_part(pattern: str, part: str) -> bool:
    if not pattern:
        return not part
    if pattern[0] == "*":
        return any(_slow_part(pattern[1:], part[skip:]) for skip in range(len(part) + 1))
    return part != "" and pattern[0] in ("?", part[0]) and _slow_part(pattern[1:], part[1:])


@settings(max_examples=200, deadline=None)
@given(PATTERN, NAME)
def test_the_quick_matcher_agrees_with_the_definition(pattern: str, name: str) -> None:
    assert Glob(pattern).matches(name) is _slow(pattern, name)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_a_pattern_or_refused(text: str) -> None:
    for kind in (Glob, PathGlob):
        with contextlib.suppress(InvalidGlob):
            kind(text)


@settings(max_examples=100, deadline=None)
@given(NAME)
def test_a_path_covers_itself_and_what_is_beneath(path: str) -> None:
    assert PathGlob(f"/{path}").covers(path)
    assert PathGlob(f"/{path}/").covers(f"{path}/x")


def test_a_pattern_of_everything_keeps_its_one_part() -> None:
    assert PathGlob("/**").parts == ["**"]
