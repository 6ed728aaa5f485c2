"""The database file survives that several processes prepare it while others write to it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

from app.adapters.database import prepare_file

_COME_AND_GO = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
connection.close()
"""


def test_preparing_again_does_not_take_the_file_from_under_open_connections(tmp_path: Path) -> None:
    path = tmp_path / "assay.db"
    prepare_file(f"sqlite:///{path}")
    ours = sqlite3.connect(path)
    ours.execute("CREATE TABLE kept (number INTEGER)")
    ours.commit()
    prepare_file(f"sqlite:///{path}")
    # The last connection of another process closes: without our lock it would fold the log away under us.
    subprocess.run([sys.executable, "-c", _COME_AND_GO, str(path)], check=True)
    ours.execute("INSERT INTO kept VALUES (1)")
    ours.commit()
    theirs = sqlite3.connect(path)
    found = theirs.execute("SELECT count(*) FROM kept").fetchone()
    theirs.close()
    ours.close()
    assert found == (1,)
