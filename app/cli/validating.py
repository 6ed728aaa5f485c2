"""`validate`: a policy file by itself."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from app.cli.outcomes import PASS, USAGE, said
from app.core.errors import PolicyError


@click.command()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.argument("file", type=click.Path(exists=True, dir_okay=False), default=".github/assay.yml")
def validate(form: str, file: str) -> None:
    """Check a policy FILE; every error with its line. Exits 0 when it is valid, else 2.

    Key files are looked for from the folder that holds .github, or from the file's own folder.
    """
    from app.render import document, terminal  # noqa: PLC0415 - slow

    with said():
        errors = _errors(Path(file))
    text = document.text(document.validate(file, errors)) if form == "json" else terminal.validate(file, errors)
    click.echo(text, nl=False)
    sys.exit(USAGE if errors else PASS)


def _errors(file: Path) -> tuple[PolicyError, ...]:
    from app.core.tree import file_of  # noqa: PLC0415 - slow
    from app.policy import Policy  # noqa: PLC0415 - slow

    read = file_of(str(file), "100644", file.read_bytes())
    if read.text is None:
        return (PolicyError(f"the file cannot be read: {read.problem}", path=str(file)),)
    root = file.resolve().parent
    root = root.parent if root.name == ".github" else root
    keys = {path: _key_text(root / path) for path in Policy.needs(read.text)}
    return Policy.faults(read.text, keys, path=str(file))


def _key_text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
