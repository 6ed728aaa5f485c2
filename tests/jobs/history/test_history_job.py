"""What the history of a repository tells, end to end: real git, real reading."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.adapters.git_history import GitHistory
from app.adapters.history_cache import HistoryCache
from app.adapters.processes import Processes
from app.core.errors import Unavailable
from app.core.globs import Glob, PathGlob
from app.core.history import MISSING, Arrival, Event, Gap, ImageUpdate, PolicyChange, Unseen
from app.core.policy_edit import Effect
from app.jobs.history import Environment, HistoryJob, WantedHistory
from tests.fakes.past import Past

Open = Callable[[Path], HistoryJob]
POLICY = """apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: signed}
spec:
  validationFailureAction: %s
  rules:
    - name: signed
      match: {any: [{resources: {kinds: [Pod]}}]}
      validate: {message: no, pattern: {metadata: {labels: {a: "?*"}}}}
"""


def _deployment(tag: str, name: str = "api") -> str:
    return f"""apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  template:
    spec:
      containers:
        - name: {name}
          image: ghcr.io/acme/{name}:{tag}
"""


def _told(found: Iterable[Event | Gap]) -> list[str]:
    return [_line(one) for one in found]


def _line(one: Event | Gap) -> str:
    if isinstance(one, Gap):
        return f"gap {one.path}: {one.sentence}"
    what = one.what
    if isinstance(what, ImageUpdate):
        return f"{what.change.name} {what.change.before} -> {what.change.after}"
    kind = what.resource.kind if what.resource else "file"
    return f"{'governance' if what.governance else 'policy'} {kind} {what.path} {what.effect.value}"


def test_tells_image_updates_oldest_first(past: Past, job: Open) -> None:
    for tag in ("1", "2", "3"):
        past.commit({"api.yaml": _deployment(tag)})
    assert _told(job(past.folder).run(WantedHistory())) == [
        "ghcr.io/acme/api None -> 1",
        "ghcr.io/acme/api 1 -> 2",
        "ghcr.io/acme/api 2 -> 3",
    ]


def test_a_commit_that_moves_no_image_is_silent(past: Past, job: Open) -> None:
    past.commit({"api.yaml": _deployment("1")})
    past.commit({"api.yaml": f"# comment\n{_deployment('1')}", "README.md": "x"})
    past.commit({"moved.yaml": f"# comment\n{_deployment('1')}", "README.md": "x"})
    assert _told(job(past.folder).run(WantedHistory("main~2..main"))) == []


def test_tells_what_a_commit_did_to_a_policy(past: Past, job: Open) -> None:
    past.commit({"policy.yaml": POLICY % "Enforce"})
    past.commit({"policy.yaml": POLICY % "Audit"})
    past.commit({"policy.yaml": POLICY % "Enforce"})
    past.commit({"other.yaml": "a: 1"})
    assert _told(job(past.folder).run(WantedHistory())) == [
        "policy ClusterPolicy policy.yaml stronger",
        "policy ClusterPolicy policy.yaml weaker",
        "policy ClusterPolicy policy.yaml stronger",
        "policy ClusterPolicy policy.yaml weaker",
    ]


def test_a_policy_that_an_overlay_no_longer_brings_is_weaker(past: Past, job: Open) -> None:
    brings = "resources: [policy.yaml, other.yaml]"
    files = {"policy.yaml": POLICY % "Enforce", "other.yaml": "a: 1"}
    past.commit({**files, "kustomization.yaml": brings})
    past.commit({**files, "kustomization.yaml": "resources: [other.yaml]"})
    assert _told(job(past.folder).run(WantedHistory("main~1..main"))) == [
        "policy ClusterPolicy kustomization.yaml weaker"
    ]


def test_tells_changes_of_who_governs(past: Past, job: Open) -> None:
    past.commit({"CODEOWNERS": "* @acme/security\n", "a.yaml": "a: 1"})
    past.commit({"CODEOWNERS": "", "a.yaml": "a: 1"})
    assert _told(job(past.folder).run(WantedHistory("main~1..main"))) == ["governance file CODEOWNERS weaker"]


def test_tells_changes_of_our_own_policy_and_its_waivers(past: Past, job: Open) -> None:
    strict = 'version: 1\nimages:\n  - match: ["ghcr.io/acme/**"]\n    pinned: true\n'
    past.commit({".github/assay.yml": strict})
    past.commit({".github/assay.yml": "version: 1\n"})
    found = [one for one in job(past.folder).run(WantedHistory("main~1..main")) if isinstance(one, Event)]
    assert [_line(one).rpartition(" ")[0] for one in found] == ["governance file .github/assay.yml"]
    assert all(isinstance(one.what, PolicyChange) and one.what.effect is Effect.WEAKER for one in found)


def test_a_merge_is_told_once_with_everybody_who_wrote_it(past: Past, job: Open) -> None:
    base = past.commit({"api.yaml": _deployment("1")})
    past.commit({"api.yaml": _deployment("2")}, branch="topic", parents=(base,), author="Bob <bob@example.org>")
    topic = past.commit({"api.yaml": _deployment("3")}, "x\n\nCo-authored-by: Cat <c@example.org>", branch="topic")
    past.commit({"api.yaml": _deployment("3")}, "Merge pull request #7 from acme/topic", parents=(base, topic))
    (event,) = job(past.folder).run(WantedHistory("main~1..main"))
    assert isinstance(event, Event)
    assert _line(event) == "ghcr.io/acme/api 1 -> 3"
    assert [who.name for who in event.facts.writers] == ["Ann", "Bob", "Cat"]
    assert (event.facts.pull_request, event.facts.arrival) == (7, Arrival.PULL_REQUEST)


def test_a_commit_whose_clock_is_wrong_is_left_out_alone(past: Past, job: Open) -> None:
    for tag, day in (("1", 1), ("2", 2), ("3", 30), ("4", 3)):
        at = int(datetime(2026, 1, day, tzinfo=UTC).timestamp())
        past.commit({"api.yaml": _deployment(tag)}, at=at)
    wanted = WantedHistory(since=datetime(2026, 1, 2, tzinfo=UTC), until=datetime(2026, 1, 3, tzinfo=UTC))
    assert [one for one in _told(job(past.folder).run(wanted)) if not one.startswith("gap")] == [
        "ghcr.io/acme/api 1 -> 2",
        "ghcr.io/acme/api 3 -> 4",
    ]


@pytest.mark.parametrize(
    ("wanted", "lines"),
    [
        (WantedHistory(paths=(PathGlob("/prod/"),)), ["ghcr.io/acme/api None -> 1"]),
        (WantedHistory(environment=Environment("dev")), ["ghcr.io/acme/web None -> 1"]),
        (WantedHistory(images=(Glob("ghcr.io/acme/w*"),)), ["ghcr.io/acme/web None -> 1"]),
        (WantedHistory(paths=(PathGlob("/none/"),)), []),
    ],
)
def test_filters_leave_out_the_rest(past: Past, job: Open, wanted: WantedHistory, lines: list[str]) -> None:
    past.commit({"prod/api.yaml": _deployment("1"), "dev/web.yaml": _deployment("1", "web")})
    assert _told(job(past.folder).run(wanted)) == lines


def test_a_range_of_nothing_tells_nothing(past: Past, job: Open) -> None:
    past.commit({"api.yaml": _deployment("1")})
    assert _told(job(past.folder).run(WantedHistory("main..main"))) == []


@pytest.mark.parametrize("revision", ["main...main", "nope", "nope..main", "main..nope"])
def test_a_range_that_cannot_be_is_refused(past: Past, job: Open, revision: str) -> None:
    past.commit({"api.yaml": _deployment("1")})
    with pytest.raises(Unavailable):
        _told(job(past.folder).run(WantedHistory(revision)))


def test_an_open_end_is_the_tip(past: Past, job: Open) -> None:
    first = past.commit({"api.yaml": _deployment("1")})
    past.commit({"api.yaml": _deployment("2")})
    past.git("checkout", "-q", "-f", "main")
    assert _told(job(past.folder).run(WantedHistory(f"{first}.."))) == ["ghcr.io/acme/api 1 -> 2"]


def test_what_cannot_be_read_is_a_gap_with_its_path(past: Past, job: Open) -> None:
    past.commit(
        {"api.yaml": _deployment("1"), "huge.yaml": b"#" * 2_000_000, "bad.yaml": "image: [", "n.yaml": b"\xff"}
    )
    found = _told(job(past.folder).run(WantedHistory()))
    gaps = {one.split(":")[0] for one in found if one.startswith("gap ")}
    assert gaps == {"gap huge.yaml", "gap bad.yaml", "gap n.yaml"}
    assert "ghcr.io/acme/api None -> 1" in found


def _release(version: str) -> str:
    return (
        "kind: HelmRelease\napiVersion: helm.toolkit.fluxcd.io/v2\nmetadata: {name: db, namespace: apps}\nspec:\n"
        f"  chart: {{spec: {{chart: db, version: {version}, sourceRef: {{kind: HelmRepository, name: index}}}}}}\n"
    )


def _from_elsewhere(past: Past) -> str:
    past.commit({"db.yaml": _release("1.0.0")})
    return past.commit({"db.yaml": _release("1.1.0")})


def test_what_comes_from_elsewhere_is_told_with_its_commit_and_path(past: Past, job: Open) -> None:
    moved = _from_elsewhere(past)
    (found,) = job(past.folder).run(WantedHistory("main~1..main"))
    sentence = (
        "line 5: the chart db of HelmRepository apps/index moves from 1.0.0 to 1.1.0: what images it brings cannot"
    )
    assert found == Unseen(moved, "db.yaml", f"{sentence} be seen here")


def test_what_comes_from_elsewhere_is_kept(past: Past, tmp_path: Path) -> None:
    _from_elsewhere(past)
    first, again = (_remembered(past, tmp_path / "cache", WantedHistory()) for _ in range(2))
    assert ([type(one) for one in again[0]], again[0]) == ([Unseen, Unseen], first[0])


def test_links_and_submodules_are_gaps(past: Past, job: Open) -> None:
    commit = past.commit({"api.yaml": _deployment("1")})
    blob = past.git("hash-object", "-w", "--stdin", stdin=b"elsewhere.yaml")
    entries = f"120000 {blob}\tlink.yaml\n160000 {commit}\tmodule\n"
    past.git("update-index", "--index-info", stdin=entries.encode())
    past.commit(past.git("write-tree"))
    found = _told(job(past.folder).run(WantedHistory("main~1..main")))
    assert {one.split(":")[0] for one in found if one.startswith("gap ")} == {"gap link.yaml", "gap module"}


def test_a_blob_that_is_missing_is_a_gap_and_no_event(past: Past, job: Open) -> None:
    past.commit({"api.yaml": _deployment("1"), "policy.yaml": POLICY % "Enforce"})
    past.commit({"api.yaml": _deployment("2"), "policy.yaml": POLICY % "Audit"})
    past.object_file(past.git("rev-parse", "main:policy.yaml")).unlink()
    assert _told(job(past.folder).run(WantedHistory("main~1..main"))) == [
        "ghcr.io/acme/api 1 -> 2",
        f"gap policy.yaml: {MISSING}: what the commit did to it is not known",
    ]


def test_a_file_beside_that_is_missing_leaves_the_commit_unknown(past: Past, job: Open) -> None:
    files = {"policy.yaml": POLICY % "Enforce", "a.yaml": "a: 1"}
    past.commit({**files, "kustomization.yaml": "resources: [a.yaml]"})
    past.commit({**files, "kustomization.yaml": "resources: [a.yaml, policy.yaml]"})
    past.object_file(past.git("rev-parse", "main:policy.yaml")).unlink()
    assert _told(job(past.folder).run(WantedHistory("main~1..main"))) == [
        "gap : what the commit changed could not be read: a file beside those that changed is missing in this clone"
    ]


def test_very_many_missing_blobs_are_told_together(past: Past, job: Open) -> None:
    past.commit({f"{number}.yaml": f"a: {number}" for number in range(30)})
    for number in range(30):
        past.object_file(past.git("rev-parse", f"main:{number}.yaml")).unlink()
    found = _told(job(past.folder).run(WantedHistory()))
    assert (len(found), found[-1]) == (21, "gap : the content of 10 more files is missing in this clone")


def test_a_shallow_clone_says_where_it_ends(past: Past, job: Open, tmp_path: Path) -> None:
    for tag in ("1", "2", "3"):
        past.commit({"api.yaml": _deployment(tag)})
    past.git("clone", "-q", "--depth=2", f"file://{past.folder}", str(tmp_path / "shallow"))
    found = _told(job(tmp_path / "shallow").run(WantedHistory()))
    assert found[-1] == "ghcr.io/acme/api 2 -> 3"
    assert ["shallow" in one for one in found] == [True, True, False]


def test_tells_the_same_in_several_processes(past: Past, job: Open) -> None:
    for number in range(12):
        past.commit({"api.yaml": _deployment(str(number)), "policy.yaml": POLICY % ("Audit", "Enforce")[number % 2]})
    one = list(job(past.folder).run(WantedHistory()))
    clone = GitHistory(str(past.folder))
    several = list(HistoryJob(clone, Processes(3), part=2).run(WantedHistory()))
    clone.close()
    assert several == one


class _Counting:
    """Counts the commits that are read."""

    def __init__(self) -> None:
        self.read = 0

    def each(self, work: Callable, parts: Iterable) -> Iterable:
        for part in parts:
            self.read += len(part)
            yield work(part)


def _remembered(past: Past, cache: Path, wanted: WantedHistory) -> tuple[list[Event | Gap], int]:
    clone, kept, hands = GitHistory(str(past.folder)), HistoryCache(cache, "1"), _Counting()
    found = list(HistoryJob(clone, hands, kept).run(wanted))
    clone.close()
    kept.close()
    return found, hands.read


def test_only_new_commits_are_read_again(past: Past, job: Open, tmp_path: Path) -> None:
    for tag in ("1", "2"):
        past.commit({"api.yaml": _deployment(tag), "policy.yaml": POLICY % "Enforce"})
    first = _remembered(past, tmp_path / "cache", WantedHistory())
    past.commit({"api.yaml": _deployment("3"), "policy.yaml": POLICY % "Audit"})
    again = _remembered(past, tmp_path / "cache", WantedHistory())
    assert (first[1], again[1]) == (2, 1)
    assert again[0] == list(job(past.folder).run(WantedHistory()))


def test_another_filter_is_answered_from_the_same_cache(past: Past, job: Open, tmp_path: Path) -> None:
    past.commit({"prod/api.yaml": _deployment("1"), "dev/web.yaml": _deployment("1", "web")})
    _remembered(past, tmp_path / "cache", WantedHistory(environment=Environment("dev")))
    wanted = WantedHistory(environment=Environment("prod"))
    found, read = _remembered(past, tmp_path / "cache", wanted)
    assert (found, read) == (list(job(past.folder).run(wanted)), 0)


def test_what_a_clone_lacks_is_not_remembered(past: Past, job: Open, tmp_path: Path) -> None:
    past.commit({"api.yaml": _deployment("1")})
    blob = past.object_file(past.git("rev-parse", "main:api.yaml"))
    content = blob.read_bytes()
    blob.unlink()
    before, _ = _remembered(past, tmp_path / "cache", WantedHistory())
    blob.write_bytes(content)
    after, _ = _remembered(past, tmp_path / "cache", WantedHistory())
    assert [type(one) for one in before] == [Gap]
    assert after == list(job(past.folder).run(WantedHistory()))


def test_a_damaged_cache_changes_no_answer(past: Past, job: Open, tmp_path: Path) -> None:
    for tag in ("1", "2"):
        past.commit({"api.yaml": _deployment(tag)})
    _remembered(past, tmp_path / "cache", WantedHistory())
    opened = sqlite3.connect(tmp_path / "cache")
    with opened:
        opened.execute("UPDATE texts SET value = x'00'")
    opened.close()
    assert _remembered(past, tmp_path / "cache", WantedHistory())[0] == list(job(past.folder).run(WantedHistory()))


def test_tells_what_was_in_force_at_a_time(past: Past, job: Open) -> None:
    past.commit({"api.yaml": _deployment("1"), "policy.yaml": POLICY % "Enforce"}, at=1_000_000)
    second = past.commit({"api.yaml": _deployment("2"), "policy.yaml": POLICY % "Audit"}, at=2_000_000)
    past.commit({"api.yaml": _deployment("3")}, at=3_000_000)
    found = job(past.folder).at(datetime.fromtimestamp(2_500_000, UTC), WantedHistory("main"))
    assert found.facts.commit == second
    assert [(use.path, use.tag) for use in found.images] == [("api.yaml", "2")]
    assert [(one.resource.name, one.action) for one in found.policies] == [("signed", "Audit")]
    assert found.gaps == ()


def test_tells_what_a_commit_holds_and_what_of_it_cannot_be_read(past: Past, job: Open) -> None:
    past.commit({"a.yaml": "image: [", "namespace.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n"})
    found = job(past.folder).at("main", WantedHistory())
    assert ([gap.path for gap in found.gaps], found.policies) == (["a.yaml"], ())


def test_before_the_first_commit_nothing_was_in_force(past: Past, job: Open) -> None:
    past.commit({"api.yaml": _deployment("1")})
    with pytest.raises(Unavailable, match="begins after"):
        job(past.folder).at(datetime(2001, 1, 1, tzinfo=UTC), WantedHistory("main"))


def test_a_clone_that_does_not_go_back_so_far_cannot_tell_what_was_in_force(
    past: Past, job: Open, tmp_path: Path
) -> None:
    for tag in ("1", "2", "3"):
        past.commit({"api.yaml": _deployment(tag)})
    past.git("clone", "-q", "--depth=2", f"file://{past.folder}", str(tmp_path / "shallow"))
    with pytest.raises(Unavailable, match="further than this clone") as raised:
        job(tmp_path / "shallow").at(datetime(2001, 1, 1, tzinfo=UTC), WantedHistory("main"))
    assert not raised.value.permanent


def test_where_clocks_went_back_the_last_commit_that_is_not_after_a_time_counts(past: Past, job: Open) -> None:
    past.commit({"api.yaml": _deployment("1")}, at=1_000_000)
    past.commit({"api.yaml": _deployment("2")}, at=5_000_000)
    third = past.commit({"api.yaml": _deployment("3")}, at=2_000_000)
    past.commit({"api.yaml": _deployment("4")}, at=4_000_000)
    assert job(past.folder).at(datetime.fromtimestamp(3_000_000, UTC), WantedHistory("main")).facts.commit == third


@pytest.mark.parametrize("environment", ["prod", "dev"])
def test_what_moves_out_of_an_environment_is_told_of_both(past: Past, job: Open, environment: str) -> None:
    past.commit({"prod/a.yaml": _deployment("1"), "prod/p.yaml": POLICY % "Enforce", "test/a.yaml": "x"})
    past.commit({"dev/a.yaml": _deployment("2"), "dev/p.yaml": POLICY % "Audit", "test/a.yaml": "x"})
    wanted = WantedHistory("main~1..main", environment=Environment(environment))
    found = list(job(past.folder).run(wanted))
    assert _told(found) == ["ghcr.io/acme/api 1 -> 2", "policy ClusterPolicy dev/p.yaml weaker"]
    (image, policy) = (one.what for one in found if isinstance(one, Event))
    assert isinstance(image, ImageUpdate)
    assert isinstance(policy, PolicyChange)
    assert (image.change.uses[0].path_before, policy.path_before) == ("prod/a.yaml", "prod/p.yaml")


def test_what_moves_to_another_file_leaves_its_environment(past: Past, job: Open) -> None:
    past.commit({"prod/a.yaml": _deployment("1"), "dev/b.yaml": "apiVersion: v1\nkind: ConfigMap\n"})
    past.commit({"dev/b.yaml": f"apiVersion: v1\nkind: ConfigMap\n---\n{_deployment('2')}"})
    wanted = WantedHistory("main~1..main", environment=Environment("prod"))
    assert _told(job(past.folder).run(wanted)) == ["ghcr.io/acme/api 1 -> 2"]


def test_what_is_deleted_from_an_environment_is_told_of_it(past: Past, job: Open) -> None:
    past.commit({"prod/a.yaml": _deployment("1"), "prod/p.yaml": POLICY % "Enforce", "dev/x.yaml": "x"})
    past.commit({"dev/x.yaml": "x"})
    wanted = WantedHistory("main~1..main", environment=Environment("prod"))
    assert _told(job(past.folder).run(wanted)) == [
        "ghcr.io/acme/api 1 -> None",
        "policy ClusterPolicy prod/p.yaml weaker",
    ]


def test_what_is_left_out_of_a_commit_with_events_is_a_gap(past: Past, job: Open) -> None:
    base = past.commit({"a.yaml": _deployment("1")})
    others = tuple(
        past.commit({"a.yaml": _deployment("1"), "b": str(number)}, branch="other", parents=(base,), at=number)
        for number in range(101)
    )
    past.commit({"a.yaml": _deployment("2")}, parents=(base, *others))
    past.commit({"a.yaml": _deployment("2"), "b": "x"}, parents=(past.tip(), *others))
    found = list(job(past.folder).run(WantedHistory(f"{base}..main")))
    assert _told(found) == ["ghcr.io/acme/api 1 -> 2", "gap : it has 102 parents: the first 100 are told"]


def test_what_was_in_force_is_told_around_a_folder_that_is_missing(past: Past, job: Open) -> None:
    commit = past.commit({"a.yaml": _deployment("1"), "lost/b.yaml": _deployment("2", "web")})
    past.object_file(past.git("rev-parse", f"{commit}:lost")).unlink()
    found = job(past.folder).at(commit, WantedHistory())
    assert ([str(use.name) for use in found.images], [gap.path for gap in found.gaps]) == (
        ["ghcr.io/acme/api"],
        ["lost"],
    )
