"""The database file survives that several processes prepare it while others write to it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from app.adapters.database import begin_write, open_engine, prepare_file
from tests.fakes.postgres import shared_server

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


@pytest.mark.parametrize(("repeats", "level"), [(False, 2), (True, 1)], ids=["kept", "done again"])
def test_only_what_is_done_again_anyway_does_not_wait_for_the_disk(
    tmp_path: Path, *, repeats: bool, level: int
) -> None:
    url = f"sqlite:///{tmp_path}/assay.db"
    prepare_file(url)
    engine = open_engine(url, patience=1, repeats=repeats)
    with engine.connect() as connection:
        found = connection.exec_driver_sql("PRAGMA synchronous").scalar()
    engine.dispose()
    assert found == level


def test_who_takes_the_turn_to_write_has_it_until_the_end(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/assay.db"
    prepare_file(url)
    engine = open_engine(url, patience=0.05)
    with engine.begin() as first:
        begin_write(first, 1)
        with engine.begin() as second, pytest.raises(OperationalError):
            begin_write(second, 0.05)
    with engine.begin() as third:
        begin_write(third, 1)
    engine.dispose()


def test_on_a_server_there_is_no_turn_to_take() -> None:
    engine = open_engine(shared_server().database(), patience=1)
    with engine.begin() as connection:
        begin_write(connection, 1)
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
    engine.dispose()
