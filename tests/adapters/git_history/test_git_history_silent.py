"""Git that says nothing about one object, or dies over it: that one is lost, and the rest is told."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.adapters.git_history import GitHistory, Limits
from app.adapters.processes import Processes
from app.core.errors import Unavailable
from app.core.history import Event, Gap, Step
from app.jobs.history import HistoryJob, WantedHistory
from tests.fakes.past import Past

_FAKE = """#!/bin/sh
# Real git for everything, but for one program and what is asked of it by a line.
case " $* " in
*" {program} "*) ;;
*) exec {git} "$@" ;;
esac
while read -r line; do
    case "$line" in
    {bad}) {act} ;;
    *) printf '%s\\n' "$line" | {git} "$@" ;;
    esac
done
"""
STOPS = "kill -STOP $$"
DIES = "exit 1"
DIES_HALFWAY = "printf '%s blob 100\\nhalf' \"$line\"; exit 1"
NOT_KNOWN = "what the commit changed is not known"
MANIFEST = "{{apiVersion: v1, kind: Pod, metadata: {{name: a}}, spec: {{containers: [{{image: 'acme/api:{}'}}]}}}}"

Open = Callable[..., GitHistory]


@pytest.fixture
def opened(past: Past, tmp_path: Path) -> Iterator[Open]:
    """Open the history with a git that acts in its own way where a line of what it is asked matches a pattern."""
    found: list[GitHistory] = []

    def of(program: str, bad: str, act: str, silences: int = 10) -> GitHistory:
        fake = tmp_path / "git"
        fake.write_text(_FAKE.format(program=program, git=shutil.which("git"), bad=bad, act=act))
        fake.chmod(0o755)
        found.append(GitHistory(str(past.folder), Limits(seconds=2.0, silences=silences, program=str(fake))))
        return found[-1]

    yield of
    for one in found:
        one.close()


def _told(history: GitHistory) -> tuple[list[str], dict[str, str]]:
    found = list(history.steps(list(history.line(history.resolve("main")))))
    steps = [one.stored.commit for one in found if isinstance(one, Step)]
    return steps, {one.commit: one.sentence for one in found if isinstance(one, Gap)}


@pytest.mark.parametrize("act", [STOPS, DIES, DIES_HALFWAY])
def test_a_file_about_which_git_says_nothing_is_missing_and_the_others_are_read(
    past: Past, opened: Open, act: str
) -> None:
    past.commit({"a.yaml": "1", "b.yaml": "2", "c.yaml": "3"})
    oids = [past.git("rev-parse", f"main:{name}.yaml") for name in "abc"]
    found = opened("cat-file", oids[1], act).blobs(oids)
    assert found == {oids[0]: b"1", oids[2]: b"3"}


def test_what_git_was_silent_about_is_not_asked_for_again(past: Past, opened: Open) -> None:
    past.commit({"a.yaml": "1", "b.yaml": "2"})
    bad, good = (past.git("rev-parse", f"main:{name}.yaml") for name in "ab")
    history = opened("cat-file", bad, STOPS, silences=1)
    assert [history.blobs([bad, good]) for _ in range(3)] == [{good: b"2"}] * 3


def test_silence_has_an_end_that_is_said(past: Past, opened: Open) -> None:
    past.commit({f"{name}.yaml": name for name in "abc"})
    oids = [past.git("rev-parse", f"main:{name}.yaml") for name in "abc"]
    with pytest.raises(Unavailable, match=r"did not answer within 2 seconds, 2 times: nothing more is read") as raised:
        opened("cat-file", "[0-9a-f]*", STOPS, silences=1).blobs(oids)
    assert not raised.value.permanent


@pytest.mark.parametrize("act", [STOPS, DIES])
def test_a_commit_about_which_git_says_nothing_is_a_gap(past: Past, opened: Open, act: str) -> None:
    first, bad, last = (past.commit({"a.yaml": str(number)}) for number in range(3))
    steps, gaps = _told(opened("cat-file", bad, act))
    assert (steps, list(gaps), "git cannot read it" in gaps[bad]) == ([first, last], [bad], True)


def test_a_history_that_git_does_not_list_is_walked_commit_by_commit(past: Past, opened: Open) -> None:
    commits = [past.commit({"a.yaml": str(number)}) for number in range(3)]
    # It asks for no line: what it is given is read to its end, and then it stops.
    history = opened("rev-list", "never", "", silences=0)
    fake = Path(history.limits.program)
    fake.write_text(fake.read_text().replace("while read", "kill -STOP $$\nwhile read", 1))
    assert _told(history) == (commits, {})
    assert [one.commit for one in history.newest_first(commits[-1])] == commits[::-1]


def test_a_comparison_about_which_git_says_nothing_is_a_gap(past: Past, opened: Open) -> None:
    first, bad, last = (past.commit({"a.yaml": str(number)}) for number in range(3))
    steps, gaps = _told(opened("diff-tree", f"{bad}*", STOPS))
    assert (steps, gaps) == ([first, bad, last], {bad: f"{NOT_KNOWN}: git did not answer within 2 seconds"})


def test_a_comparison_over_which_git_dies_is_made_without_contents(past: Past, opened: Open) -> None:
    commits = [past.commit({"a.yaml": str(number)}) for number in range(3)]
    # Asked for alone, by its arguments, the same commit is compared.
    assert _told(opened("--stdin", f"{commits[1]}*", DIES)) == (commits, {})


def test_comparisons_that_are_all_silent_have_an_end(past: Past, opened: Open) -> None:
    for number in range(3):
        past.commit({"a.yaml": str(number)})
    with pytest.raises(Unavailable, match=r"2 times: nothing more is read"):
        _told(opened("diff-tree", "[0-9a-f]*", STOPS, silences=1))


def test_a_run_names_the_file_and_commit_that_git_is_silent_about(past: Past, opened: Open) -> None:
    commits = [past.commit({"a.yaml": MANIFEST.format(number)}) for number in range(4)]
    bad = past.git("rev-parse", f"{commits[1]}:a.yaml")
    found = list(HistoryJob(opened("cat-file", bad, STOPS), Processes()).run(WantedHistory()))
    gaps = [(one.commit, one.path) for one in found if isinstance(one, Gap)]
    events = [one.facts.commit for one in found if isinstance(one, Event)]
    assert (gaps, events) == ([(commits[1], "a.yaml"), (commits[2], "a.yaml")], [commits[0], commits[3]])
