"""What a review reads of two commits, and what it says of files that it cannot read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pytest

from app.core.inventory import Artifact, ImageChange, UnreadablePlace
from app.core.oci import ANONYMOUS, Audience
from app.core.tree import MAX_FILE, SUBMODULE, SYMLINK, ChangedFile, File, FileStatus, file_of
from app.jobs.assess import Viewer
from app.jobs.changes import MAX_PLACES, MAX_READ, Changes, read_changes

BASE, HEAD = "b" * 40, "a" * 40
MODES = {"../v2": SYMLINK, "commit": SUBMODULE}
ACME = Audience(1, "acme", "gitops")


@dataclass
class Tree:
    """Files by commit and path; `asked` are the paths of every call."""

    files: Mapping[str, Mapping[str, str | None]]
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def read(self, commit: str, paths: Iterable[str]) -> Mapping[str, File]:
        self.asked.append(tuple(paths))
        held = self.files[commit]
        return {
            path: file_of(path, MODES.get(held[path] or "", "100644"), (held[path] or "x" * (MAX_FILE + 1)).encode())
            for path in self.asked[-1]
            if path in held
        }


def pod(image: str) -> str:
    return f"apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    image: {image}\n"


def between(before: Mapping[str, str | None], after: Mapping[str, str | None], *files: ChangedFile) -> Changes:
    changed = files or tuple(ChangedFile(path, FileStatus.MODIFIED) for path in sorted({*before, *after}))
    return read_changes(Tree({BASE: before, HEAD: after}), changed, (BASE, HEAD))


def only(changes: Changes) -> ImageChange:
    (change,) = changes.images
    return change


def test_a_changed_file_that_is_not_found_under_its_name_is_unreadable() -> None:
    changes = between({}, {}, ChangedFile("evil\N{REPLACEMENT CHARACTER}.yaml", FileStatus.ADDED))
    assert [place.path for place in changes.unreadable] == ["evil\N{REPLACEMENT CHARACTER}.yaml"]


def test_a_file_that_was_not_read_before_does_not_make_its_images_new() -> None:
    change = only(between({"a.yaml": None}, {"a.yaml": pod("ghcr.io/acme/api:1")}))
    assert (change.before, change.before_unknown) == (None, True)


def test_an_image_of_a_new_file_is_new() -> None:
    change = only(between({}, {"a.yaml": pod("nginx:1")}, ChangedFile("a.yaml", FileStatus.ADDED)))
    assert (change.before, change.before_unknown) == (None, False)


def test_a_file_that_moves_to_a_path_that_is_read_brings_its_images() -> None:
    moved = ChangedFile("a.yaml", FileStatus.RENAMED, previous_path="a.txt")
    assert only(between({"a.txt": pod("nginx:1")}, {"a.yaml": pod("nginx:1")}, moved)).before is None


def test_more_text_than_is_read_is_unreadable_and_not_fetched() -> None:
    count = MAX_READ // 900_000 + 100
    head = {f"{number:04}.yaml": "# " + "x" * 900_000 for number in range(count)}
    tree = Tree({BASE: {}, HEAD: head})
    changes = read_changes(tree, [ChangedFile(path, FileStatus.ADDED) for path in head], (BASE, HEAD))
    fetched = sum(len(paths) for paths in tree.asked)
    assert fetched + len(changes.unreadable) == count
    assert {place.reason for place in changes.unreadable} == {
        "not read: the change touches more than 32 MiB of such files"
    }


def test_what_is_over_the_limit_before_does_not_make_images_new() -> None:
    base = {f"{number:04}.yaml": "# " + "x" * 900_000 for number in range(60)} | {"z.yaml": pod("nginx:1")}
    change = only(between(base, {"z.yaml": pod("nginx:2")}))
    assert change.before_unknown


def test_a_fork_spends_no_credential_on_a_repository_that_the_base_does_not_name() -> None:
    before, after = (
        {"values.yaml": "image:\n  tag: '1'\n"},
        {"values.yaml": "image: {repository: reg.io/x, tag: '1'}\n"},
    )
    assert Viewer(ACME, from_fork=True).of(only(between(before, after))) is ANONYMOUS


def test_a_fork_may_move_the_tag_of_an_image_that_the_base_names() -> None:
    change = only(between({"a.yaml": pod("reg.io/x:1")}, {"a.yaml": pod("reg.io/x:2")}))
    assert Viewer(ACME, from_fork=True).of(change) is ACME


def test_the_same_unreadable_place_before_and_after_is_not_told() -> None:
    text = pod("'{{ image }}'")
    assert between({"a.yaml": text}, {"a.yaml": text + "# more\n"}) == Changes((), ())


def test_an_unreadable_head_file_is_told_with_its_reason() -> None:
    changes = between({"a.yaml": pod("nginx:1")}, {"a.yaml": None})
    assert changes.unreadable == (UnreadablePlace("a.yaml", 0, "larger than 1 MiB"),)


@pytest.mark.parametrize("path", ["apps/current", "vendor/lib.d", "LICENSE.old"])
@pytest.mark.parametrize("what", MODES)
def test_at_134_at_135_a_link_or_submodule_of_any_name_is_shown_to_a_person(path: str, what: str) -> None:
    changes = between({path: "../v1"}, {path: what})
    assert [(place.path, place.elsewhere) for place in changes.unjudged] == [(path, True)]


@pytest.mark.parametrize("path", ["LICENSE", "bin/tool", "a.md"])
def test_a_file_that_is_no_manifest_is_nothing_to_show(path: str) -> None:
    assert between({path: "a"}, {path: "b"}) == Changes((), ())


def test_texts_and_pictures_that_nothing_takes_are_not_looked_at() -> None:
    tree = Tree({BASE: {}, HEAD: {"a.md": "", "b.PNG": ""}})
    read_changes(tree, [ChangedFile(path, FileStatus.ADDED) for path in ("a.md", "b.PNG")], (BASE, HEAD))
    assert {path for paths in tree.asked for path in paths}.isdisjoint(("a.md", "b.PNG"))


def test_more_images_than_are_held_are_unreadable() -> None:
    many = "- image: a/b:1\n" * 9_000
    changes = between({}, {f"{number}.yaml": many for number in range(4)})
    assert [(place.path, place.reason) for place in changes.unreadable] == [
        ("3.yaml", "the change touches files with more than 30,000 images")
    ]


def test_countless_places_that_cannot_be_judged_are_told_as_a_number() -> None:
    many = "".join(f"- image: 'a/{{{{ {number} }}}}'\n" for number in range(MAX_PLACES + 20))
    changes = between({}, {"a.yaml": many})
    assert (len(changes.unreadable), changes.unreadable[-1].reason) == (MAX_PLACES + 1, "this and 19 more places")


RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: cm, namespace: apps}}
spec: {{chart: {{spec: {{chart: cm, version: {}, sourceRef: {{kind: HelmRepository, name: acme}}}}}}}}
"""
PLACE = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata: {{name: acme}}\nspec: {{url: '{}'}}\n"


