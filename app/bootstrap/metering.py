"""The folder that processes count into, and the process that answers for all of them."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final

from app.adapters.metrics import FOLDER
from app.settings import Settings

_PREFIX: Final = "assay-metrics-"
# `-P`: an `app` in the working folder must not be taken for this one.
_DOOR: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); from app.adapters.metrics.serving import main; main(*sys.argv[2:])"
)


def metered(settings: Settings, *, has_worker: bool) -> list[str] | None:
    """Let this process and its children count; return the command that answers at the operator's address.

    `None` where no metrics are wanted, and where a process above this one has done the same already. Call it before
    anything counts; the folder is private, and removed when this process ends.
    """
    if settings.metrics_listen is None:
        os.environ.pop(FOLDER, None)  # the library's own variable alone must not make it count
        return None
    if Path(os.environ.get(FOLDER, "")).name.startswith(_PREFIX):
        return None
    folder, owner = tempfile.mkdtemp(prefix=_PREFIX), os.getpid()

    def remove() -> None:
        if os.getpid() == owner:  # a fork of this process ends through here, too
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    os.environ[FOLDER] = folder
    host, port = settings.metrics_listen
    root = str(Path(__file__).parents[2])
    return [sys.executable, "-P", "-c", _DOOR, root, host, str(port), "worker" if has_worker else "web"]
