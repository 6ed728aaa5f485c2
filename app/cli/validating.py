"""`validate`: a policy file with the waivers beside it, or a waiver by itself."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from app.cli.outcomes import PASS, USAGE, said
from app.core.errors import PolicyError
from app.core.tree import SYMLINK, File, file_of


@click.command()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.argument("file", type=click.Path(exists=True, dir_okay=False), default=".github/assay.yml")
def validate(form: str, file: str) -> None:
    """Check a policy or waiver FILE; every error with its line. Exits 0 when it is valid, else 2.

    With a policy the waivers of its repository (.github/assay/waivers) are checked too. Key files are looked for from
    the folder that holds .github, or from the file's own folder.
    """
    from app.render import document, terminal  # noqa: PLC0415 - slow

    with said():
        errors = _errors(Path(file))
    text = document.text(document.validate(file, errors)) if form == "json" else terminal.validate(file, errors)
    click.echo(text, nl=False)
    sys.exit(USAGE if errors else PASS)


def _errors(file: Path) -> tuple[PolicyError, ...]:
    from app.policy import Policy  # noqa: PLC0415 - slow
    from app.policy.waivers import FOLDER, TRIVYIGNORE, WaiverFiles, is_waiver, read_files  # noqa: PLC0415 - slow

    read, here = _file(file), file.resolve()
    if f"/{FOLDER}/" in here.as_posix():
        return read_files(WaiverFiles((read,)))[1]
    if here.name == TRIVYIGNORE:
        return read_files(WaiverFiles(trivyignore=read))[1]
    if read.text is None:
        return (PolicyError(f"the file cannot be read: {read.problem}", path=str(file)),)
    root = here.parent.parent if here.parent.name == ".github" else here.parent
    keys = {path: _key_text(root / path) for path in Policy.needs(read.text)}
    beside = sorted((file.parent / "assay/waivers").rglob("*")) if here.parent.name == ".github" else ()
    waivers = (_file(one) for one in beside if one.is_file() and is_waiver(f"{FOLDER}/{one.name}"))
    return (*Policy.faults(read.text, keys, path=str(file)), *read_files(WaiverFiles(tuple(waivers)))[1])


def _file(path: Path) -> File:
    return file_of(str(path), SYMLINK if path.is_symlink() else "100644", path.read_bytes())


def _key_text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
