"""Write each command's `--help` anew into docs/cli.md, between its markers: `python docs/generate.py` (`make docs`)."""

# ruff: noqa: INP001 - a script beside the pages that it writes, no package

from __future__ import annotations

import re
import sys
from pathlib import Path

import click

PAGE = Path(__file__).with_name("cli.md")
WIDTH = 100
_BLOCK = re.compile(r"(<!-- help: ?([a-z ]*) -->\n).*?(<!-- end -->)", re.DOTALL)


def with_help(page: str) -> str:
    """Return the page with every marked help text as it is now."""
    return _BLOCK.sub(lambda found: f"{found[1]}\n```text\n{_help(found[2])}\n```\n\n{found[3]}", page)


def _help(name: str) -> str:
    from app.cli import main  # noqa: PLC0415 - found only once the checkout is on the path

    whole = click.Context(main, info_name="assay", terminal_width=WIDTH, **main.context_settings)
    if not name:
        return main.get_help(whole)
    command, context = main, whole
    for part in name.split():
        command = command.commands[part]
        context = click.Context(command, context, info_name=part, terminal_width=WIDTH)
    return command.get_help(context)


if __name__ == "__main__":
    sys.path.insert(0, str(PAGE.parents[1]))
    PAGE.write_text(with_help(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
