"""A file of any name is a manifest where a kustomization says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from app.core.tree import ChangedFile, File, FileStatus, Listing
from app.jobs.changes import Changes, read_changes
from app.jobs.named_files import named_files

BASE, HEAD = "b" * 40, "a" * 40
POD = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    image: {}\n"
LIST = "resources: [deployment, ../shared/service]\n"


class Tree:
    """Files by commit and path."""

    def __init__(self, before: Mapping[str, str], after: Mapping[str, str]) -> None:
        self.files = {BASE: before, HEAD: after}
        self.asked: list[str] = []

    def read(self, commit: str, paths: Iterable[str]) -> Mapping[str, File]:
        held = self.files[commit]
        wanted = list(paths)
        self.asked += wanted
        return {path: File(path, held[path]) for path in wanted if path in held}

    def list(self, commit: str, folder: str) -> Listing:
        return Listing.of(path for path in self.files[commit] if path.startswith(folder))


def between(before: Mapping[str, str], after: Mapping[str, str], *files: ChangedFile) -> Changes:
    return read_changes(Tree(before, after), files, (BASE, HEAD))


def changed(path: str, status: FileStatus = FileStatus.MODIFIED) -> ChangedFile:
    return ChangedFile(path, status)


def test_at_133_a_resource_without_an_ending_is_read() -> None:
    before = {"app/kustomization.yaml": LIST, "app/deployment": POD.format("a:1")}
    after = before | {"app/deployment": POD.format("b:2")}
    (found,) = between(before, after, changed("app/deployment")).images
    assert (found.name_before and found.name_before.path, found.uses[0].line) == ("library/a", 6)


def test_at_133_a_new_resource_without_an_ending_is_read() -> None:
    after = {"app/kustomization.yaml": LIST, "app/deployment": POD.format("a:1")}
    found = between({}, after, changed("app/deployment", FileStatus.ADDED), changed("app/kustomization.yaml"))
    assert [str(change.after) for change in found.images] == ["1"]


def test_a_kustomization_around_the_folder_may_name_it() -> None:
    tree = Tree({}, {"app/kustomization": LIST, "shared/service": "", "Kustomization": "resources: [app/x/y]"})
    found = named_files(tree, ((), ("app/x/y", "app/deployment", "shared/service", None)), (BASE, HEAD))
    assert found.after == {"app/x/y", "app/deployment", "shared/service"}


def test_what_no_kustomization_names_is_not_read_as_a_manifest() -> None:
    before, after = {"notes": "image: a:1"}, {"notes": "image: b:1"}
    assert between(before, after, changed("notes")).images == ()


def test_a_kustomization_that_cannot_be_read_names_nothing() -> None:
    tree = Tree({}, {"app/kustomization.yaml": "resources: ["})
    assert named_files(tree, ((), ("app/x",)), (BASE, HEAD)).after == frozenset()


def test_nothing_is_asked_where_no_such_file_changed() -> None:
    tree = Tree({}, {})
    named_files(tree, ((), (None,)), (BASE, HEAD))
    assert tree.asked == []


@pytest.mark.parametrize("name", ["deploy.txt", "deploy.toml", "deploy.py", "deploy.PNG", "README.md", "Dockerfile"])
def test_at_133_a_resource_is_read_whatever_its_name_says(name: str) -> None:
    lists = {"app/kustomization.yaml": f"resources: [{name}]\n"}
    before, after = lists | {f"app/{name}": POD.format("acme/a:1")}, lists | {f"app/{name}": POD.format("evil/b:2")}
    found = between(before, after, changed(f"app/{name}")).images
    assert [(str(one.name), one.uses[0].path) for one in found] == [("docker.io/evil/b", f"app/{name}")]


def test_what_the_name_of_a_resource_makes_of_it_counts_too() -> None:
    lists = {"app/kustomization.yaml": "configMapGenerator: [{name: a, files: [run.sh]}]\n"}
    before, after = (lists | {"app/run.sh": f"#!/bin/sh\ndocker run a.io/b/c:{tag}\n"} for tag in (1, 2))
    assert [str(one.after) for one in between(before, after, changed("app/run.sh")).images] == ["2"]


def test_at_133_many_other_files_do_not_hide_a_resource() -> None:
    lists = {"z/kustomization.yaml": LIST}
    others = {f"a/{number}/file": "" for number in range(300)}
    after = lists | others | {"z/deployment": POD.format("evil/b:2")}
    files = [changed(path, FileStatus.ADDED) for path in after if path not in lists]
    assert [str(one.name) for one in between(lists, after, *files).images] == ["docker.io/evil/b"]


def test_many_other_files_cost_one_listing() -> None:
    paths = tuple(f"a/{number}/file" for number in range(300))
    tree = Tree({}, dict.fromkeys(paths, ""))
    assert (named_files(tree, ((), paths), (BASE, HEAD)).after, tree.asked) == (frozenset(), [])


@pytest.mark.parametrize("name", ["deploy.txt", "sub/deploy", "deploy.md"])
def test_at_132_whatever_lies_in_the_templates_of_a_chart_is_read(name: str) -> None:
    chart = {"charts/a/Chart.yaml": "name: a\nversion: 1.0.0\n"}
    path = f"charts/a/templates/{name}"
    after = chart | {path: "{{ if .Values.on }}\n" + POD.format("evil/b:2") + "{{ end }}\n"}
    assert [str(one.name) for one in between(chart, after, changed(path, FileStatus.ADDED)).images] == [
        "docker.io/evil/b"
    ]


@pytest.mark.parametrize("path", ["a/templates/NOTES.txt", "b/templates/x.txt", "a/mytemplates/x.txt"])
def test_notes_and_templates_of_no_chart_are_none(path: str) -> None:
    tree = Tree({}, {"a/Chart.yaml": "", path: ""})
    assert named_files(tree, ((), (path,)), (BASE, HEAD)).after == frozenset()


def test_at_140_a_resource_that_cannot_be_read_is_told_whatever_its_name_says() -> None:
    after = {"app/kustomization.yaml": "resources: [deploy.png]\n", "app/deploy.png": "image: a\n---\n" * 600}
    found = between({}, after, changed("app/deploy.png", FileStatus.ADDED))
    assert [one.path for one in found.unreadable] == ["app/deploy.png"]


def test_a_picture_of_a_config_map_is_no_matter() -> None:
    lists = "configMapGenerator: [{name: a, files: [logo.png]}]\n"
    after = {"app/kustomization.yaml": lists, "app/logo.png": "image: a\n---\n" * 600}
    assert between({}, after, changed("app/logo.png", FileStatus.ADDED)).unreadable == ()


def test_at_133_what_is_a_resource_and_data_is_a_resource() -> None:
    lists = "configMapGenerator: [{name: a, files: [x.png]}]\nresources: [x.png]\n"
    tree = Tree({}, {"app/kustomization.yaml": lists})
    assert named_files(tree, ((), ("app/x.png",)), (BASE, HEAD)).data == frozenset()
