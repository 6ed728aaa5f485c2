"""The one database, an SQLite file or a PostgreSQL server, which holds the work that waits and all that is kept.

open_engine     opens it the same way everywhere; prepare_file makes an SQLite file; reachable asks for a row
begin_write     takes the turn to write before those that wait for it with less haste
Deadline        bounds how long anybody waits for a call of it
bring_forward   makes tables, or adds what those of an older version lack; newer_version says whether a newer one wrote
"""

from app.adapters.database.deadline import Deadline
from app.adapters.database.forward import VERSION, bring_forward, newer_version
from app.adapters.database.opening import begin_write, is_sqlite, open_engine, postgres_url, prepare_file, reachable

__all__ = [
    "VERSION",
    "Deadline",
    "begin_write",
    "bring_forward",
    "is_sqlite",
    "newer_version",
    "open_engine",
    "postgres_url",
    "prepare_file",
    "reachable",
]
