"""What kustomizations take, and who is reached by whom: text in, paths out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import Unreadable
from app.formats.kustomization import Graph, Taken, dropped, is_kustomization, parse, within


def takes(text: str, path: str = "overlays/prod/kustomization.yaml") -> list[str]:
    return [taken.path for taken in parse(path, text).takes]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("resources: [../../base, deploy.yaml]", ["base", "overlays/prod/deploy.yaml"]),
        ("bases: [../stage/]", ["overlays/stage"]),
        ("components: [../../components/tls]", ["components/tls"]),
        ("patches: [{path: p.yaml}, {patch: 'a: 1'}]", ["overlays/prod/p.yaml"]),
        ('patchesStrategicMerge: [p.yaml, "a: 1\\nb: 2\\n"]', ["overlays/prod/p.yaml"]),
        ("patchesJson6902: [{path: j.json, target: {kind: Pod}}]", ["overlays/prod/j.json"]),
        ("replacements: [{path: r.yaml}, {source: {}}]", ["overlays/prod/r.yaml"]),
        (
            "configMapGenerator: [{name: a, files: [x.yaml, key=y.yaml], envs: [z.env], env: w.env}]",
            ["overlays/prod/w.env", "overlays/prod/x.yaml", "overlays/prod/y.yaml", "overlays/prod/z.env"],
        ),
        ("secretGenerator: [text, {files: none}]", []),
        ("openapi: {path: schema.json}", ["overlays/prod/schema.json"]),
        (
            "helmCharts: [{name: api, valuesFile: v.yaml, additionalValuesFiles: [w.yaml]}]",
            ["overlays/prod/charts/api", "overlays/prod/v.yaml", "overlays/prod/w.yaml"],
        ),
        ("helmGlobals: {chartHome: ../../vendor}\nhelmCharts: [{name: api}]", ["vendor/api"]),
        ("helmCharts: [{name: api, repo: https://charts.example}]", []),
        ("resources: [https://github.com/acme/base?ref=v1, ../../../out, /etc/x, '']", []),
        ("resources: nothing\n---\nresources: [second.yaml]", ["overlays/prod/second.yaml"]),
        ("[]", []),
    ],
)
def test_what_a_kustomization_takes(text: str, expected: list[str]) -> None:
    assert takes(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "resources: [a.yaml, ../../../b, 'https://github.com/acme/x?ref=1', /etc/x]",
            ("../../../b", "/etc/x", "https://github.com/acme/x?ref=1"),
        ),
        ("helmCharts: [{name: api, repo: https://charts.example}]", ("api",)),
        ("helmChartInflationGenerator: [{chartName: old}]", ("old",)),
        ("resources: [a.yaml]", ()),
    ],
)
def test_what_lies_outside_of_the_repository_is_named(text: str, expected: tuple[str, ...]) -> None:
    assert parse("a/b/kustomization.yaml", text).outside == expected


def test_the_outermost_kustomizations_that_a_file_reaches_are_its_roots() -> None:
    found = graph(base="deploy.yaml", overlays__prod="../../base", clusters__one="../../overlays/prod", alone="x.yaml")
    assert found.roots("base/deploy.yaml") == ("clusters/one",)
    assert found.roots("alone/kustomization.yaml") == ("alone",)
    assert found.roots("alone/other.yaml") == ()


def test_the_line_is_where_it_stands() -> None:
    assert parse("kustomization.yaml", "resources:\n  - a.yaml\n  - a.yaml\n").takes == (Taken("a.yaml", 2),)


def test_a_kustomization_that_is_no_yaml_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        parse("kustomization.yaml", "a: [")


@pytest.mark.parametrize(
    ("path", "expected"),
    [("a/kustomization.yaml", True), ("Kustomization", True), ("a/kustomization.yml", True), ("a/ks.yaml", False)],
)
def test_a_kustomization_is_known_by_its_name(path: str, *, expected: bool) -> None:
    assert is_kustomization(path) is expected


def graph(**lists: str) -> Graph:
    """Make a graph of folders (`__` is a slash) and the lists of their resources."""
    return Graph(
        parse(f"{folder.replace('__', '/')}/kustomization.yaml", f"resources: [{names}]")
        for folder, names in lists.items()
    )


def test_a_base_is_taken_by_every_overlay() -> None:
    found = graph(base="deploy.yaml", overlays__prod="../../base", overlays__stage="../../base")
    assert found.takers("base/deploy.yaml") == ("overlays/prod", "overlays/stage")


def test_what_takes_an_overlay_takes_its_base_too() -> None:
    found = graph(base="deploy.yaml", overlays__prod="../../base", clusters__one="../../overlays/prod")
    assert found.takers("base/deploy.yaml") == ("clusters/one", "overlays/prod")


def test_a_kustomization_file_is_taken_where_its_folder_is() -> None:
    assert graph(base="x.yaml", prod="../base").takers("base/kustomization.yaml") == ("prod",)


def test_a_file_that_no_list_names_is_taken_by_nobody() -> None:
    assert graph(base="deploy.yaml", prod="../base").takers("base/other.yaml") == ()


def test_the_folders_around_a_file_are_left_out() -> None:
    root = parse("kustomization.yaml", "resources: [apps]")
    apps = parse("apps/kustomization.yaml", "resources: [api]")
    api = parse("apps/api/kustomization.yaml", "resources: [deploy.yaml]")
    assert Graph([root, apps, api]).takers("apps/api/deploy.yaml") == ()


def test_lists_that_take_each_other_come_to_an_end() -> None:
    assert graph(a="../b, x.yaml", b="../a").takers("a/x.yaml") == ("b",)


def test_what_a_list_lets_go_is_told_with_its_line() -> None:
    before = parse("kustomization.yaml", "resources:\n  - a.yaml\n  - b.yaml\n")
    assert dropped(before, parse("kustomization.yaml", "resources: [a.yaml]")) == (Taken("b.yaml", 3),)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200), st.text("./ab", max_size=30))
def test_no_text_raises_anything_but_unreadable_and_no_path_leads_out(text: str, name: str) -> None:
    try:
        paths = [taken.path for taken in parse("a/b/kustomization.yaml", text).takes]
    except Unreadable:
        paths = []
    found = within("a/b", name)
    assert not any(step in {"..", "."} for path in (*paths, found or "") for step in path.split("/"))


def test_what_only_a_config_map_is_made_of_is_data() -> None:
    text = "configMapGenerator: [{files: [a, b]}]\nresources: [b]"
    assert [(one.path, one.data) for one in parse("kustomization.yaml", text).takes] == [("a", True), ("b", False)]


@pytest.mark.parametrize("name", ["a\0b", "x" * 5_000])
def test_what_can_be_no_path_is_outside(name: str) -> None:
    assert within("a", name) is None
