"""Kustomize and Helm as bounded child processes: what a folder deploys, without network, plugins or our environment.

1. The files come as text and are written into a new folder: there is no link in it, and no path leads out of it.
2. The program is shut into a network of its own that leads nowhere; where the machine cannot do that, nothing is run.
3. Time, processor, memory, output and open files are bounded; the environment is empty but for a home in that folder.
4. Kustomize loads files from below each kustomization only, runs no plugin and inflates no chart; Helm asks no cluster.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.adapters.bounded_process import MEBIBYTE, Bounds, Ended, NotRun, Program, run
from app.core.tree import File, Tool

_log = logging.getLogger(__name__)

_BOUNDS: Final = Bounds(20.0, memory=1_536 * MEBIBYTE, file=16 * MEBIBYTE)
_ARGUMENTS: Final = {
    Tool.KUSTOMIZE: ("build", "--load-restrictor", "LoadRestrictionsRootOnly"),
    Tool.HELM: ("template", "assay", "--namespace", "default"),
}
_GO: Final = {"GOMAXPROCS": "1", "GOMEMLIMIT": "512MiB", "GOTRACEBACK": "none"}


@dataclass(frozen=True, slots=True)
class Renderer:
    """Runs the programs at these absolute paths; `None` for one that is not installed."""

    programs: Mapping[Tool, str | None]
    bounds: Bounds = _BOUNDS

    @classmethod
    def on(cls, search: str) -> Renderer:
        """Look for the programs on a search path once."""
        found = {tool: shutil.which(tool.value, path=search) for tool in Tool}
        return cls({tool: None if path is None else str(Path(path).resolve()) for tool, path in found.items()})

    def render(self, tool: Tool, folder: str, files: Mapping[str, str]) -> File:
        """Return what a program makes of a folder of these files, or the problem; never raises."""
        program = self.programs.get(tool)
        if program is None:
            return File(folder, None, f"{tool.value} is not installed")
        try:
            with tempfile.TemporaryDirectory(prefix="assay-render-") as made:
                place = _write(Path(made), folder, files)
                ended = self._run(tool, program, Path(made), place)
        except NotRun as refused:
            return File(folder, None, str(refused))
        except OSError as error:
            _log.warning("cannot render: %s", error.strerror)
            return File(folder, None, "its files cannot be written to the machine's folder for temporary files")
        return _file(tool, folder, ended)

    def _run(self, tool: Tool, program: str, made: Path, place: Path) -> Ended:
        home = str(made / "home")
        environment = _GO | {"HOME": home, "TMPDIR": home, "HELM_NO_PLUGINS": "1", "KUSTOMIZE_PLUGIN_HOME": home}
        # It is started in the folder, so that nothing of the folder's name is an argument.
        return run(Program((program, *_ARGUMENTS[tool], "."), environment, place, self.bounds, offline=True))


def _write(made: Path, folder: str, files: Mapping[str, str]) -> Path:
    """Write the files, and return the folder among them that is to be rendered."""
    (made / "home").mkdir()
    root = made / "files"
    for path, text in sorted(files.items()):
        if {"", ".", ".."} & set(path.split("/")):
            raise NotRun("a path leads out of the repository")
        at = root / path
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_text(text, encoding="utf-8", newline="")
    return root / folder


def _file(tool: Tool, folder: str, ended: Ended) -> File:
    if ended.code != 0:
        # What the program says may repeat the files: it goes to the log, never to a comment.
        _log.info("%s failed (%d): %s", tool.value, ended.code, ended.said[-400:])
        return File(folder, None, f"{tool.value} could not build it")
    try:
        return File(folder, ended.output.decode("utf-8"))
    except UnicodeDecodeError:
        return File(folder, None, f"{tool.value} printed what is not UTF-8")
