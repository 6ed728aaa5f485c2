"""What is remembered along a history, and at what cost."""

from __future__ import annotations

import gc
from pathlib import Path

from app import admission
from app.bootstrap.history import history_of
from app.core.tree import File
from app.jobs.history.memory import MAX_TEXT, Memory

POLICY = "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: a}\nspec: {rules: []}\n"


def test_what_a_file_holds_is_found_once() -> None:
    memory = Memory()
    found = memory.held(File("a.yaml", POLICY))
    assert found.policies
    assert memory.held(File("a.yaml", POLICY)) is found


def test_the_same_text_at_another_path_is_another_policy() -> None:
    memory = Memory()
    memory.held(File("a.yaml", POLICY))
    assert [one.path for one in memory.held(File("b.yaml", POLICY)).policies] == ["b.yaml"]


def test_what_cannot_be_had_is_not_remembered_as_one() -> None:
    memory = Memory()
    files = [File("a.yaml", None, problem) for problem in ("larger than 1 MiB", "not UTF-8")]
    assert [memory.held(file) for file in files] == [admission.held(file) for file in files]


def test_objects_count_for_more_than_their_text() -> None:
    memory = Memory()
    first = memory.held(File("a.yaml", POLICY))
    for number in range(4):
        memory.held(File(f"{number}.yaml", f"{POLICY}---\na: {'x' * (MAX_TEXT // 48)}\n"))
    assert memory.held(File("a.yaml", POLICY)) is not first


def test_the_collector_is_as_before_after_a_history(tmp_path: Path) -> None:
    before = gc.get_threshold()
    with history_of(str(tmp_path)):
        during = gc.get_threshold()
    assert (during[0] > before[0], gc.get_threshold()) == (True, before)
