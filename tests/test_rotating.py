"""The App's key and webhook secrets are read again from where they came, and what cannot be used changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from app.bootstrap.rotating import WebhookSecrets, reading_key
from app.settings import Registration, Secret, SettingsError, key_file, key_now, read, read_registered

FORM = serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
FIRST, SECOND = (
    rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(*FORM).decode() for _ in range(2)
)
REGISTRATION = Registration(
    app_id=7,
    slug="assay",
    client_id="Iv1.x",
    client_secret=Secret("client"),
    webhook_secret=Secret("current"),
    private_key=Secret(FIRST),
    github_url="https://api.github.com",
    public_url="https://assay.example.org",
    registered_at=datetime(2026, 1, 2, tzinfo=UTC),
)


def put(path: Path, registration: Registration) -> None:
    """Write a registration in one piece, as an editor that renames does."""
    beside = path.with_suffix(".new")
    beside.write_text(registration.text(), encoding="utf-8")
    beside.chmod(0o600)
    beside.replace(path)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "registration.json"
    put(path, REGISTRATION)
    return path


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    path = tmp_path / "app.pem"
    path.write_text(FIRST, encoding="utf-8")
    return path


def of_file(path: Path) -> dict[str, str]:
    return {"ASSAY_REGISTRATION_FILE": str(path)}


def of_environment(pem: Path) -> dict[str, str]:
    return {"ASSAY_APP_ID": "7", "ASSAY_PRIVATE_KEY_FILE": str(pem), "ASSAY_WEBHOOK_SECRET": "current"}


def test_a_key_file_that_changed_is_read_as_it_is_now(pem: Path) -> None:
    settings = read(of_environment(pem))
    pem.write_text(SECOND, encoding="utf-8")
    assert (key_file(settings), reading_key(settings)()) == (pem, SECOND)


def test_the_key_of_a_registration_is_read_as_it_is_now(file: Path) -> None:
    settings = read_registered(of_file(file))
    put(file, replace(REGISTRATION, private_key=Secret(SECOND)))
    assert (key_file(settings), reading_key(settings)()) == (file, SECOND)


def test_a_key_in_the_environment_stays_what_it_is() -> None:
    settings = read({"ASSAY_APP_ID": "7", "ASSAY_PRIVATE_KEY": FIRST, "ASSAY_WEBHOOK_SECRET": "current"})
    assert (key_file(settings), reading_key(settings)()) == (None, FIRST)


@pytest.mark.parametrize("wrong", ["", "no key", "-----BEGIN PRIVATE KEY-----"])
def test_a_file_that_holds_no_key_gives_none(pem: Path, wrong: str) -> None:
    settings = read(of_environment(pem))
    pem.write_text(wrong, encoding="utf-8")
    assert reading_key(settings)() is None


def test_a_file_that_is_gone_gives_none(pem: Path) -> None:
    settings = read(of_environment(pem))
    pem.unlink()
    assert reading_key(settings)() is None


def test_the_key_of_another_app_is_not_taken(file: Path) -> None:
    settings = read_registered(of_file(file))
    put(file, replace(REGISTRATION, app_id=8, private_key=Secret(SECOND)))
    with pytest.raises(SettingsError, match="another App"):
        key_now(settings)


def test_a_secret_that_was_added_is_taken_without_a_restart(file: Path) -> None:
    secrets = WebhookSecrets(read_registered(of_file(file)))
    put(file, replace(REGISTRATION, webhook_secret=Secret("new"), old_webhook_secret=Secret("current")))
    assert secrets() == (b"new", b"current")


def test_a_secret_that_was_taken_out_is_not_taken_any_more(file: Path) -> None:
    put(file, replace(REGISTRATION, old_webhook_secret=Secret("leaked")))
    secrets = WebhookSecrets(read_registered(of_file(file)))
    before = secrets()
    put(file, REGISTRATION)
    assert (before, secrets()) == ((b"current", b"leaked"), (b"current",))


@pytest.mark.parametrize("wrong", ["{}", "", "no JSON"])
def test_a_registration_that_cannot_be_used_leaves_the_secrets_in_force(file: Path, wrong: str) -> None:
    secrets = WebhookSecrets(read_registered(of_file(file)))
    file.write_text(wrong, encoding="utf-8")
    assert secrets() == (b"current",)


def test_a_registration_that_is_gone_brings_no_secret_of_before_back(file: Path) -> None:
    put(file, replace(REGISTRATION, old_webhook_secret=Secret("leaked")))
    secrets = WebhookSecrets(read_registered(of_file(file)))
    put(file, REGISTRATION)
    assert secrets() == (b"current",)
    file.unlink()
    assert secrets() == (b"current",)


def test_a_registration_that_is_gone_brings_no_key_of_before_back(file: Path) -> None:
    settings = read_registered(of_file(file))
    file.unlink()
    assert reading_key(settings)() is None


def test_secrets_of_another_app_are_not_taken(file: Path) -> None:
    secrets = WebhookSecrets(read_registered(of_file(file)))
    put(file, replace(REGISTRATION, app_id=8, webhook_secret=Secret("other")))
    assert secrets() == (b"current",)


def test_secrets_of_the_environment_stay_what_they_are(pem: Path) -> None:
    secrets = WebhookSecrets(read(of_environment(pem) | {"ASSAY_WEBHOOK_SECRET_OLD": "old"}))
    assert secrets() == (b"current", b"old")


def test_no_secret_is_in_its_name(pem: Path) -> None:
    assert "current" not in repr(WebhookSecrets(read(of_environment(pem))))


@pytest.mark.parametrize(("text", "days"), [("", 400), ("0", 0), ("30", 30), ("36500", 36_500)])
def test_records_are_kept_for_so_many_days(pem: Path, text: str, days: int) -> None:
    assert read(of_environment(pem) | {"ASSAY_KEEP_DAYS": text}).keep_days == days


@pytest.mark.parametrize("text", ["-1", "1.5", "36501", "forever", "²", "9" * 30])
def test_any_other_number_of_days_is_refused(pem: Path, text: str) -> None:
    with pytest.raises(SettingsError, match="ASSAY_KEEP_DAYS"):
        read(of_environment(pem) | {"ASSAY_KEEP_DAYS": text})


def test_records_outlive_an_installation_unless_the_operator_says_otherwise(pem: Path) -> None:
    said = read(of_environment(pem) | {"ASSAY_DELETE_ON_UNINSTALL": "true"})
    assert (read(of_environment(pem)).delete_on_uninstall, said.delete_on_uninstall) == (False, True)
