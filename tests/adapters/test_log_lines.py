"""Log lines: one event one line, no control characters, no secrets."""

from __future__ import annotations

import io
import json
import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters.log_lines import configure_logs, scope, without_secrets

KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7\nabcdefghijkl\n-----END RSA PRIVATE KEY-----\n"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxMiJ9.c2lnbmF0dXJl"
_log = logging.getLogger("tests.log_lines")


@pytest.fixture
def log() -> io.StringIO:
    stream = io.StringIO()
    configure_logs([KEY, "webhook-secret-1"], stream)
    return stream


def test_at_201_an_event_is_one_printable_line_whatever_it_holds(log: io.StringIO) -> None:
    _log.info('a\n{"level": "forged"}\x1b[31m\x07\u202e\r %s', "\x9b1m")
    text = log.getvalue()
    assert text.count("\n") == 1
    assert text[:-1].isprintable()
    assert text.isascii()


def test_a_line_says_when_how_bad_and_who(log: io.StringIO) -> None:
    _log.warning("hello %d", 3)
    line = json.loads(log.getvalue())
    assert (line["level"], line["logger"], line["message"], line["at"][-6:]) == (
        "warning",
        "tests.log_lines",
        "hello 3",
        "+00:00",
    )


def test_scopes_add_up_and_end(log: io.StringIO) -> None:
    with scope(delivery="guid"):
        with scope(number=3):
            _log.info("inner")
        _log.info("outer")
    _log.info("none")
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [(line.get("delivery"), line.get("number")) for line in lines] == [("guid", 3), ("guid", None), (None, None)]


@pytest.mark.parametrize(
    ("text", "canary"),
    [
        ("ghs_0123456789abcdefghijABCDEFGHIJ012345", "456789abc"),
        ("ghp_0123456789abcdefghijABCDEFGHIJ012345", "456789abc"),
        ("github_pat_11ABCDEFG0123456789_abcdefghijk", "0123456789"),
        (JWT, "eyJpc3MiOiIxMiJ9"),
        ("Bearer abcdef0123456789", "abcdef"),
        ("Authorization: Basic dXNlcjpwYXNzd29yZA==", "dXNlcjpw"),
        ("webhook-secret-1", "webhook-secret"),
        ("one line of it: abcdefghijkl", "abcdefghijkl"),
        (KEY, "MIIEpAIBAAKCAQEA7"),
        (KEY.partition("-----END")[0].replace("\n", "\\n"), "MIIEpAIBAAKCAQEA7"),
    ],
)
def test_at_204_no_secret_is_written(log: io.StringIO, text: str, canary: str) -> None:
    _log.error("with %s", text, exc_info=ValueError(f"request failed: {text} there"))
    assert canary not in log.getvalue()


def test_at_199_a_password_in_a_url_is_not_written(log: io.StringIO) -> None:
    _log.info("connecting to postgresql://assay:hunter2@db.internal/assay")
    assert json.loads(log.getvalue())["message"] == "connecting to postgresql://[secret]@db.internal/assay"


def test_what_is_no_secret_stays() -> None:
    text = "sha256:0123456789abcdef of ghcr.io/acme/api at https://github.com/acme/api, token expired"
    assert without_secrets(text) == text


def test_arguments_that_do_not_fit_are_still_logged(log: io.StringIO) -> None:
    record = logging.LogRecord("somewhere", logging.INFO, "", 1, "%d", ("three",), None)
    logging.getLogger().handlers[0].handle(record)
    assert "three" in json.loads(log.getvalue())["message"]


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=200))
def test_any_message_is_one_line_of_json(message: str) -> None:
    stream = io.StringIO()
    configure_logs([], stream)
    _log.info("%s", message)
    assert len(stream.getvalue().splitlines()) == 1
    assert json.loads(stream.getvalue())["level"] == "info"
