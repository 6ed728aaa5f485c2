"""The queue library's client, opened once for one engine and let go with it."""

from __future__ import annotations

import threading

from dbos import DBOSClient, DBOSPortableJSONSerializer
from sqlalchemy import Engine

APPLICATION = "assay"


class Opened:
    """A client that does not wait while the database is gone; made on first use, for threads to share.

    One made before a fork would share its connections over it.
    """

    def __init__(self, engine: Engine) -> None:
        """Bind the engine; nothing is connected yet."""
        self._engine = engine
        self._lock = threading.Lock()
        self._client: DBOSClient | None = None

    def client(self) -> DBOSClient:
        """Return the client."""
        with self._lock:
            if self._client is None:
                self._client = DBOSClient(
                    system_database_engine=self._engine,
                    serializer=DBOSPortableJSONSerializer(),
                    application_name=APPLICATION,
                    lazy=True,
                    retry_connection_errors=False,
                )
            return self._client

    def close(self) -> None:
        """Let go of it, and of every connection of the engine."""
        with self._lock:
            if self._client is not None:
                self._client.destroy()
                self._client = None
        self._engine.dispose()
