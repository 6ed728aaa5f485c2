"""A file of any name is a manifest where a kustomization says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

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
