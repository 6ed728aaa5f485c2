"""Both databases: what is kept is kept alike in an SQLite file and in a PostgreSQL server."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.fakes.postgres import shared_server

Database = Callable[[], str]
"""Makes an empty database and returns its URL."""


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Database:
    """Each test that asks runs twice, once on either."""
    if request.param == "postgresql":
        return shared_server().database
    return lambda: f"sqlite:///{tmp_path_factory.mktemp('database')}/var/assay.db"


@pytest.fixture
def database_url(database: Database) -> str:
    """An empty database for this test alone."""
    return database()
