"""What each operation of the REST contract does: a table from method and template to a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from tests.fakes.github.exchange import Exchange, Reply
from tests.fakes.github.routes import activity, apps, attestations, code, git_data, people, pulls, statuses, talk

ROUTES: Final[Mapping[tuple[str, str], Callable[[Exchange], Reply]]] = {
    **activity.ROUTES,
    **apps.ROUTES,
    **attestations.ROUTES,
    **code.ROUTES,
    **git_data.ROUTES,
    **people.ROUTES,
    **pulls.ROUTES,
    **statuses.ROUTES,
    **talk.ROUTES,
}
