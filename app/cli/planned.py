"""Commands that are promised and not built: they say so instead of seeming to pass."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import click

from app.cli.outcomes import USAGE, fail

PLANNED: Final[Mapping[str, str]] = {
    "drift": "git against the cluster",
    "gate": "may this revision be synced",
}


def planned() -> tuple[click.Command, ...]:
    """Make a command of each, which exits 2 whatever follows its name."""
    return tuple(_command(name, what) for name, what in PLANNED.items())


def _command(name: str, what: str) -> click.Command:
    @click.command(name, help=f"Planned: {what}.", context_settings={"ignore_unknown_options": True})
    @click.argument("rest", nargs=-1)
    def command(rest: tuple[str, ...]) -> None:  # noqa: ARG001 - whatever follows, the answer is the same
        fail(f"planned, not built yet: {what}", USAGE)

    return command
