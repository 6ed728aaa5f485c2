"""What a partial clone lacks, brought from a real repository by real git, many objects at a time."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.adapters.git_history import GitHistory, Limits
from app.adapters.git_history.bringing import Bringer
from app.adapters.git_history.process import Place
from app.adapters.git_history.promisors import promisors_of
from app.adapters.processes import Processes
from app.core.errors import Unavailable
from app.core.history import Gap, Step
from app.jobs.history import HistoryJob, WantedHistory, governs
from tests.fakes.past import Past

TEXT = "".join(f"line {number}\n" for number in range(20))


@dataclass
class Partial:
    """A partial clone, what was said while it was filled, and who filled it."""

    past: Past
    history: GitHistory
    own: dict[str, str]
    said: list[str] = field(default_factory=list)

    def bringer(self, reads: Callable[[str], bool] = lambda path: path.endswith(".yaml")) -> Bringer | None:
        return self.history.bringer(reads, self.own, self.said.append)

    def bring(self, *without: str) -> Bringer:
        bringer = self.bringer()
        assert bringer is not None
        bringer.changes(list(self.history.line(self.history.resolve("main"), without)))
        return bringer

    def steps(self) -> list[Step | Gap]:
        return _steps(self.history)

    def text(self, revision: str, path: str) -> str | None:
        return self.history.read(self.history.resolve(revision), [path])[path].text


def _steps(history: GitHistory) -> list[Step | Gap]:
    return list(history.steps(list(history.line(history.resolve("main")))))


Clone = Callable[..., Partial]


@pytest.fixture
def past(tmp_path: Path) -> Past:
    past = Past.begun(tmp_path / "work")
    past.git("config", "uploadpack.allowFilter", "true")
    return past


@pytest.fixture
def clone(past: Past, tmp_path: Path) -> Iterator[Clone]:
    opened: list[GitHistory] = []

    def of(kind: str = "blob:none") -> Partial:
        folder = tmp_path / "partial"
        past.git("clone", "-q", "--bare", f"--filter={kind}", f"file://{past.folder}", str(folder))
        opened.append(GitHistory(str(folder)))
        (tmp_path / "home").mkdir()
        return Partial(Past(folder), opened[-1], {"PATH": os.environ["PATH"], "HOME": str(tmp_path / "home")})

    yield of
    for one in opened:
        one.close()


def _moved(past: Past) -> None:
    """Write commits that move files and edit them meanwhile: what git pairs by their content."""
    past.commit({"a.yaml": TEXT, "same.yaml": "x", "image.png": TEXT * 2, "other.txt": "1"})
    past.commit({"b.yaml": f"{TEXT}more\n", "same2.yaml": "x", "photo.png": TEXT * 2 + "y", "other.txt": "2"})
    past.commit({"b.yaml": f"{TEXT}most\n", "d/c.yaml": "1"})


@pytest.mark.parametrize("kind", ["blob:none", "tree:0", "blob:limit=3"])
def test_a_clone_that_was_filled_is_read_as_a_whole_one(past: Past, clone: Clone, kind: str) -> None:
    _moved(past)
    partial, whole = clone(kind), GitHistory(str(past.folder))
    partial.bring()
    expected = _steps(whole)
    whole.close()
    assert (partial.steps(), partial.text("main~1", "b.yaml"), partial.text("main~2", "same.yaml")) == (
        expected,
        f"{TEXT}more\n",
        "x",
    )


def test_what_nobody_looks_at_is_not_fetched(past: Past, clone: Clone) -> None:
    past.commit({"a.yaml": "1", "video.mp4": "2"})
    partial = clone()
    assert (partial.bring().fetcher.fetched, partial.text("main", "a.yaml"), partial.text("main", "video.mp4")) == (
        1,
        "1",
        None,
    )


def test_many_commits_cost_one_request(past: Past, clone: Clone) -> None:
    for number in range(30):
        past.commit({"a.yaml": str(number), f"{number}.yaml": str(number)})
    assert clone().bring().fetcher.requests == 1


def test_what_is_there_is_not_asked_for_again(past: Past, clone: Clone) -> None:
    past.commit({"a.yaml": "1"})
    partial = clone()
    first = partial.bring().fetcher.requests
    assert (first, partial.bring().fetcher.requests) == (1, 0)


def test_a_range_brings_what_stood_there_before_it(past: Past, clone: Clone) -> None:
    first = past.commit({"kustomization.yaml": "resources: [a.yaml]", "a.yaml": "1"})
    past.commit({"kustomization.yaml": "resources: [a.yaml]", "a.yaml": "2"})
    partial = clone()
    partial.bring(first)
    assert [partial.text(end, "kustomization.yaml") for end in ("main", "main~1")] == ["resources: [a.yaml]"] * 2


def test_one_commit_is_brought_whole(past: Past, clone: Clone) -> None:
    past.commit({"a.yaml": "1", "d/e/b.yaml": "1", "c.txt": "1"})
    past.commit({"a.yaml": "2", "d/e/b.yaml": "1"})
    partial = clone("tree:0")
    bringer = partial.bringer()
    assert bringer is not None
    bringer.whole(past.tip())
    assert [partial.text("main", path) for path in ("a.yaml", "d/e/b.yaml")] == ["2", "1"]


def test_links_and_submodules_are_not_asked_for(past: Past, clone: Clone) -> None:
    commit = past.commit({"a.yaml": "1"})
    link = past.git("hash-object", "-w", "--stdin", stdin=b"a.yaml")
    past.git("update-index", "--index-info", stdin=f"120000 {link}\tl.yaml\n160000 {commit}\tm.yaml\n".encode())
    past.commit(past.git("write-tree"))
    past.commit({"a.yaml": "2"})
    partial = clone()
    partial.bring()
    assert ([one for one in partial.said if "could not" in one], partial.text("main", "a.yaml")) == ([], "2")


def test_longer_ids_are_brought_alike(clone: Clone, past: Past) -> None:
    shutil.rmtree(past.folder)
    Past.begun(past.folder, "--object-format=sha256")
    past.git("config", "uploadpack.allowFilter", "true")
    past.commit({"a.yaml": "1"})
    partial = clone()
    partial.bring()
    assert partial.text("main", "a.yaml") == "1"


def test_what_is_fetched_from_where_is_said(past: Past, clone: Clone) -> None:
    past.commit({"a.yaml": "1"})
    partial = clone()
    partial.bring()
    assert partial.said == [
        f"what this clone lacks is fetched into it from origin (file://{past.folder})",
        "fetched 1 object, 1 by now",
    ]


def test_a_remote_that_is_gone_is_asked_once_and_leaves_gaps(past: Past, clone: Clone, tmp_path: Path) -> None:
    for number in range(2):
        past.commit({"a.yaml": str(number)})
    partial = clone()
    shutil.move(past.folder, tmp_path / "elsewhere")
    bringer = partial.bring()
    bringer.whole(partial.history.resolve("main"))
    assert (bringer.fetcher.requests, "could not be fetched" in partial.said[-1]) == (1, True)
    assert partial.text("main", "a.yaml") is None


def test_an_object_that_the_remote_has_not_hides_no_other(past: Past, clone: Clone) -> None:
    past.commit({"a.yaml": "lost", "b.yaml": "1"})
    partial = clone()
    past.object_file(past.git("rev-parse", "main:a.yaml")).unlink()
    partial.bring()
    assert [partial.text("main", path) for path in ("a.yaml", "b.yaml")] == [None, "1"]


def test_at_205_nothing_that_the_clone_configures_is_run_while_fetching(
    past: Past, clone: Clone, tmp_path: Path
) -> None:
    past.commit({"a.yaml": "1"})
    partial = clone()
    mark, program = tmp_path / "ran", tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {mark}\ncat\n")
    program.chmod(0o755)
    for name in (
        *("core.fsmonitor", "core.sshCommand", "core.gitProxy", "core.askPass", "credential.helper", "core.pager"),
        *("remote.origin.uploadpack", "remote.origin.vcs", "uploadpack.packObjectsHook", "core.alternateRefsCommand"),
        *("fetch.fsck.skipList", "gc.recentObjectsHook", "alias.fetch"),
    ):
        partial.past.git("config", name, str(program))
    (partial.past.folder / "hooks").mkdir(exist_ok=True)
    for hook in ("reference-transaction", "pre-auto-gc", "post-checkout"):
        shutil.copy(program, partial.past.folder / "hooks" / hook)
    partial.past.git("config", "url.ext::sh.insteadOf", "file:")
    partial.bring()
    assert (partial.text("main", "a.yaml"), mark.exists()) == ("1", False)


@pytest.mark.parametrize(
    ("url", "protocols"),
    [
        ("https://github.com/acme/gitops", "https:ssh"),
        ("HTTPS://github.com/acme/gitops", "https:ssh"),
        ("ssh://git@github.com/acme/gitops", "https:ssh"),
        ("git@github.com:acme/gitops.git", "https:ssh"),
        ("file:///srv/git/gitops", "file"),
        ("/srv/git/gitops", "file"),
        ("http://127.0.0.1:8080/gitops", "http"),
        ("http://github.com/acme/gitops", ""),
        ("git://github.com/acme/gitops", ""),
        ("ext::sh -c date", ""),
        ("fd::17", ""),
        ("ext://sh", ""),
        ("https://[::1/gitops", ""),
        ("--upload-pack=date", ""),
    ],
)
def test_at_205_only_some_protocols_are_open(past: Past, clone: Clone, url: str, protocols: str) -> None:
    past.commit({"a.yaml": "1"})
    partial = clone()
    partial.past.git("config", "remote.origin.url", url)
    (found,) = promisors_of(Place.of(str(partial.past.folder), Limits()))
    assert found.protocols == protocols
    if not protocols:
        assert partial.bringer() is None
        assert partial.said == [f"origin is not asked: {found.shown} is neither https nor ssh nor a folder"]


def test_a_folder_is_meant_from_where_the_clone_lies(past: Past, clone: Clone) -> None:
    past.commit({"a.yaml": "1"})
    partial = clone()
    partial.past.git("config", "remote.origin.url", "../work")
    partial.bring()
    assert partial.text("main", "a.yaml") == "1"


def test_a_password_in_an_address_is_not_shown(past: Past, clone: Clone) -> None:
    past.commit({"a.yaml": "1"})
    partial = clone()
    partial.past.git("config", "remote.origin.url", "http://ann:hunter2@127.0.0.1:9/gitops?token=hunter2")
    partial.bring()
    assert (len(partial.said), [one for one in partial.said if "hunter2" in one]) == (2, [])


def test_a_whole_clone_has_nobody_to_ask(past: Past) -> None:
    past.commit({"a.yaml": "1"})
    whole = GitHistory(str(past.folder))
    assert whole.bringer(lambda _: True, {}, print) is None
    whole.close()


def test_reading_alone_still_fetches_nothing(past: Past, clone: Clone) -> None:
    past.commit({"a.yaml": "1"})
    partial = clone()
    partial.bringer()
    with pytest.raises(Unavailable):
        partial.history.resolve("main:a.yaml")
    assert partial.text("main", "a.yaml") is None


MANIFEST = "{{apiVersion: v1, kind: Pod, metadata: {{name: a}}, spec: {{containers: [{{image: 'acme/{}:{}'}}]}}}}"


@pytest.mark.parametrize("kind", ["blob:none", "tree:0"])
@pytest.mark.parametrize("kept", [False, True])
def test_for_a_time_only_what_is_told_of_it_is_fetched(past: Past, clone: Clone, kind: str, kept: bool) -> None:  # noqa: FBT001 - a table
    beside = {f"{number}.yaml": MANIFEST.format(f"b{number}", 1) for number in range(5)}
    for number in range(10):
        past.commit({**beside, "a.yaml": MANIFEST.format("api", number), f"{number}.md": "x"})
    partial = clone(kind)
    bringer = partial.bringer()
    assert bringer is not None
    texts = dict[str, str]()
    job = HistoryJob(partial.history, Processes(), _Dictionary(texts) if kept else None, bringing=bringer)
    day = datetime(2026, 1, 8, tzinfo=UTC)
    found = list(job.run(WantedHistory("main", since=day, until=day + timedelta(days=1))))
    trees = 3 if kind == "tree:0" else 0
    # What stood beside it and in it before, and both of its new versions.
    assert (len(found), [one for one in found if isinstance(one, Gap)], bringer.fetcher.fetched) == (
        2,
        [],
        trees + 5 + 1 + 2,
    )
    assert len(texts) == (2 if kept else 0)


def test_for_the_policy_nothing_else_of_a_commit_is_fetched(past: Past, clone: Clone) -> None:
    past.commit({".github/assay.yml": "version: 1", "keys/a.pub": "k", "a.yaml": "1", "b.yaml": "1"})
    partial = clone()
    bringer = partial.bringer()
    assert bringer is not None
    bringer.whole(past.tip(), governs)
    assert (bringer.fetcher.fetched, partial.text("main", ".github/assay.yml")) == (2, "version: 1")


@dataclass
class _Dictionary:
    texts: dict[str, str]

    def get(self, keys: Sequence[str]) -> dict[str, str]:
        return {key: self.texts[key] for key in keys if key in self.texts}

    def keep(self, texts: Mapping[str, str]) -> None:
        self.texts.update(texts)
