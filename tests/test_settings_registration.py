"""The registration file: what it must be before it is used, and how it is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.settings import Registration, Secret, SettingsError, make_room, read, read_registered, store

PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----\n"
APP = {"ASSAY_APP_ID": "12", "ASSAY_PRIVATE_KEY": PEM, "ASSAY_WEBHOOK_SECRET": "s3cret-s3cret"}
ENTERPRISE = "https://github.acme.example/api/v3"
WHOLE = Registration(
    app_id=7,
    slug="assay-acme",
    client_id="Iv23abc",
    client_secret=Secret("client-hunter2"),
    webhook_secret=Secret("hook-hunter2"),
    private_key=Secret(PEM),
    github_url=ENTERPRISE,
    public_url="https://assay.acme.example",
    registered_at=datetime(2026, 11, 24, 12, 0, tzinfo=UTC),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "registration.json"


@pytest.fixture
def there(path: Path) -> Path:
    store(path, WHOLE)
    return path


def environment(path: Path) -> dict[str, str]:
    return {"ASSAY_REGISTRATION_FILE": str(path)}


def change(path: Path, edit: Callable[[dict[str, object]], object]) -> None:
    held = json.loads(path.read_text())
    edit(held)
    path.write_text(json.dumps(held))


def test_what_was_stored_is_read_again(there: Path) -> None:
    found = read_registered(environment(there))
    assert (
        found.app_id,
        found.slug,
        found.client_id,
        found.client_secret,
        found.webhook_secrets,
        found.private_key,
        found.github_url,
        found.public_url,
        found.registered_at,
    ) == (
        *(WHOLE.app_id, WHOLE.slug, WHOLE.client_id, WHOLE.client_secret, (WHOLE.webhook_secret,)),
        *(WHOLE.private_key, WHOLE.github_url, WHOLE.public_url, WHOLE.registered_at),
    )


def test_without_a_file_nothing_is_registered(path: Path) -> None:
    assert read_registered(environment(path)).untouched


def test_the_file_lies_beside_the_database(tmp_path: Path) -> None:
    store(tmp_path / "registration.json", WHOLE)
    assert read_registered({"ASSAY_DATABASE_URL": f"sqlite:///{tmp_path}/assay.db"}).app_id == 7


def test_beside_postgres_it_lies_in_var() -> None:
    url = {"ASSAY_DATABASE_URL": "postgresql://u:p@db/assay"}
    assert read(url).registration_file == Path("var/registration.json")


def test_commands_that_need_no_app_do_not_read_it(there: Path) -> None:
    there.chmod(0o644)
    assert read(environment(there)).untouched


def test_the_environment_wins_when_it_says_all(there: Path) -> None:
    there.chmod(0o644)
    found = read_registered({**environment(there), **APP})
    assert (found.app_id, found.slug, found.github_url) == (12, None, "https://api.github.com")


@pytest.mark.parametrize("name", sorted(APP))
def test_half_from_the_environment_and_half_from_the_file_is_refused(there: Path, name: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name}: .*give all of it here, or unset this"):
        read_registered({**environment(there), name: APP[name]})


def test_another_github_than_the_files_is_refused(there: Path) -> None:
    with pytest.raises(SettingsError, match="ASSAY_GITHUB_URL: another GitHub"):
        read_registered({**environment(there), "ASSAY_GITHUB_URL": "https://api.github.com"})


def test_the_same_github_may_be_said_twice(there: Path) -> None:
    assert read_registered({**environment(there), "ASSAY_GITHUB_URL": ENTERPRISE}).app_id == 7


def test_the_public_address_of_the_environment_wins(there: Path) -> None:
    found = read_registered({**environment(there), "ASSAY_PUBLIC_URL": "https://other.example"})
    assert found.public_url == "https://other.example"


def test_an_old_webhook_secret_is_taken_after_the_new(there: Path) -> None:
    change(there, lambda held: held.update(webhook_secret_old="older"))
    assert read_registered(environment(there)).webhook_secrets == (WHOLE.webhook_secret, Secret("older"))


def test_the_file_is_this_users_alone_and_so_is_its_folder(there: Path) -> None:
    assert (there.stat().st_mode & 0o777, there.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_nothing_else_is_left_in_the_folder(there: Path) -> None:
    make_room(there.with_name("other.json"))
    assert [one.name for one in there.parent.iterdir()] == ["registration.json"]


@pytest.mark.parametrize("rights", [0o644, 0o640, 0o660, 0o700, 0o604])
def test_a_file_with_other_rights_is_refused_in_one_sentence(there: Path, rights: int) -> None:
    there.chmod(rights)
    with pytest.raises(SettingsError, match=rf"rights {rights:04o}.*set 0600") as error:
        read_registered(environment(there))
    assert str(error.value).count(".") == str(there).count(".") + 1


def test_a_file_that_may_only_be_read_is_taken(there: Path) -> None:
    there.chmod(0o400)
    assert read_registered(environment(there)).app_id == 7


def test_a_folder_in_its_place_is_refused(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(SettingsError, match="ASSAY_REGISTRATION_FILE"):
        read_registered(environment(path))


FAULTS: dict[str, object] = {
    "app_id": 0,
    "schema": "assay.registration/v2",
    "webhook_secret": "",
    "client_secret": None,
    "webhook_secret_old": " ",
    "private_key": "hunter2",
    "github_url": "http://github.acme.example",
    "public_url": "https://x/y",
    "registered_at": "2026-11-24T12:00:00",
    "slug": 7,
    "client_id": "a b",
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_file_with_a_fault_is_refused_without_its_secrets(there: Path, name: str) -> None:
    change(there, lambda held: held.update({name: FAULTS[name]}))
    with pytest.raises(SettingsError, match="no registration as Assay writes it") as error:
        read_registered(environment(there))
    assert "hunter2" not in f"{error.value} {error.value.__cause__} {error.value.__context__}"


def test_a_file_that_lacks_something_is_refused(there: Path) -> None:
    change(there, lambda held: held.pop("app_id"))
    with pytest.raises(SettingsError, match="no registration as Assay writes it"):
        read_registered(environment(there))


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(max_size=200),
        st.recursive(st.none() | st.text(), st.lists, max_leaves=5).map(lambda v: json.dumps(v).encode()),
    )
)
def test_whatever_the_file_holds_a_registration_or_an_error_comes_of_it(there: Path, content: bytes) -> None:
    there.write_bytes(content)
    with suppress(SettingsError):
        assert read_registered(environment(there)).registered


def test_an_endless_file_is_refused(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    path.write_bytes(b" " * 70_000)
    path.chmod(0o600)
    with pytest.raises(SettingsError, match="no registration"):
        read_registered(environment(path))


def test_a_registration_is_never_written_over(there: Path) -> None:
    before = there.read_bytes()
    with pytest.raises(SettingsError, match="is there already"):
        store(there, WHOLE)
    assert there.read_bytes() == before


def test_a_link_in_its_place_is_never_followed(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SettingsError, match="is there already"):
        store(path, WHOLE)
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_others_may_write_to_is_refused(path: Path) -> None:
    path.parent.mkdir()
    path.parent.chmod(0o777)
    with pytest.raises(SettingsError, match="others may write"):
        make_room(path)


def test_whether_it_can_be_written_is_known_before(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="cannot be written"):
        make_room(tmp_path / "file" / "registration.json")


def test_that_a_file_is_there_is_known_before(there: Path) -> None:
    with pytest.raises(SettingsError, match="is there already"):
        make_room(there)


def test_no_repr_of_a_registration_shows_a_secret() -> None:
    assert "hunter2" not in repr(WHOLE)
    assert "MIIabc" not in repr(WHOLE)


def test_every_mistake_is_said_at_once(there: Path) -> None:
    there.chmod(0o644)
    wrong = {
        **environment(there),
        "ASSAY_LISTEN": "8000",
        "ASSAY_WORKER_ID": "../x",
        "ASSAY_CLIENT_ID": "Iv23abc",
        "ASSAY_LISTNE": "x",
        "FLASK_DEBUG": "1",
    }
    with pytest.raises(SettingsError) as error:
        read_registered(wrong)
    assert sorted(sentence.split(":")[0] for sentence in error.value.sentences) == [
        "ASSAY_CLIENT_SECRET",
        "ASSAY_LISTEN",
        "ASSAY_LISTNE",
        "ASSAY_REGISTRATION_FILE",
        "ASSAY_WORKER_ID",
        "FLASK_DEBUG",
    ]


def test_what_hangs_on_a_mistake_is_not_called_a_mistake() -> None:
    wrong = {
        "ASSAY_TUF": "on",
        "ASSAY_TRUSTED_ROOTS": "acme=/does/not/exist",
        "ASSAY_TUF_SOURCES": "acme=https://t.example /x",
    }
    with pytest.raises(SettingsError) as error:
        read(wrong)
    assert [sentence.split(":")[0] for sentence in error.value.sentences] == ["ASSAY_TRUSTED_ROOTS"]


def test_all_that_a_half_registered_app_lacks_is_said_at_once() -> None:
    with pytest.raises(SettingsError) as error:
        read({"ASSAY_APP_ID": "12"}).app()
    assert len(error.value.sentences) == 2
