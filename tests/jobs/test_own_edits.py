"""What is read of our own policy to say what a change does to it, and when nothing is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pytest

from app.core.policy_edit import Effect
from app.core.tree import ChangedFile, File, FileStatus, Listing
from app.jobs.own_edits import Ours, read_own_edits
from app.policy import PATH
from tests.policy.samples import public_key, text

BASE, HEAD = "b" * 40, "a" * 40
WAIVER = ".github/assay/waivers/one.yml"
SOUND = (
    "version: 1\nowner: alice\nreason: so\nticket: S-1\nexpires: 2026-12-31\nscope: {vulnerabilities: [CVE-2026-1]}\n"
)


@dataclass
class Tree:
    """Files by commit and path; `asked` are the paths of every call."""

    files: Mapping[str, Mapping[str, str]]
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def read(self, commit: str, paths: Iterable[str]) -> Mapping[str, File]:
        self.asked.append(tuple(paths))
        held = self.files[commit]
        return {path: File(path, held[path]) for path in self.asked[-1] if path in held}

    def list(self, commit: str, folder: str) -> Listing:
        return Listing.of(path for path in self.files[commit] if path.startswith(f"{folder}/"))


def changed(
    before: Mapping[str, str], after: Mapping[str, str], ours: Ours | None = None
) -> list[tuple[str, str, Effect]]:
    """Say what changes between two trees."""
    paths = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
    status = {
        path: FileStatus.ADDED
        if path not in before
        else FileStatus.REMOVED
        if path not in after
        else FileStatus.MODIFIED
        for path in paths
    }
    files = [ChangedFile(path, status[path]) for path in paths]
    found = read_own_edits(Tree({BASE: before, HEAD: after}), files, (BASE, HEAD), ours or Ours())
    return [(one.path, one.field, one.effect) for one in found]


def test_an_edit_of_the_policy_file_is_told() -> None:
    before, after = {PATH: "version: 1\n"}, {PATH: "version: 1\nmode: observe\n"}
    assert changed(before, after) == [(PATH, "mode", Effect.WEAKER)]


def test_at_145_a_policy_file_that_goes_is_told() -> None:
    assert changed({PATH: "version: 1\n"}, {}) == [(PATH, "", Effect.WEAKER)]


def test_a_waiver_is_told() -> None:
    assert changed({PATH: "version: 1\n"}, {PATH: "version: 1\n", WAIVER: SOUND}) == [(WAIVER, "", Effect.WEAKER)]


def test_at_141_another_key_in_the_same_file_is_told() -> None:
    policy = text("signature: [one]", signers="signers:\n  one: {key: a.pub}\n")
    before, after = ({PATH: policy, "a.pub": public_key()} for _ in range(2))
    ours = Ours.at(Tree({BASE: before}), BASE)
    assert changed(before, after, ours) == [(PATH, "signers.one.key", Effect.WEAKER)]


def test_trivy_s_ignore_file_is_told_where_it_is_read() -> None:
    policy = {PATH: "version: 1\nwaivers: {trivyignore: true}\n"}
    ignore = {".trivyignore.yaml": "vulnerabilities:\n  - {id: CVE-1-1, expired_at: 2026-12-31}\n"}
    assert changed(policy, policy | ignore) == [(".trivyignore.yaml", "vulnerabilities", Effect.WEAKER)]
    assert changed({PATH: "version: 1\n"}, {PATH: "version: 1\n"} | ignore) == []


@pytest.mark.parametrize(("holds", "told"), [(True, [("assay.yml", "allow-solo", Effect.STRONGER)]), (False, [])])
def test_the_floor_is_told_in_the_repository_that_holds_it(holds: bool, told: list[object]) -> None:  # noqa: FBT001 - a table
    before, after = {"assay.yml": "version: 1\n"}, {"assay.yml": "version: 1\nallow-solo: false\n"}
    assert changed(before, after, Ours(holds_floor=holds)) == told


def test_nothing_is_read_where_nothing_of_ours_is_touched() -> None:
    tree = Tree({BASE: {}, HEAD: {}})
    files = [ChangedFile("app.yaml", FileStatus.MODIFIED), ChangedFile(".github/assay/notes.md", FileStatus.ADDED)]
    assert read_own_edits(tree, files, (BASE, HEAD), Ours(frozenset({"a.pub"}))) == ()
    assert tree.asked == []
