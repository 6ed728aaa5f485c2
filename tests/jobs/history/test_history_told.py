"""An answer as text: the lines that are passed on unread are those of the events, and what nobody wrote is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.adapters.git_history import GitHistory
from app.adapters.history_cache import HistoryCache
from app.adapters.processes import Processes
from app.core.errors import Unavailable
from app.core.globs import Glob, PathGlob
from app.core.history import Gap
from app.jobs.history import HistoryJob, WantedHistory, dated_at
from app.jobs.history.kept import Answer, Told
from app.render.history import written
from tests.fakes.past import Past

Open = Callable[[Path], HistoryJob]
NOW = datetime(2030, 1, 1, tzinfo=UTC)
GAP = Gap("c" * 40, "a.yaml", "it cannot be read")


@pytest.fixture
def history(past: Past) -> Past:
    """A history with events of two files, a gap, and a commit that is dated far ahead."""
    for number, at in enumerate((1_000_000, 2_000_000, 4_000_000_000)):
        texts = {f"{name}.yaml": f"image: ghcr.io/acme/{name}:{number}\n" for name in ("api", "web")}
        past.commit({**texts, **({"bad.yaml": "image: ["} if number == 1 else {})}, at=at)
    return past


def _wanted() -> list[WantedHistory]:
    return [
        WantedHistory(),
        WantedHistory(paths=(PathGlob("api.yaml"),)),
        WantedHistory(images=(Glob("ghcr.io/acme/w*"),)),
        WantedHistory(since=datetime.fromtimestamp(1_500_000, UTC), until=NOW),
        WantedHistory("main~1..main"),
    ]


@pytest.mark.parametrize("wanted", _wanted())
def test_lines_are_those_of_the_events(history: Past, job: Open, wanted: WantedHistory) -> None:
    told = job(history.folder)
    events = [*written(dated_at(one, NOW) for one in told.run(wanted))]
    lines = [*told.lines(wanted, NOW)]
    assert _flat(lines) == _flat(events)
    assert events


@pytest.mark.parametrize("wanted", _wanted())
def test_lines_from_a_cache_are_the_same(history: Past, job: Open, tmp_path: Path, wanted: WantedHistory) -> None:
    clone, kept = GitHistory(str(history.folder)), HistoryCache(tmp_path / "cache", "1")
    told = [[*HistoryJob(clone, Processes(), kept).lines(wanted, NOW)] for _ in range(2)]
    clone.close()
    kept.close()
    assert told == [[*job(history.folder).lines(wanted, NOW)]] * 2


def _flat(lines: list[str | Gap]) -> list[str | Gap]:
    """Cut where one text holds the lines of several events."""
    return [each for one in lines for each in (one.splitlines() if isinstance(one, str) else (one,))]


def test_an_answer_comes_back_from_its_text() -> None:
    told = Told.of(Answer(NOW, (GAP,)))
    assert (told.lines, Told.read(told.text), told.found()) == (None, told, (GAP,))


def test_an_answer_without_events_has_no_lines_to_write() -> None:
    told = Told.of(Answer(None))
    assert (told.lines, Told.read(told.text), told.found()) == ("", told, ())


def test_a_text_of_another_form_is_no_answer() -> None:
    assert Told.read("yesterday\n[]\n=") is None


@pytest.mark.parametrize("values", ["", "{", '["","text"]', "7"])
def test_values_that_nobody_wrote_are_refused(values: str) -> None:
    with pytest.raises(Unavailable, match="--no-cache"):
        replace(Told.of(Answer(NOW)), values=values).found()
