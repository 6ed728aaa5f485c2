"""A signed delivery through the routes into a real queue's table; an unsigned one nowhere."""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app.adapters.work_queue import WorkInbox, prepare
from app.web.receiving import Receiver
from app.web.server import Services, create_app

SECRET, OLD = b"current-secret", b"old-secret"
PULL = json.dumps(
    {
        "action": "synchronize",
        "installation": {"id": 1},
        "repository": {"id": 7, "name": "gitops", "owner": {"login": "acme"}},
        "pull_request": {"number": 3, "head": {"sha": "a" * 40}, "base": {"ref": "main", "repo": {"id": 7}}},
    }
).encode()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    prepare(f"sqlite:///{tmp_path}/assay.db")
    return tmp_path / "assay.db"


@pytest.fixture
def client(database: Path) -> Iterator[FlaskClient]:
    inbox = WorkInbox(f"sqlite:///{database}", patience=0.1)
    receiver = Receiver(lambda: (SECRET, OLD), 12, inbox.put, inbox.put_sweep)
    yield create_app(Services(receiver.receive, inbox.check)).test_client()
    inbox.close()


def deliver(client: FlaskClient, body: bytes, secret: bytes = SECRET, **headers: str) -> int:
    signature = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
    given = {"X-Hub-Signature-256": signature, "X-GitHub-Event": "pull_request", "X-GitHub-Delivery": "guid", **headers}
    return client.post("/webhook", data=body, headers=given).status_code


def stored(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as connection:
        return [name for (name,) in connection.execute("SELECT workflow_uuid FROM workflow_status")]


@pytest.mark.parametrize("secret", [SECRET, OLD])
def test_a_signed_delivery_is_stored_and_accepted(client: FlaskClient, database: Path, secret: bytes) -> None:
    assert (deliver(client, PULL, secret), stored(database)) == (202, ["7#3/look/guid"])


def test_at_178_a_wrong_signature_stores_nothing(client: FlaskClient, database: Path) -> None:
    assert (deliver(client, PULL, b"guess"), stored(database)) == (401, [])


def test_at_178_broken_json_is_not_read_before_its_signature(client: FlaskClient) -> None:
    assert (deliver(client, b"{", b"guess"), deliver(client, b"{")) == (401, 400)


def test_at_182_a_redelivery_is_accepted_and_stored_once(client: FlaskClient, database: Path) -> None:
    assert (deliver(client, PULL), deliver(client, PULL), stored(database)) == (202, 202, ["7#3/look/guid"])


def test_an_unknown_event_is_accepted_and_ignored(client: FlaskClient, database: Path) -> None:
    answer = deliver(client, b'{"action": "created"}', **{"X-GitHub-Event": "star"})
    assert (answer, stored(database)) == (202, [])


def test_a_delivery_that_cannot_be_stored_is_answered_503(client: FlaskClient, database: Path) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert deliver(client, PULL) == 503


def test_a_push_is_stored_as_a_sweep(client: FlaskClient, database: Path) -> None:
    push = {
        "ref": "refs/heads/main",
        "installation": {"id": 1},
        "repository": {"id": 7, "name": "gitops", "owner": {"name": "acme"}},
    }
    answer = deliver(client, json.dumps(push).encode(), **{"X-GitHub-Event": "push"})
    assert (answer, [name.partition("/")[0] for name in stored(database)]) == (202, ["sweep"])