def test_a_chart_is_found_by_its_repository_in_another_changed_file() -> None:
    before = {"a/release.yaml": RELEASE.format("1.2.0"), "b/place.yaml": PLACE.format("oci://ghcr.io/acme")}
    after = before | {"a/release.yaml": RELEASE.format("1.3.0")}
    change = only(between(before, after))
    assert (str(change.name), str(change.before), str(change.after)) == ("ghcr.io/acme/cm", "1.2.0", "1.3.0")
    assert change.artifact is Artifact.CHART


def test_at_132_a_chart_without_its_repository_is_a_changed_source() -> None:
    changes = between({"a.yaml": RELEASE.format("1.2.0")}, {"a.yaml": RELEASE.format("1.3.0")})
    assert (changes.images, changes.unreadable, [place.line for place in changes.sources]) == ((), (), [4])
    assert changes.unjudged == changes.sources


def test_at_132_a_repository_that_moves_is_told_and_so_is_its_chart() -> None:
    before = {"a.yaml": RELEASE.format("1.2.0"), "b.yaml": PLACE.format("https://x.test")}
    changes = between(before, before | {"b.yaml": PLACE.format("https://evil.test")})
    assert [(place.path, place.line) for place in changes.sources] == [("a.yaml", 4), ("b.yaml", 4)]


def test_at_132_a_repository_of_a_registry_that_moves_moves_its_charts() -> None:
    before = {"a.yaml": RELEASE.format("1.2.0"), "b.yaml": PLACE.format("oci://ghcr.io/acme")}
    change = only(between(before, before | {"b.yaml": PLACE.format("oci://evil.test/acme")}))
    assert (str(change.name_before), str(change.name)) == ("ghcr.io/acme/cm", "evil.test/acme/cm")


def test_more_sources_than_are_told_one_by_one_are_said_to_be_more() -> None:
    text = "".join(f"- https://x.test/{number}?ref=v1\n" for number in range(MAX_PLACES + 5))
    changes = between(
        {}, {"kustomization.yaml": f"resources:\n{text}"}, ChangedFile("kustomization.yaml", FileStatus.ADDED)
    )
    assert len(changes.sources) == MAX_PLACES + 1
    assert all(place.source and place.elsewhere for place in changes.sources)


@pytest.mark.parametrize("path", ["web/bundle.js", "tools/run.sh", "app.properties", "pyproject.toml"])
def test_a_program_that_cannot_be_read_hides_no_image(path: str) -> None:
    assert between({path: None}, {path: None}).unreadable == ()


@pytest.mark.parametrize("path", ["a.yaml", "main.tf", ".env", "api.container", "Dockerfile", "main.jsonnet", "a.tpl"])
def test_what_says_what_runs_is_told_when_it_cannot_be_read(path: str) -> None:
    assert [place.path for place in between({}, {path: None}).unreadable] == [path]


def test_a_program_that_is_a_link_is_told() -> None:
    assert [place.path for place in between({}, {"run.sh": "../v2"}).unjudged] == ["run.sh"]


def test_manifests_are_read_before_programs() -> None:
    files = {f"{number}.py": "x" * MAX_FILE for number in range(MAX_READ // MAX_FILE + 2)}
    changes = between({}, {**files, "z.yaml": pod("ghcr.io/acme/api:1")})
    assert (len(changes.images), changes.unreadable) == (1, ())


def test_at_139_a_comment_that_names_a_trusted_image_is_shown_to_a_person() -> None:
    comment = "  # renovate: datasource=docker depName=ghcr.io/acme/api\n"
    before, after = "image:\n  tag: v1\n", f"image:\n{comment}  tag: v2\n"
    changes = between({"values.yaml": before}, {"values.yaml": after})
    assert [(place.line, place.elsewhere) for place in changes.unjudged] == [(3, True)]


def test_a_version_that_moves_below_its_comment_is_nothing_else_than_a_change() -> None:
    text = "# renovate: datasource=docker depName=ghcr.io/acme/api\nversion: {}\n"
    changes = between({"a.yaml": text.format("v1")}, {"a.yaml": text.format("v2")})
    assert (len(changes.images), changes.unjudged) == (1, ())
