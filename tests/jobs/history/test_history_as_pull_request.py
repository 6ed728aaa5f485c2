"""A commit is told as a pull request that makes it would be: what is passed over would have told nothing.

Generated edits of manifests, policies, overlays, charts and plain files; and commits of real repositories.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.history import Arrived, Event, Gap, ImageUpdate, PolicyChange, Signature, Step, StoredCommit
from app.core.tree import ChangedFile, File, FileStatus, Listing, file_of
from app.jobs.changes import read_changes
from app.jobs.history import Reader, WantedHistory
from app.jobs.own_edits import Ours, read_own_edits
from app.jobs.policy_edits import read_edits

_WHO, _WHEN = Signature("Ann", "ann@example.org"), datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Clone:
    """A history in memory: the files of each commit, in turn."""

    trees: tuple[Mapping[str, str], ...]

    def read(self, commit: str, paths: Iterable[str]) -> Mapping[str, File]:
        tree = self._tree(commit)
        return {path: file_of(path, "100644", tree[path].encode()) for path in paths if path in tree}

    def list(self, commit: str, folder: str) -> Listing:
        below = f"{folder}/" if folder else ""
        return Listing.of(path for path in self._tree(commit) if path.startswith(below))

    def blobs(self, oids: Iterable[str]) -> Mapping[str, bytes]:
        known = {_oid(text): text.encode() for tree in self.trees for text in tree.values()}
        return {oid: known[oid] for oid in oids}

    def steps(self, arrived: Sequence[Arrived]) -> Iterator[Step]:
        for one in arrived:
            at = int(one.commit)
            stored = StoredCommit(one.commit, (str(at - 1),), _WHO, _WHO, _WHEN, _WHEN, "Change")
            yield Step(stored, str(at - 1), self.changed(at))

    def changed(self, at: int) -> tuple[ChangedFile, ...]:
        old, new = self.trees[at - 1], self.trees[at]
        gone, come = sorted(old.keys() - new.keys()), sorted(new.keys() - old.keys())
        found = [
            ChangedFile(path, FileStatus.MODIFIED, None, _oid(old[path]), _oid(new[path]), "100644")
            for path in old.keys() & new.keys()
            if old[path] != new[path]
        ]
        for path in come:
            source = next((one for one in gone if old[one] == new[path] and new[path]), None)
            status = FileStatus.ADDED if source is None else FileStatus.RENAMED
            before = None if source is None else _oid(old[source])
            found.append(ChangedFile(path, status, source, before, _oid(new[path]), "100644"))
            gone = [one for one in gone if one != source]
        found += (ChangedFile(path, FileStatus.REMOVED, None, _oid(old[path]), None) for path in gone)
        return tuple(sorted(found))

    def _tree(self, commit: str) -> Mapping[str, str]:
        return self.trees[int(commit)]

    # What a reader of steps never asks.
    def line(self, end: str, without: Sequence[str] = ()) -> Iterator[Arrived]:
        raise AssertionError("nobody asks for this")

    def resolve(self, revision: str) -> str:
        raise AssertionError("nobody asks for this")

    def commit(self, oid: str) -> StoredCommit:
        raise AssertionError("nobody asks for this")

    def gaps(self) -> tuple[Gap, ...]:
        raise AssertionError("nobody asks for this")


def _oid(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


_TEXTS = (
    *(
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {{containers: [{{image: 'acme/api:{n}'}}]}}\n"
        for n in "12"
    ),
    "# first\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{image: 'acme/api:1'}]}\n",
    "image: {repository: ghcr.io/acme/web, tag: '1'}\n",
    "image: {repository: ghcr.io/acme/web, tag: '2'}\n",
    "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n",
    "apiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: {pod-security.kubernetes.io/enforce: baseline}}\n",
    *(
        "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: a}\n"
        f"spec: {{validationFailureAction: {word}, rules: []}}\n"
        for word in ("Enforce", "Audit")
    ),
    'apiVersion: "kyverno\\x2eio/v1"\nkind: "Cluster\\x50olicy"\nmetadata: {name: b}\nspec: {rules: []}\n',
    'apiVersion: "rbac.authorization.k8s.io/v1"\nkind: ClusterRole\nmetadata: {name: a}\nrules: []\n',
    (
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: a}\n"
        "roleRef: {kind: ClusterRole, name: a}\nsubjects: [{kind: User, name: x}]\n"
    ),
    "resources: [a.yaml]\n",
    "resources: [a.yaml, b.yaml]\n",
    "resources: [b.yaml]\npatches: [{path: c.yaml}]\n",
    "resources: [sub]\nimages: [{name: acme/api, newTag: '3'}]\n",
    "resources: [d.txt]\npatches: [{path: c.yaml, target: {kind: ClusterPolicy, name: a}}]\n",
    "$patch: delete\napiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: a}\n",
    "- op: remove\n  path: /spec\n",
    "* @acme/security\n",
    "",
    "kyverno: {failurePolicy: Ignore}\n",
    "image: [\n",
    "key: 1\nkey: 2\nimage: acme/api:1\nimage: acme/api:2\n",
    "FROM ghcr.io/acme/base:1\n",
    'version: 1\nimages:\n  - match: ["ghcr.io/acme/**"]\n    pinned: true\n',
    "version: 1\n",
    "{{ if .Values.a }}\nimage: ghcr.io/acme/api:{{ .Values.tag }}\nkind: ClusterPolicy\n{{ end }}\n",
    "on: {pull_request_target: {}}\njobs: {a: {steps: [{uses: acme/x@v1}]}}\n",
    "a: 1\n",
    "a: 2\n",
)
_PATHS = (
    *(
        "a.yaml",
        "b.yaml",
        "c.yaml",
        "d.txt",
        "sub/a.yaml",
        "sub/b.yaml",
        "kustomization.yaml",
        "sub/kustomization.yaml",
    ),
    *("Dockerfile", "CODEOWNERS", ".github/assay.yml", ".github/workflows/a.yml", "values.yaml", "kyverno-values.yaml"),
    *("README.md", "chart/Chart.yaml", "chart/templates/a.txt", "chart/values.yaml", "Kustomization"),
)
_TREES = st.lists(st.dictionaries(st.sampled_from(_PATHS), st.sampled_from(_TEXTS), max_size=6), min_size=2, max_size=4)


def _whole(clone: _Clone, at: int) -> tuple[list[object], list[object]]:
    commits, files = (str(at - 1), str(at)), clone.changed(at)
    edits = read_edits(clone, files, commits) + read_own_edits(clone, files, commits, Ours.at(clone, commits[0]))
    return list(read_changes(clone, files, commits).images), sorted(edits, key=repr)


def _told(found: Sequence[Event | Gap]) -> tuple[list[object], list[object]]:
    whats = [one.what for one in found if isinstance(one, Event)]
    edits = [edit for one in whats if isinstance(one, PolicyChange) for edit in one.edits]
    return [one.change for one in whats if isinstance(one, ImageUpdate)], sorted(edits, key=repr)


def _check(trees: Sequence[Mapping[str, str]]) -> None:
    clone = _Clone(tuple(trees))
    line = tuple(Arrived(str(at)) for at in range(1, len(trees)))
    answers = Reader(clone, WantedHistory())(line)
    for one in line:
        assert _told(answers[one.commit].found) == _whole(clone, int(one.commit))


@given(_TREES)
@settings(max_examples=200, deadline=None)
def test_a_commit_is_told_as_its_pull_request_would_be(trees: list[dict[str, str]]) -> None:
    _check(trees)


@given(_TREES, st.lists(st.tuples(st.sampled_from(_PATHS), st.sampled_from(_TEXTS)), min_size=1, max_size=4))
@settings(max_examples=200, deadline=None)
def test_so_is_one_that_changes_a_file_at_a_time(trees: list[dict[str, str]], edits: list[tuple[str, str]]) -> None:
    tree = {**trees[0], **trees[1]}
    _check([tree, *({**tree, **dict(edits[: count + 1])} for count in range(len(edits)))])
