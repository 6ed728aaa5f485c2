"""The environment as settings: what is read, and what every error says."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.settings import VARIABLES, RegistryLogin, Secret, SettingsError, read

PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----\n"
APP = {"ASSAY_APP_ID": "12", "ASSAY_PRIVATE_KEY": PEM, "ASSAY_WEBHOOK_SECRET": "s3cret-s3cret"}


def test_nothing_set_gives_the_defaults() -> None:
    read_ = read({"PATH": "/bin"})
    assert (
        read_.database_url.reveal(),
        read_.github_url,
        read_.listen,
        read_.worker_id,
        read_.floor_required,
        read_.registered,
    ) == ("sqlite:///var/assay.db", "https://api.github.com", ("127.0.0.1", 8000), "worker-1", False, False)


def test_a_registered_app_has_all_three() -> None:
    app = read(APP).app()
    assert (app.app_id, app.private_key.reveal(), [secret.reveal() for secret in app.webhook_secrets]) == (
        12,
        PEM,
        ["s3cret-s3cret"],
    )


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        ("ASSAY_APP_ID", "ASSAY_APP_ID"),
        ("ASSAY_PRIVATE_KEY", "ASSAY_PRIVATE_KEY_FILE"),
        ("ASSAY_WEBHOOK_SECRET", "ASSAY_WEBHOOK_SECRET"),
    ],
)
def test_what_a_registered_app_lacks_is_named_when_it_is_needed(missing: str, named: str) -> None:
    partly = read({name: value for name, value in APP.items() if name != missing})
    with pytest.raises(SettingsError) as error:
        partly.app()
    assert (error.value.variable, partly.registered) == (named, False)


def test_the_old_webhook_secret_is_accepted_after_the_new() -> None:
    both = read({**APP, "ASSAY_WEBHOOK_SECRET_OLD": "old"})
    assert [secret.reveal() for secret in both.webhook_secrets] == ["s3cret-s3cret", "old"]


def test_a_key_on_one_line_is_read() -> None:
    key = read({**APP, "ASSAY_PRIVATE_KEY": PEM.replace("\n", "\\n")}).private_key
    assert key == Secret(PEM)


def test_a_key_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text(PEM)
    assert read({"ASSAY_PRIVATE_KEY_FILE": str(tmp_path / "key.pem")}).private_key == Secret(PEM)


def test_postgres_is_named_in_one_way() -> None:
    assert read({"ASSAY_DATABASE_URL": "postgres://u:p@db/assay"}).database_url == Secret("postgresql://u:p@db/assay")


def test_registry_logins_are_read_from_lines() -> None:
    logins = read({"ASSAY_REGISTRY_AUTH": "GHCR.io=bot:pa:ss=word\n\nregistry.local:5000=a:b"}).registry_logins
    assert logins == (
        RegistryLogin("ghcr.io", "bot", Secret("pa:ss=word")),
        RegistryLogin("registry.local:5000", "a", Secret("b")),
    )


def test_registry_logins_are_read_from_json() -> None:
    logins = read({"ASSAY_REGISTRY_AUTH": json.dumps({"ghcr.io": "bot:password"})}).registry_logins
    assert logins == (RegistryLogin("ghcr.io", "bot", Secret("password")),)


def test_credentials_are_bound_to_owners_and_repositories() -> None:
    users = read({"ASSAY_REGISTRY_CREDENTIAL_USERS": "ghcr.io=Acme, other/Repo; quay.io:443=acme"}).credential_users
    assert users == {"ghcr.io": frozenset({"acme", "other/repo"}), "quay.io:443": frozenset({"acme"})}


def test_private_registries_are_hosts_with_ports() -> None:
    hosts = read({"ASSAY_ALLOWED_PRIVATE_REGISTRIES": "127.0.0.1:5000, [::1]:5000 Registry.Local"}).private_registries
    assert hosts == {"127.0.0.1:5000", "[::1]:5000", "registry.local"}


@pytest.mark.parametrize(("text", "listen"), [("0.0.0.0:80", ("0.0.0.0", 80)), ("[::1]:8000", ("::1", 8000))])  # noqa: S104  a value, nothing listens
def test_the_address_to_listen_on_is_host_and_port(text: str, listen: tuple[str, int]) -> None:
    assert read({"ASSAY_LISTEN": text}).listen == listen


@pytest.mark.parametrize(("text", "flag"), [("true", True), ("1", True), ("no", False), ("", False)])
def test_a_floor_may_be_required(text: str, flag: bool) -> None:  # noqa: FBT001  a case
    assert read({"ASSAY_FLOOR_REQUIRED": text}).floor_required is flag


def test_files_are_named_by_path(tmp_path: Path) -> None:
    (tmp_path / "root.json").write_text("{}")
    both = read(
        {"ASSAY_TRUSTED_ROOT": str(tmp_path / "root.json"), "ASSAY_REGISTRY_CONFIG": str(tmp_path / "root.json")}
    )
    assert both.trusted_root == both.registry_config == tmp_path / "root.json"


WRONG = [
    ("ASSAY_WEBHOOK_SECRET", ""),
    ("ASSAY_WEBHOOK_SECRET", "  "),
    ("ASSAY_WEBHOOK_SECRET_OLD", ""),
    ("ASSAY_APP_ID", "Iv1.abc"),
    ("ASSAY_APP_ID", "0"),
    ("ASSAY_APP_ID", "١٢"),
    ("ASSAY_PRIVATE_KEY", "hunter2hunter2"),
    ("ASSAY_PRIVATE_KEY", ""),
    ("ASSAY_PRIVATE_KEY_FILE", "/does/not/exist"),
    ("ASSAY_PRIVATE_KEY_FILE", "/"),
    ("ASSAY_PRIVATE_KEY_FILE", "/dev/zero"),
    ("ASSAY_TRUSTED_ROOT", "/does/not/exist"),
    ("ASSAY_REGISTRY_CONFIG", "/does/not/exist"),
    ("ASSAY_DATABASE_URL", "mysql://u:hunter2@db/assay"),
    ("ASSAY_DATABASE_URL", "sqlite://"),
    ("ASSAY_DATABASE_URL", "sqlite:///:memory:"),
    ("ASSAY_DATABASE_URL", "postgresql://u:hunter2@[db/assay"),
    ("ASSAY_DATABASE_URL", "postgresql://u:hunter2@db"),
    ("ASSAY_GITHUB_URL", "http://api.github.com"),
    ("ASSAY_GITHUB_URL", "https://u:hunter2@api.github.com"),
    ("ASSAY_GITHUB_URL", "api.github.com"),
    ("ASSAY_GITHUB_URL", "https://api.github.com:port"),
    ("ASSAY_REGISTRY_AUTH", "ghcr.io:hunter2"),
    ("ASSAY_REGISTRY_AUTH", "ghcr.io=hunter2"),
    ("ASSAY_REGISTRY_AUTH", "https://ghcr.io=u:hunter2"),
    ("ASSAY_REGISTRY_AUTH", "*.ghcr.io=u:hunter2"),
    ("ASSAY_REGISTRY_AUTH", "ghcr.io:70000=u:hunter2"),
    ("ASSAY_REGISTRY_AUTH", "ghcr.io=u:hunter2\nGHCR.io=u:hunter3"),
    ("ASSAY_REGISTRY_AUTH", '{"ghcr.io": {"auth": "hunter2"}}'),
    ("ASSAY_REGISTRY_AUTH", '{"ghcr.io": "u:hunter2"'),
    ("ASSAY_REGISTRY_CREDENTIAL_USERS", "ghcr.io"),
    ("ASSAY_REGISTRY_CREDENTIAL_USERS", "ghcr.io="),
    ("ASSAY_REGISTRY_CREDENTIAL_USERS", "ghcr.io=*"),
    ("ASSAY_ALLOWED_PRIVATE_REGISTRIES", "10.0.0.0/8"),
    ("ASSAY_GITHUB_BUNDLE_HOSTS", "https://storage.test/"),
    ("ASSAY_LISTEN", "8000"),
    ("ASSAY_LISTEN", "127.0.0.1:99999"),
    ("ASSAY_WORKER_ID", ""),
    ("ASSAY_WORKER_ID", "../x"),
    ("ASSAY_FLOOR_REQUIRED", "maybe"),
    ("ASSAY_WEBHOOK_SECERT", "x"),
    ("FLASK_DEBUG", "0"),
    ("WERKZEUG_RUN_MAIN", "true"),
]


@pytest.mark.parametrize(("variable", "text"), WRONG)
def test_a_wrong_value_is_refused_by_its_name(variable: str, text: str) -> None:
    with pytest.raises(SettingsError) as error:
        read({variable: text})
    assert error.value.variable == variable


@pytest.mark.parametrize(("variable", "text"), [case for case in WRONG if "hunter" in case[1]])
def test_an_error_repeats_no_secret(variable: str, text: str) -> None:
    with pytest.raises(SettingsError) as error:
        read({variable: text})
    assert "hunter" not in f"{error.value} {error.value.__cause__}"


@pytest.mark.parametrize("variable", ["FLASK_DEBUG", "WERKZEUG_DEBUG_PIN"])
def test_at_188_nothing_starts_beside_a_debugger(variable: str) -> None:
    with pytest.raises(SettingsError, match=variable):
        read({**APP, variable: "off"})


def test_at_177_an_empty_secret_is_refused() -> None:
    with pytest.raises(SettingsError, match="ASSAY_WEBHOOK_SECRET: empty"):
        read({**APP, "ASSAY_WEBHOOK_SECRET": ""})


def test_an_old_secret_alone_is_refused() -> None:
    with pytest.raises(SettingsError, match="ASSAY_WEBHOOK_SECRET: not set beside"):
        read({"ASSAY_WEBHOOK_SECRET_OLD": "old"})


def test_a_key_given_twice_is_refused() -> None:
    with pytest.raises(SettingsError, match="unset one of the two"):
        read({"ASSAY_PRIVATE_KEY": PEM, "ASSAY_PRIVATE_KEY_FILE": "/x"})


def test_no_repr_shows_a_secret() -> None:
    whole = read(
        {**APP, "ASSAY_REGISTRY_AUTH": "ghcr.io=u:hunter2", "ASSAY_DATABASE_URL": "postgresql://u:hunter2@d/a"}
    )
    shown = f"{whole!r} {whole.app()!r} {whole.private_key}"
    assert not any(secret in shown for secret in ("MIIabc", "s3cret", "hunter2"))


@pytest.mark.parametrize("name", ["/nowhere/authorities.pem", "\0"])
def test_a_file_of_certificate_authorities_that_cannot_be_read_is_named(name: str) -> None:
    with pytest.raises(SettingsError, match="ASSAY_CA_FILE"):
        read({"ASSAY_CA_FILE": name})


@settings(deadline=None, max_examples=150)
@given(st.dictionaries(st.sampled_from(sorted(VARIABLES)), st.text(max_size=60), max_size=3))
def test_whatever_the_environment_holds_settings_or_an_error_come_of_it(environment: dict[str, str]) -> None:
    with suppress(SettingsError):
        assert read(environment).worker_id


def test_token_services_on_other_hosts_are_read_by_registry() -> None:
    text = "registry.example=gitlab.example; other.example:5000=a.example,b.example:8443"
    assert read({"ASSAY_REGISTRY_REALMS": text}).realms == {
        "registry.example": frozenset({"gitlab.example"}),
        "other.example:5000": frozenset({"a.example", "b.example:8443"}),
    }


@pytest.mark.parametrize("text", ["registry.example", "registry.example=", "registry.example=https://x"])
def test_a_token_service_that_is_no_host_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="ASSAY_REGISTRY_REALMS"):
        read({"ASSAY_REGISTRY_REALMS": text})


@pytest.mark.parametrize(
    ("text", "prefixes"),
    [
        ("", ()),
        ("proxy.example/hub=docker.io", (("proxy.example/hub", "docker.io"),)),
        ("b.example=ghcr.io/acme; a.example:443=quay.io", (("a.example", "quay.io"), ("b.example", "ghcr.io/acme"))),
        ("localhost:5000=registry.hub.docker.com", (("localhost:5000", "docker.io"),)),
    ],
)
def test_mirrors_are_pairs_of_prefixes(text: str, prefixes: tuple[tuple[str, str], ...]) -> None:
    assert read({"ASSAY_REGISTRY_MIRRORS": text}).mirrors.prefixes == prefixes


@pytest.mark.parametrize(
    "text",
    [
        *("proxy.example", "hub=docker.io", "proxy.example=", "proxy.example/Hub=docker.io", "a.test=a.test"),
        *("a.test=b.test;a.test=c.test", "https://a.test=b.test", "a.test/x:1=b.test"),
    ],
)
def test_a_wrong_mirror_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="ASSAY_REGISTRY_MIRRORS"):
        read({"ASSAY_REGISTRY_MIRRORS": text})


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://assay.acme.example", "https://assay.acme.example"),
        ("https://Assay.Acme.example:8443/", "https://assay.acme.example:8443"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_the_public_address_is_kept_without_its_slash(text: str, url: str) -> None:
    assert read({"ASSAY_PUBLIC_URL": text}).public_url == url


@pytest.mark.parametrize(
    "text",
    [
        "http://assay.acme.example",
        "https://assay.acme.example/assay",
        "https://user@assay.acme.example",
        "https://user:word@assay.acme.example",
        "https://assay.acme.example?x",
        "https://assay.acme.example#x",
        "https://assay.acme.example:99999",
        "https://",
        "https://a b",
        "https://a\nb",
        "javascript:alert(1)",
        "assay.acme.example",
    ],
)
def test_a_public_address_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="ASSAY_PUBLIC_URL"):
        read({"ASSAY_PUBLIC_URL": text})


def test_client_id_and_secret_are_read_together() -> None:
    both = read({"ASSAY_CLIENT_ID": "Iv23abc", "ASSAY_CLIENT_SECRET": "word"})
    assert (both.client_id, both.client_secret) == ("Iv23abc", Secret("word"))


@pytest.mark.parametrize(("one", "other"), [("ID", "SECRET"), ("SECRET", "ID")])
def test_a_client_id_without_a_secret_is_refused_and_the_other_way_round(one: str, other: str) -> None:
    with pytest.raises(SettingsError, match=f"^ASSAY_CLIENT_{other}: "):
        read({f"ASSAY_CLIENT_{one}": "word"})


def test_operators_are_logins_without_case() -> None:
    assert read({"ASSAY_OPERATORS": " Alice, bob-2 ,, "}).operators == {"alice", "bob-2"}


def test_an_operator_that_is_no_login_is_refused() -> None:
    with pytest.raises(SettingsError, match="ASSAY_OPERATORS: 'a b' is no GitHub login"):
        read({"ASSAY_OPERATORS": "alice,a b"})


def test_pages_have_an_address_once_people_can_sign_in() -> None:
    signing = {"ASSAY_CLIENT_ID": "Iv23li", "ASSAY_CLIENT_SECRET": "s"}
    assert read({**signing, "ASSAY_PUBLIC_URL": "https://assay.test"}).pages_url == "https://assay.test"


def test_without_sign_in_there_are_no_pages() -> None:
    assert read({"ASSAY_PUBLIC_URL": "https://assay.test"}).pages_url is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", set()), ("Acme/GitOps, other/*\nx/.github", {"acme/gitops", "other/*", "x/.github"})],
)
def test_repositories_of_evidence_files_are_read(text: str, expected: set[str]) -> None:
    assert read({"ASSAY_EVIDENCE_FILES": text}).evidence_files == expected


@pytest.mark.parametrize("text", ["acme", "*", "*/*", "acme/*/x", "acme/git*", "acme/..", "acme/.", "/x", "acme/"])
def test_what_names_no_repository_is_refused(text: str) -> None:
    with pytest.raises(SettingsError) as error:
        read({"ASSAY_EVIDENCE_FILES": text})
    assert error.value.variable == "ASSAY_EVIDENCE_FILES"
