"""What a review says of who takes a changed file, and what it costs to know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pytest

from app.core.errors import Unavailable
from app.core.tree import ChangedFile, File, FileStatus, Listing, file_of
from app.jobs.changes import read_changes
from app.jobs.takers import MAX_NAMED, is_shared

BASE, HEAD = "b" * 40, "a" * 40


@dataclass
class Repository:
    """Two trees; `read_paths` and `listed` count what was asked."""

    before: Mapping[str, str]
    after: Mapping[str, str]
    whole: bool = True
    down: bool = False
    read_paths: list[str] = field(default_factory=list)
    listed: int = 0

    def read(self, commit: str, paths: Iterable[str]) -> Mapping[str, File]:
        held, asked = (self.before if commit == BASE else self.after), tuple(paths)
        self.read_paths += asked
        return {path: file_of(path, "100644", held[path].encode()) for path in asked if path in held}

    def list(self, commit: str, folder: str) -> Listing:
        assert (commit, folder) == (HEAD, "")
        self.listed += 1
        if self.down:
            raise Unavailable("GitHub cannot be reached.")
        return Listing.of(self.after, whole=self.whole)

    def changed(self) -> tuple[ChangedFile, ...]:
        found = []
        for path in sorted({*self.before, *self.after}):
            if path not in self.after:
                found.append(ChangedFile(path, FileStatus.REMOVED))
            elif path not in self.before:
                found.append(ChangedFile(path, FileStatus.ADDED))
            elif self.before[path] != self.after[path]:
                found.append(ChangedFile(path, FileStatus.MODIFIED))
        return tuple(found)

    def said(self) -> list[str]:
        return list(read_changes(self, self.changed(), (BASE, HEAD)).warnings)


def pod(tag: str) -> str:
    return f"apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    image: ghcr.io/acme/api:{tag}\n"


def takes(*names: str) -> str:
    return "resources:\n" + "".join(f"- {name}\n" for name in names)


def bumped(path: str, **lists: str) -> Repository:
    """Move a tag in one file; `lists` are kustomizations by folder, `__` standing for a slash."""
    others = {f"{folder.replace('__', '/')}/kustomization.yaml": text for folder, text in lists.items()}
    return Repository({path: pod("1"), **others}, {path: pod("2"), **others})


OVERLAYS = {"base": takes("deploy.yaml"), "overlays__prod": takes("../../base"), "overlays__stage": takes("../../base")}


def test_a_tag_moved_in_a_base_names_every_overlay() -> None:
    assert bumped("base/deploy.yaml", **OVERLAYS).said() == [
        "`base/deploy.yaml` is taken by `overlays/prod`, `overlays/stage`"
    ]


def test_a_tag_set_in_the_kustomization_of_a_base_names_every_overlay() -> None:
    images = "images:\n- name: ghcr.io/acme/api\n  newTag: '{}'\n"
    others = {"prod/kustomization.yaml": takes("../base")}
    repository = Repository(
        {"base/kustomization.yaml": images.format(1), **others}, {"base/kustomization.yaml": images.format(2), **others}
    )
    assert repository.said() == ["`base/kustomization.yaml` is taken by `prod`"]


def test_several_files_with_the_same_takers_are_one_sentence() -> None:
    lists = {"base/kustomization.yaml": takes("a.yaml", "b.yaml"), "prod/kustomization.yaml": takes("../base")}
    repository = Repository(
        {"base/a.yaml": pod("1"), "base/b.yaml": pod("1"), **lists},
        {"base/a.yaml": pod("2"), "base/b.yaml": pod("2"), **lists},
    )
    assert repository.said() == ["`base/a.yaml` and 1 more is taken by `prod`"]


def test_a_base_that_nobody_takes_is_no_news() -> None:
    assert bumped("base/deploy.yaml", base=takes("deploy.yaml")).said() == []


def test_many_overlays_are_named_up_to_a_bound() -> None:
    lists = {f"overlays__o{number:02}": takes("../../base") for number in range(MAX_NAMED + 5)}
    (sentence,) = bumped("base/deploy.yaml", base=takes("deploy.yaml"), **lists).said()
    assert sentence.endswith("`overlays/o09` and 5 more")


def test_a_repository_that_cannot_be_listed_whole_is_said() -> None:
    repository = bumped("base/deploy.yaml", **OVERLAYS)
    repository.whole = False
    assert repository.said()[0].endswith(", and maybe others")


def test_a_repository_that_does_not_answer_costs_the_sentence_only() -> None:
    repository = bumped("base/deploy.yaml", **OVERLAYS)
    repository.down = True
    assert repository.said() == ["`base/deploy.yaml`: which overlays take it could not be found out"]


def test_a_kustomization_that_is_no_yaml_is_passed_over() -> None:
    assert bumped("base/deploy.yaml", **OVERLAYS, broken="a: [").said() == [
        "`base/deploy.yaml` is taken by `overlays/prod`, `overlays/stage`"
    ]


def test_an_ordinary_bump_costs_no_listing_and_no_read_more() -> None:
    repository = bumped("apps/api/deploy.yaml", apps__api=takes("deploy.yaml"), clusters__one=takes("../../apps/api"))
    repository.said()
    assert (repository.listed, sorted(repository.read_paths)) == (0, ["apps/api/deploy.yaml"] * 2)


def test_a_base_without_images_that_moved_costs_nothing() -> None:
    repository = Repository({"base/config.yaml": "a: 1\n"}, {"base/config.yaml": "a: 2\n"})
    repository.said()
    assert repository.listed == 0


@pytest.mark.parametrize(
    ("path", "shared"),
    [
        ("base/a.yaml", True),
        ("apps/base/team/api/a.yaml", True),
        ("apps/api-base/a.yaml", True),
        ("components/tls/a.yaml", True),
        ("components/monitoring/production/a.yaml", False),
        ("database/a.yaml", False),
        ("apps/base.yaml", False),
    ],
)
def test_a_shared_folder_is_known_by_the_names_near_the_file(path: str, *, shared: bool) -> None:
    assert is_shared(path) is shared


def lists(before: str, after: str, **files: tuple[str | None, str | None]) -> list[str]:
    """Change one list; `files` are others on both sides, `None` where one is not there."""
    named = {path.replace("__", "/") + ".yaml": sides for path, sides in files.items()}
    old = {path: text for path, (text, _) in named.items() if text is not None}
    new = {path: text for path, (_, text) in named.items() if text is not None}
    at = "prod/kustomization.yaml"
    return Repository({at: before, **old}, {at: after, **new}).said()


def test_a_file_that_a_list_lets_go_is_told() -> None:
    both = ("a: 1", "a: 1")
    assert lists(takes("a.yaml", "netpol.yaml"), takes("a.yaml"), prod__netpol=both) == [
        "`prod/kustomization.yaml` no longer takes `prod/netpol.yaml`"
    ]


def test_a_file_that_a_list_takes_in_and_the_change_does_not_show_is_told() -> None:
    assert lists(takes("a.yaml"), takes("a.yaml", "../other"), other__x=("a: 1", "a: 1")) == [
        "`prod/kustomization.yaml` now takes `other`, which this change does not show"
    ]


def test_a_new_file_in_a_list_is_no_news() -> None:
    assert lists(takes("a.yaml"), takes("a.yaml", "b.yaml"), prod__b=(None, "a: 1")) == []


def test_a_new_folder_in_a_list_is_no_news() -> None:
    assert lists(takes("a.yaml"), takes("a.yaml", "../new"), new__x=(None, "a: 1")) == []


def test_a_removed_file_that_leaves_its_list_is_no_news() -> None:
    assert lists(takes("a.yaml", "b.yaml"), takes("a.yaml"), prod__b=("a: 1", None)) == []
