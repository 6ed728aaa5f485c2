"""The history of a local repository, wired."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from app.adapters.git_history import GitHistory
from app.adapters.history_cache import HistoryCache
from app.adapters.processes import Processes
from app.jobs.history import HistoryJob, LookedAt

_ENGINE: Final = (
    "core",
    "formats",
    "admission",
    "policy",
    "jobs",
    "render",
    "adapters/git_history",
    "adapters/git_raw.py",
    "adapters/history_cache.py",
)

_SELDOM: Final = 200_000


@contextlib.contextmanager
def history_of(
    folder: str, cache: Path | None = None, notice: Callable[[str], None] = lambda _: None, *, fetch: bool = False
) -> Iterator[HistoryJob]:
    """Yield the job for the repository that holds a folder; raises `Unavailable` (permanent) when there is none.

    Without a `cache` everything is read anew. What is wrong with the cache is a notice, and never a wrong answer. With
    `fetch`, what a partial clone lacks is fetched into it, as whoever runs this may.
    """
    kept = None if cache is None else HistoryCache(cache, _engine())
    clone = GitHistory(folder)
    often = gc.get_threshold()
    # All that is remembered is trees. To look through them for circles again and again takes a fifth of the time.
    gc.set_threshold(_SELDOM, *often[1:])
    try:
        bringing = clone.bringer(LookedAt(), os.environ, notice) if fetch else None
        if fetch and bringing is None:
            notice("nothing is fetched: this is no partial clone of a repository that can be asked")
        yield HistoryJob(clone, Processes.of_machine(), kept, bringing=bringing)
    finally:
        gc.set_threshold(*often)
        clone.close()
        if kept is not None:
            kept.close()
            if kept.notice:
                notice(kept.notice)


def usual_cache(folder: str) -> Path | None:
    """Return where the cache of a repository lies when nobody says otherwise; `None` where there is no home for it."""
    own, home = os.environ.get("XDG_CACHE_HOME", ""), os.environ.get("HOME", "")
    place = Path(own) if own else Path(home) / ".cache"
    if not place.is_absolute():
        return None
    name = hashlib.sha256(os.fsencode(Path(folder).resolve())).hexdigest()[:32]
    return place / "assay" / f"history-{name}.sqlite"


def _engine() -> str:
    """Say which program reads: every line of it counts, for any may change what is found."""
    root = Path(__file__).parents[1]
    found = hashlib.sha256()
    for part in _ENGINE:
        place = root / part
        for path in sorted(place.rglob("*.py")) if place.is_dir() else (place,):
            found.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()
