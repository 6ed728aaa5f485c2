"""What rendering adds to a review, and what it gathers for the program: two trees, and a renderer that writes down."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import pytest

from app.core.errors import Unavailable
from app.core.tree import DIRECTORY, ChangedFile, File, FileStatus, Listing, Tool, file_of
from app.jobs.changes import Changes, read_changes
from app.jobs.rendering import MAX_FILES, MAX_ROOTS

BASE, HEAD = "b" * 40, "a" * 40


def pod(image: str) -> str:
    return (
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: api}}\nspec:\n  containers:\n  - name: a\n    image: {image}\n"
    )


@dataclass
class Repository:
    """Two trees; a path with `link` as its content is a symbolic link. `folders`: folders are told apart."""

    before: Mapping[str, str]
    after: Mapping[str, str]
    folders: bool = False
    down: bool = False
    whole: bool = True

    def read(self, commit: str, paths: Iterable[str]) -> Mapping[str, File]:
        held = self.before if commit == BASE else self.after
        found = {}
        for path in paths:
            if path in held:
                found[path] = file_of(path, "120000" if held[path] == "link" else "100644", held[path].encode())
            elif self.folders and any(other.startswith(f"{path}/") for other in held):
                found[path] = File(path, None, DIRECTORY)
        return found

    def list(self, commit: str, folder: str) -> Listing:
        if self.down:
            raise Unavailable("GitHub cannot be reached.")
        held = self.before if commit == BASE else self.after
        below = f"{folder}/" if folder else ""
        return Listing.of((path for path in held if path.startswith(below)), whole=self.whole or not folder)

    def changed(self) -> tuple[ChangedFile, ...]:
        paths = sorted({*self.before, *self.after})
        return tuple(
            ChangedFile(
                path, FileStatus.MODIFIED if path in self.before and path in self.after else _one_sided(self, path)
            )
            for path in paths
            if self.before.get(path) != self.after.get(path)
        )


def _one_sided(repository: Repository, path: str) -> FileStatus:
    return FileStatus.ADDED if path in repository.after else FileStatus.REMOVED


Making = Callable[[Tool, str, Mapping[str, str]], str]


@dataclass
class Renderer:
    """Makes text by a function, and keeps what it was given."""

    make: Making
    given: list[tuple[Tool, str, dict[str, str]]] = field(default_factory=list)

    def render(self, tool: Tool, folder: str, files: Mapping[str, str]) -> File:
        self.given.append((tool, folder, dict(files)))
        made = self.make(tool, folder, files)
        return File(folder, None, made[1:]) if made.startswith("!") else File(folder, made)


def rendered(repository: Repository, make: Making) -> tuple[Changes, Renderer]:
    renderer = Renderer(make)
    return read_changes(repository, repository.changed(), (BASE, HEAD), renderer), renderer


def tag_of(_tool: Tool, _folder: str, files: Mapping[str, str]) -> str:
    """Stand for a build: an image whose tag is what `tag.yaml` says."""
    tag = next(text for path, text in files.items() if path.endswith("tag.yaml")).split()[-1]
    return pod(f"ghcr.io/acme/api:{tag}")


def overlay(tag: str, **more: str) -> dict[str, str]:
    return {
        "base/kustomization.yaml": "resources: [tag.yaml]\n",
        "base/tag.yaml": f"value: {tag}\n",
        "prod/kustomization.yaml": "resources: [../base]\n",
        **more,
    }


def shown(changes: Changes) -> list[tuple[str, str, str, str]]:
    return [(change.key, use.path, use.format, str(use.line)) for change in changes.images for use in change.uses]


@pytest.mark.parametrize("folders", [False, True])
def test_an_image_that_only_rendering_shows_joins_the_changes_at_the_overlay(*, folders: bool) -> None:
    changes, _ = rendered(Repository(overlay("1"), overlay("2"), folders), tag_of)
    assert shown(changes) == [("ghcr.io/acme/api 1 -> 2", "prod/kustomization.yaml", "rendered", "1")]


def test_the_program_is_given_the_closure_of_the_overlay_and_nothing_else() -> None:
    _, renderer = rendered(Repository(overlay("1", **{"other.yaml": "a: 1"}), overlay("2")), tag_of)
    assert [(tool, folder, sorted(files)) for tool, folder, files in renderer.given] == [
        (Tool.KUSTOMIZE, "prod", ["base/kustomization.yaml", "base/tag.yaml", "prod/kustomization.yaml"])
    ] * 2


def test_a_change_that_the_files_tell_keeps_their_places() -> None:
    def tree(tag: str) -> dict[str, str]:
        return {"kustomization.yaml": "resources: [pod.yaml]\n", "pod.yaml": pod(f"ghcr.io/acme/api:{tag}")}

    changes, _ = rendered(Repository(tree("1"), tree("2")), lambda _tool, _folder, files: files["pod.yaml"])
    assert [path for _, path, _, _ in shown(changes)] == ["pod.yaml"]


def test_without_a_renderer_nothing_is_rendered_or_said() -> None:
    repository = Repository(overlay("1"), overlay("2"))
    changes = read_changes(repository, repository.changed(), (BASE, HEAD))
    assert (changes.images, changes.warnings) == ((), ())


def chart(tag: str, **more: str) -> dict[str, str]:
    return {
        "api/Chart.yaml": "name: api\n",
        "api/templates/x.yaml": "a: {{ 1 }}\n",
        "api/tag.yaml": f"v: {tag}\n",
        **more,
    }


def test_a_chart_is_rendered_whole_and_its_images_stand_at_it() -> None:
    changes, renderer = rendered(Repository(chart("1"), chart("2")), tag_of)
    assert shown(changes) == [("ghcr.io/acme/api 1 -> 2", "api/Chart.yaml", "rendered", "1")]
    assert renderer.given[0][:2] == (Tool.HELM, "api")
    assert sorted(renderer.given[0][2]) == ["api/Chart.yaml", "api/tag.yaml", "api/templates/x.yaml"]


def test_a_chart_within_a_chart_is_rendered_with_the_outer_one() -> None:
    inner = {"api/charts/db/Chart.yaml": "name: db\n"}
    _, renderer = rendered(
        Repository(
            chart("1", **inner, **{"api/charts/db/values.yaml": "a: 1\n"}),
            chart("1", **inner, **{"api/charts/db/values.yaml": "a: 2\n"}),
        ),
        tag_of,
    )
    assert [folder for _, folder, _ in renderer.given] == ["api", "api"]


def test_a_new_overlay_adds_the_images_that_it_brings() -> None:
    old = {path: text for path, text in overlay("1").items() if not path.startswith("prod")}
    changes, _ = rendered(Repository(old, overlay("1")), tag_of)
    assert [key for key, _, _, _ in shown(changes)] == ["ghcr.io/acme/api none -> 1"]


def failing(files: Mapping[str, str], make: Making = tag_of) -> str:
    """Return what is said of an overlay that cannot be rendered."""
    changes, _ = rendered(Repository(overlay("1"), {**overlay("2"), **files}), make)
    assert changes.images == ()
    (said,) = [one for one in changes.warnings if "rendered" in one]
    return said


def test_what_cannot_be_rendered_is_said_with_the_reason() -> None:
    assert failing({}, lambda *_: "!kustomize is not installed") == (
        "`prod` could not be rendered: kustomize is not installed"
    )


def test_at_133_what_lies_outside_of_the_repository_is_refused_before_anything_runs() -> None:
    list_ = "resources: [../base, 'https://github.com/acme/x?ref=1']\n"
    assert failing({"prod/kustomization.yaml": list_}).endswith(
        "prod/kustomization.yaml takes https://github.com/acme/x?ref=1, which does not lie in the repository"
    )


def test_at_134_a_link_is_refused_before_anything_runs() -> None:
    assert "base/tag.yaml is a symbolic link" in failing({"base/tag.yaml": "link"})


def test_a_kustomization_that_is_no_yaml_is_said() -> None:
    assert "could not be rendered: not YAML" in failing({"base/kustomization.yaml": "a: ["})


def test_output_that_is_no_yaml_is_said() -> None:
    assert "could not be rendered: not YAML" in failing({}, lambda *_: "a: [")


def test_too_many_files_are_refused() -> None:
    names = [f"f{number}.yaml" for number in range(MAX_FILES + 1)]
    files = {f"base/{name}": "a: 1" for name in names} | {"base/kustomization.yaml": f"resources: [{', '.join(names)}]"}
    assert f"more than {MAX_FILES} files" in failing(files)


def test_at_108_a_list_of_files_that_are_not_there_is_not_asked_for_without_end() -> None:
    names = ", ".join(f"f{number}.yaml" for number in range(MAX_FILES + 1))
    assert f"more than {MAX_FILES} files" in failing({"base/kustomization.yaml": f"resources: [{names}]"})


def test_a_chart_of_too_many_files_is_refused() -> None:
    repository = Repository(chart("1"), chart("2"), whole=False)
    assert (
        f"`api` could not be rendered: it has more than {MAX_FILES} files" in rendered(repository, tag_of)[0].warnings
    )


def test_more_folders_than_are_rendered_are_said() -> None:
    overlays = {f"o{number}/kustomization.yaml": "resources: [../base]\n" for number in range(MAX_ROOTS + 1)}
    changes, renderer = rendered(Repository(overlay("1", **overlays), overlay("2", **overlays)), tag_of)
    assert "2 more folders were not rendered" in changes.warnings
    assert len(renderer.given) == 2 * MAX_ROOTS


def test_a_repository_that_does_not_answer_costs_the_rendering_only() -> None:
    changes, renderer = rendered(Repository(overlay("1"), overlay("2"), down=True), tag_of)
    assert "nothing could be rendered: GitHub did not list the repository" in changes.warnings
    assert renderer.given == []


def test_a_change_without_manifests_renders_nothing() -> None:
    _, renderer = rendered(Repository({"README.md": "a"}, {"README.md": "b"}), tag_of)
    assert renderer.given == []


def test_lists_that_take_each_other_come_to_an_end() -> None:
    files = {"base/kustomization.yaml": "resources: [tag.yaml, ../prod]\n"}
    changes, renderer = rendered(Repository({**overlay("1"), **files}, {**overlay("2"), **files}), tag_of)
    assert (changes.images, renderer.given) == ((), [])
