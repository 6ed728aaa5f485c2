"""A credentials file that changes is noticed, however it changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.worker.watching import Watch


def _write(path: Path) -> None:
    path.write_text("other text", encoding="utf-8")


def _replace(path: Path) -> None:
    (path.parent / "new").write_text("same size", encoding="utf-8")
    (path.parent / "new").replace(path)


@pytest.mark.parametrize("change", [_write, _replace, Path.unlink])
def test_a_changed_file_is_noticed_once(tmp_path: Path, change: Callable[[Path], None]) -> None:
    path = tmp_path / "config.json"
    path.write_text("some text", encoding="utf-8")
    calls: list[str] = []
    watch = Watch(path, lambda: calls.append("changed"))
    change(path)
    assert (watch.look(), watch.look(), calls) == (True, False, ["changed"])


def test_a_file_that_stays_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text("some text", encoding="utf-8")
    assert not Watch(path, lambda: None).look()


def test_a_file_that_comes_to_be_is_noticed(tmp_path: Path) -> None:
    watch = Watch(tmp_path / "later.json", lambda: None)
    (tmp_path / "later.json").write_text("{}", encoding="utf-8")
    assert watch.look()
