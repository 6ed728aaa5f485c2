"""`assay doctor` against the simulated GitHub, a registry on loopback and a real database."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.adapters.ledger import DatabaseChain
from app.bootstrap.records import make_tables
from app.cli import main
from app.core.merge_record import Entry, Link
from app.core.pull_request import PullRequestRef
from app.settings import read as read_settings
from tests.cli.conftest import read
from tests.conftest import ROOT
from tests.fakes.github import GitHub
from tests.fakes.github.repository import Repository
from tests.fakes.registry import Auth, FakeRegistry

MANIFEST = yaml.safe_load((ROOT / "app.yml").read_text(encoding="utf-8"))
IMAGES, REVIEW = "assay/images: main", "assay/review: main"


@dataclass
class Surgery:
    """An installation that is right; what a test changes is what the doctor must find."""

    folder: Path
    github: GitHub
    registry: FakeRegistry
    repository: Repository
    settings: dict[str, str]

    def run(self, *arguments: str) -> Result:
        """Run the command with the settings as they are."""
        environment: dict[str, str | None] = {name: None for name in os.environ if name.startswith("ASSAY_")}
        environment.update(self.settings)
        return CliRunner().invoke(main, ("doctor", *arguments), env=environment, prog_name="assay")

    def found(self) -> dict[str, tuple[str, str]]:
        """Return what was looked at: area and name → health and sentence."""
        checks = read(self.run("--format", "json"))["checks"]
        return {f"{one['area']}: {one['what']}": (one["health"], one["sentence"]) for one in checks}

    def wrong(self) -> set[str]:
        """Return what is not fine."""
        return {name for name, (health, _) in self.found().items() if health != "fine"}


@pytest.fixture
def surgery(tmp_path: Path) -> Iterator[Surgery]:
    with GitHub(permissions=MANIFEST["default_permissions"]) as github, FakeRegistry() as registry:
        github.app.events = tuple(MANIFEST["default_events"])
        github.organization("acme", teams={}, members=["owner"])
        repository = github.repository("acme/gitops")
        repository.commit("main", {".github/assay.yml": "version: 1\n"}, author="owner")
        repository.protect("main", [IMAGES, REVIEW], app_id=github.app.id)
        github.app.deliveries.url = "https://assay.example.org/webhook"
        key = tmp_path / "app.pem"
        key.write_text(github.private_key_pem, encoding="utf-8")
        key.chmod(0o600)
        settings = {
            "ASSAY_APP_ID": str(github.app.id),
            "ASSAY_PRIVATE_KEY_FILE": str(key),
            "ASSAY_WEBHOOK_SECRET": github.hook.secret,
            "ASSAY_GITHUB_URL": github.url,
            "ASSAY_DATABASE_URL": f"sqlite:///{tmp_path}/var/assay.db",
            "ASSAY_ALLOWED_PRIVATE_REGISTRIES": registry.host,
            "ASSAY_PUBLIC_URL": "https://assay.example.org",
            "ASSAY_CLIENT_ID": "Iv1.1234",
            "ASSAY_CLIENT_SECRET": "secret",
        }
        make_tables(read_settings(settings))
        yield Surgery(tmp_path, github, registry, repository, settings)
        assert github.violations == []


def test_nothing_is_wrong_with_an_installation_that_is_right(surgery: Surgery) -> None:
    assert surgery.wrong() == set()
    assert surgery.run().exit_code == 0


def test_each_line_is_told_on_the_terminal(surgery: Surgery) -> None:
    lines = surgery.run().stdout.splitlines()
    assert "  ok    acme/gitops, main: both statuses are required, from this App" in lines
    assert lines[-1].endswith("things looked at: 0 wrong, 0 could not be told")


def test_without_an_app_the_way_to_one_is_told(surgery: Surgery) -> None:
    for name in ("ASSAY_APP_ID", "ASSAY_PRIVATE_KEY_FILE", "ASSAY_WEBHOOK_SECRET"):
        del surgery.settings[name]
    surgery.settings["ASSAY_REGISTRATION_FILE"] = str(surgery.folder / "none.json")
    result = surgery.run()
    assert result.exit_code == 1
    assert "no App is registered" in result.stdout


def test_a_key_of_another_app_is_told(surgery: Surgery) -> None:
    surgery.settings["ASSAY_APP_ID"] = str(surgery.github.app.id + 1)
    assert surgery.run().exit_code in {1, 3}


def test_a_github_that_does_not_answer_is_no_pass(surgery: Surgery) -> None:
    surgery.settings["ASSAY_GITHUB_URL"] = "http://127.0.0.1:9"
    assert surgery.run().exit_code == 3


def test_a_permission_that_the_app_does_not_ask_for_is_told(surgery: Surgery) -> None:
    surgery.github.app.permissions = {**surgery.github.app.permissions, "statuses": "read"}
    assert surgery.found()["GitHub App: permissions and events"] == ("wrong", "missing: statuses: write")


def test_a_permission_beyond_is_told_as_such(surgery: Surgery) -> None:
    surgery.github.app.permissions = {**surgery.github.app.permissions, "contents": "write"}
    found = surgery.found()["GitHub App: permissions beyond"]
    assert found == ("look at it", "more than is needed: contents: write")


def test_an_event_that_is_not_subscribed_to_is_told(surgery: Surgery) -> None:
    surgery.github.app.events = tuple(one for one in surgery.github.app.events if one != "push")
    assert surgery.found()["GitHub App: permissions and events"] == ("wrong", "missing: event push")


def test_what_an_owner_has_not_accepted_is_told(surgery: Surgery) -> None:
    for one in surgery.github.world.installations.values():
        one.permissions = {**one.permissions, "statuses": "read"}
    assert surgery.found()["installations: acme"] == ("wrong", "not granted: statuses: write")


@pytest.mark.parametrize(
    ("url", "health"),
    [
        ("", "wrong"),
        ("https://assay.example.org/", "wrong"),
        ("https://other.example.org/webhook", "look at it"),
        ("https://assay.example.org/webhook", "fine"),
    ],
)
def test_the_webhooks_address_is_held_against_ours(surgery: Surgery, url: str, health: str) -> None:
    surgery.github.app.deliveries.url = url
    assert surgery.found()["webhook: address"][0] == health


@pytest.mark.parametrize("url", ["https://u:s3cr3t@assay.example.org/webhook", "https://assay.example.org/?key=s3cr3t"])
def test_no_secret_in_the_webhooks_address_is_printed(surgery: Surgery, url: str) -> None:
    surgery.github.app.deliveries.url = url
    sentence = surgery.found()["webhook: address"][1]
    assert ("assay.example.org/" in sentence, "s3cr3t" in sentence) == (True, False)


@pytest.mark.parametrize("app_id", [None, 999])
def test_a_gate_that_anybody_may_set_is_told(surgery: Surgery, app_id: int | None) -> None:
    surgery.repository.protect("main", [IMAGES, REVIEW], app_id=app_id)
    assert surgery.found()["gates: acme/gitops, main"][0] == "wrong"


def test_a_gate_that_is_not_required_is_told(surgery: Surgery) -> None:
    surgery.repository.protections.clear()
    assert surgery.found()["gates: acme/gitops, main"][0] == "wrong"


def test_a_repository_without_a_policy_is_no_fault(surgery: Surgery) -> None:
    surgery.github.repository("acme/other")
    assert surgery.found()["gates: acme/other"] == (
        "fine",
        "no policy on the default branch: nothing is judged there, unless by a floor of its owner",
    )


def test_a_repository_that_only_the_operators_floor_judges_is_told(surgery: Surgery) -> None:
    (surgery.folder / "floor.yml").write_text("version: 1\n", encoding="utf-8")
    surgery.settings["ASSAY_FLOOR_FILE"] = str(surgery.folder / "floor.yml")
    surgery.github.repository("acme/other")
    assert surgery.found()["gates: acme/other"][0] == "look at it"


@pytest.mark.parametrize("basic", [False, True])
def test_a_registry_that_refuses_the_credential_is_told(surgery: Surgery, *, basic: bool) -> None:
    surgery.settings["ASSAY_REGISTRY_AUTH"] = f"{surgery.registry.host}=user:wrong"
    surgery.registry.auth = Auth("user", "right", basic=basic)
    found = surgery.found()[f"registries: {surgery.registry.host}"]
    assert found == ("wrong", "asked for credentials")


@pytest.mark.parametrize("basic", [False, True])
def test_a_registry_that_lets_us_in_is_fine(surgery: Surgery, *, basic: bool) -> None:
    surgery.settings["ASSAY_REGISTRY_AUTH"] = f"{surgery.registry.host}=user:right"
    surgery.registry.auth = Auth("user", "right", basic=basic)
    assert surgery.found()[f"registries: {surgery.registry.host}"] == ("fine", "lets us in")


def test_a_database_that_others_may_read_is_told(surgery: Surgery) -> None:
    file = surgery.folder / "var" / "assay.db"
    file.chmod(0o644)
    assert surgery.found()[f"settings: {file}"][0] == "wrong"


@pytest.mark.parametrize("variable", ["ASSAY_PRIVATE_KEY_FILE", "ASSAY_REGISTRY_CONFIG"])
def test_a_file_of_secrets_that_others_may_read_is_told(surgery: Surgery, variable: str) -> None:
    (surgery.folder / "config.json").write_text("{}", encoding="utf-8")
    surgery.settings.setdefault(variable, str(surgery.folder / "config.json"))
    file = Path(surgery.settings[variable])
    file.chmod(0o640)
    assert surgery.found()[f"settings: {file}"][0] == "wrong"


def test_a_database_that_a_newer_version_wrote_to_is_told(surgery: Surgery) -> None:
    with closing(sqlite3.connect(surgery.folder / "var" / "assay.db")) as database, database:
        database.execute("UPDATE assay_schema SET version = version + 1")
    health, sentence = surgery.found()["database: version"]
    assert (health, sentence[:24]) == ("wrong", "A newer version of Assay")


def test_a_file_that_cannot_be_looked_at_is_told_and_all_else_is_looked_at(surgery: Surgery) -> None:
    surgery.settings["ASSAY_DATABASE_URL"] = f"sqlite:///{surgery.folder}/{'x' * 300}/assay.db"
    found = surgery.found()
    assert found["database: database"][0] == "could not tell"
    assert found["gates: acme/gitops, main"][0] == "fine"


def test_a_database_that_is_not_there_yet_is_told(surgery: Surgery) -> None:
    surgery.settings["ASSAY_DATABASE_URL"] = f"sqlite:///{surgery.folder}/none/assay.db"
    assert surgery.found()["database: tables"][0] == "look at it"


def test_a_key_of_the_ledger_that_is_none_is_told(surgery: Surgery) -> None:
    (surgery.folder / "ledger.pem").write_text("no key", encoding="utf-8")
    surgery.settings["ASSAY_LEDGER_KEY_FILE"] = str(surgery.folder / "ledger.pem")
    assert surgery.run().exit_code == 3
    assert "Ed25519 or P-256" in surgery.run().stdout


def test_no_secret_is_printed(surgery: Surgery) -> None:
    surgery.settings["ASSAY_REGISTRY_AUTH"] = f"{surgery.registry.host}=user:s3cr3t"
    said = surgery.run().output + json.dumps(surgery.found())
    kept = ("s3cr3t", surgery.github.hook.secret, surgery.github.private_key_pem.splitlines()[1])
    assert [one for one in kept if one in said] == []


@pytest.mark.parametrize(("owner", "told"), [("acme", "not granted: contents: write"), ("other", "installed")])
def test_where_evidence_files_are_wanted_their_permission_is_looked_for(
    surgery: Surgery, owner: str, told: str
) -> None:
    surgery.settings["ASSAY_EVIDENCE_FILES"] = f"{owner}/*"
    found = surgery.found()
    assert found["GitHub App: permissions and events"] == ("wrong", "missing: contents: write")
    assert found["installations: acme"][1].startswith(told)


def test_the_permission_for_evidence_files_is_not_beyond_what_is_needed(surgery: Surgery) -> None:
    surgery.settings["ASSAY_EVIDENCE_FILES"] = "acme/gitops"
    surgery.github.app.permissions = {**surgery.github.app.permissions, "contents": "write"}
    for one in surgery.github.world.installations.values():
        one.permissions = {**one.permissions, "contents": "write"}
    assert surgery.wrong() == set()
    assert "GitHub App: permissions beyond" not in surgery.found()


@pytest.mark.parametrize(
    ("copied", "expected"),
    [
        (True, ("fine", "all are copied to notes:refs/notes/assay")),
        (False, ("look at it", "1 not copied to notes:refs/notes/assay yet")),
    ],
)
def test_records_of_merges_that_wait_to_be_copied_are_told(
    surgery: Surgery, *, copied: bool, expected: tuple[str, str]
) -> None:
    key = surgery.folder / "ledger.pem"
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key.write_bytes(pem)
    key.chmod(0o600)
    surgery.settings |= {"ASSAY_LEDGER_KEY_FILE": str(key), "ASSAY_LEDGER_COPY": "notes:assay"}
    with closing(DatabaseChain(surgery.settings["ASSAY_DATABASE_URL"])) as chain:
        chain.append(PullRequestRef(1, 7, "acme", "gitops", 3), Link(1), b"{}")
        if copied:
            chain.copied(Entry(7, 3, 1, b"{}"))
    health, sentence = surgery.found()["database: records of merges"]
    assert (health, sentence.startswith(expected[1])) == (expected[0], True)
