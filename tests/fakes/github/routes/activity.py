"""A repository's activity. The operation is not in the slice: see `contracts.UNMODELLED`."""

from __future__ import annotations

from typing import Final

from tests.fakes.github import wire
from tests.fakes.github.access import R
from tests.fakes.github.exchange import Exchange, Reply


def activity(x: Exchange) -> Reply:
    """GET who moved which ref, the latest first, in pages that only a cursor leads to."""
    wanted = x.query.get("ref", "").removeprefix("refs/heads/")
    found = [one for one in reversed(x.repo.pushes) if wanted in ("", one.ref.removeprefix("refs/heads/"))]
    size, start = int(x.query.get("per_page", "30")), int(x.query.get("after", "0"))
    end = start + size
    query = "&".join(f"{key}={value}" for key, value in {**x.query, "after": str(end)}.items())
    link = {"Link": f'<{x.world.api_url}{x.path}?{query}>; rel="next"'} if end < len(found) else {}
    return Reply([wire.push(one) for one in found[start:end]], headers=link)


ROUTES: Final = {("GET", f"{R}/activity"): activity}
