"""Who is shown a credential: the registry that it is for and its own token service, for those who may use it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.adapters.oci_registry import Credential, Credentials, OciRegistries, RegistrySettings
from app.core.attestation import Answer
from app.core.network import WayOut
from app.core.oci import Audience, ImageReference
from tests.adapters.oci.certificates import Authority
from tests.adapters.oci.places import QUICK, REPOSITORY, Open, failures, of
from tests.fakes.registry import Auth, FakeRegistry, Fault

PASSWORD = "secret of the registry"
ACME = Audience(installation=1, owner="acme", repository="acme/gitops")
STRANGER = Audience(installation=2, owner="other", repository="other/gitops")


def holding(host: str) -> Credentials:
    return Credentials({host: Credential("reader", PASSWORD)}, owner="acme")


@pytest.fixture
def closed() -> Iterator[FakeRegistry]:
    with FakeRegistry(auth=Auth()) as registry:
        registry.put_image(REPOSITORY, "1")
        yield registry


@pytest.fixture
def basic() -> Iterator[FakeRegistry]:
    with FakeRegistry(auth=Auth(basic=True)) as registry:
        registry.put_image(REPOSITORY, "1")
        yield registry


@pytest.fixture
def foreign() -> Iterator[FakeRegistry]:
    with FakeRegistry() as registry:
        yield registry


def shown(registry: FakeRegistry) -> list[str]:
    """Return every Authorization header that a registry saw."""
    return [seen.headers["authorization"] for seen in registry.requests if "authorization" in seen.headers]


def test_a_token_is_fetched_with_the_credential(closed: FakeRegistry, open_registry: Open) -> None:
    resolution = open_registry(closed, ACME, credentials=holding(closed.host)).resolve(of(closed, tag="1"))
    assert (resolution.lookup.answer, resolution.lookup.credentials) == (Answer.FOUND, True)


def test_basic_authentication_is_answered(basic: FakeRegistry, open_registry: Open) -> None:
    resolution = open_registry(basic, ACME, credentials=holding(basic.host)).resolve(of(basic, tag="1"))
    assert (resolution.lookup.answer, resolution.lookup.credentials) == (Answer.FOUND, True)


def test_a_token_for_everybody_needs_no_credential(open_registry: Open) -> None:
    with FakeRegistry(auth=Auth(anonymous=True)) as registry:
        registry.put_image(REPOSITORY, "1")
        resolution = open_registry(registry).resolve(of(registry, tag="1"))
    assert (resolution.lookup.answer, resolution.lookup.credentials) == (Answer.FOUND, False)


def test_one_login_serves_the_whole_image(closed: FakeRegistry, open_registry: Open) -> None:
    digest = closed.put_image(REPOSITORY, "1")
    open_registry(closed, ACME, credentials=holding(closed.host)).fetch(of(closed, digest))
    assert len([seen for seen in closed.requests if seen.target.startswith("/token")]) == 1


def test_the_next_job_spares_the_round_trip_of_the_challenge(closed: FakeRegistry) -> None:
    registries = OciRegistries(RegistrySettings(holding(closed.host), allowed=(closed.host,), limits=QUICK))
    registries.open(ACME).resolve(of(closed, tag="1"))
    second = registries.open(ACME)
    second.resolve(of(closed, tag="1"))
    registries.close()
    assert [span.kind for span in second.spans] == ["token", "manifest"]


def test_a_lost_token_is_renewed_once(closed: FakeRegistry, open_registry: Open) -> None:
    registry = open_registry(closed, ACME, credentials=holding(closed.host))
    digest = registry.resolve(of(closed, tag="1")).digest
    challenge = {"WWW-Authenticate": closed.challenge(REPOSITORY)}
    closed.fail(Fault("GET /v2/.*/referrers/", status=401, headers=challenge, times=1))
    assert failures(registry.fetch(of(closed, digest))) == set()


@pytest.mark.parametrize("basics", [True, False])
def test_without_a_credential_it_is_unauthorized(open_registry: Open, *, basics: bool) -> None:
    with FakeRegistry(auth=Auth(basic=basics)) as registry:
        registry.put_image(REPOSITORY, "1")
        lookup = open_registry(registry).resolve(of(registry, tag="1")).lookup
    assert (lookup.code, lookup.detail, lookup.credentials) == ("unauthorized", "asked for credentials", False)


def test_a_wrong_credential_is_unauthorized(closed: FakeRegistry, open_registry: Open) -> None:
    wrong = Credentials({closed.host: Credential("reader", "wrong")}, owner="acme")
    assert open_registry(closed, ACME, credentials=wrong).resolve(of(closed, tag="1")).lookup.code == "unauthorized"


def test_a_strangers_repository_is_not_served_with_the_credential(closed: FakeRegistry, open_registry: Open) -> None:
    lookup = open_registry(closed, STRANGER, credentials=holding(closed.host)).resolve(of(closed, tag="1")).lookup
    assert (lookup.code, shown(closed)) == ("unauthorized", [])


def test_at_074_the_first_request_shows_nothing(basic: FakeRegistry, open_registry: Open) -> None:
    open_registry(basic, ACME, credentials=holding(basic.host)).resolve(of(basic, tag="1"))
    sent = set(basic.requests[0].headers)
    assert sent == {"host", "user-agent", "accept", "accept-encoding"} | (sent & {"connection"})


@pytest.fixture
def machine(tmp_path: Path, foreign: FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> FakeRegistry:
    """A machine with a netrc and proxies set; return where the proxies lead."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login reader password leaked\n", encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, foreign.url)
    return foreign


def test_at_083_netrc_and_proxies_of_the_machine_are_never_used(
    closed: FakeRegistry, machine: FakeRegistry, open_registry: Open
) -> None:
    open_registry(closed).resolve(of(closed, tag="1"))
    assert (shown(closed), machine.requests) == ([], [])


def test_at_073_docker_credentials_of_the_machine_are_never_read(
    basic: FakeRegistry, open_registry: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.json").write_text(
        f'{{"auths": {{"{basic.host}": {{"username": "a", "password": "b"}}}}}}', encoding="utf-8"
    )
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    open_registry(basic, ACME).resolve(of(basic, tag="1"))
    assert shown(basic) == []


def test_at_081_a_credential_never_reaches_another_registry(
    closed: FakeRegistry, open_registry: Open, basic: FakeRegistry
) -> None:
    registry = open_registry(None, ACME, allowed=(closed.host, basic.host), credentials=holding(closed.host))
    registry.resolve(of(basic, tag="1"))
    assert shown(basic) == []


REALMS = [
    "http://registry.example/token",
    "https://169.254.169.254/token",
    "https://evil.example/token",
    "file:///etc/passwd",
    "https://user:pw@127.0.0.1/token",
    "//127.0.0.1/token",
    "https://127.0.0.1/token#x",
    "https://127.0.0.1:99999/token",
    "",
]


@pytest.mark.parametrize("realm", REALMS)
def test_at_068_a_realm_elsewhere_gets_no_request(open_registry: Open, realm: str) -> None:
    with FakeRegistry(auth=Auth(realm=realm)) as registry:
        registry.put_image(REPOSITORY, "1")
        job = open_registry(registry, ACME, credentials=holding(registry.host))
        lookup = job.resolve(of(registry, tag="1")).lookup
        assert (lookup.code, len(job.spans), shown(registry)) == ("realm-refused", 1, [])


def test_at_069_a_foreign_realm_never_sees_the_credential(foreign: FakeRegistry, open_registry: Open) -> None:
    with FakeRegistry(auth=Auth(realm=f"{foreign.url}/token")) as registry:
        registry.put_image(REPOSITORY, "1")
        allowed = (registry.host, foreign.host)
        job = open_registry(None, ACME, allowed=allowed, credentials=holding(registry.host))
        assert job.resolve(of(registry, tag="1")).lookup.code == "realm-refused"
    assert foreign.requests == []


def test_at_070_a_listed_realm_is_still_spoken_to_over_tls_only(foreign: FakeRegistry, open_registry: Open) -> None:
    with FakeRegistry(auth=Auth(realm=f"{foreign.url}/token")) as registry:
        registry.put_image(REPOSITORY, "1")
        job = open_registry(registry, ACME, credentials=holding(registry.host), realms={registry.host: [foreign.host]})
        assert job.resolve(of(registry, tag="1")).lookup.code == "realm-refused"
    assert foreign.requests == []


def test_at_070_an_https_registrys_own_host_over_http_is_refused(tmp_path: Path, open_registry: Open) -> None:
    authority = Authority(tmp_path)
    with FakeRegistry(auth=Auth(), tls=authority.server("127.0.0.1")) as registry:
        registry.auth = Auth(realm=f"http://{registry.host}/token")
        registry.put_image(REPOSITORY, "1")
        job = open_registry(
            None,
            ACME,
            allowed=(f"https://{registry.host}",),
            way=WayOut(authority.file),
            credentials=holding(registry.host),
        )
        lookup = job.resolve(of(registry, tag="1")).lookup
        assert (lookup.code, shown(registry)) == ("realm-refused", [])


def test_a_listed_realm_over_tls_gives_the_token(tmp_path: Path, open_registry: Open) -> None:
    authority = Authority(tmp_path)
    with FakeRegistry(auth=Auth(), tls=authority.server("127.0.0.1", "localhost")) as registry:
        port = registry.host.partition(":")[2]
        service = f"localhost:{port}"
        registry.auth = Auth(realm=f"https://{service}/token")
        registry.put_image(REPOSITORY, "1")
        job = open_registry(
            None,
            ACME,
            allowed=(f"https://{registry.host}", f"https://{service}"),
            way=WayOut(authority.file),
            credentials=holding(registry.host),
            realms={registry.host: [service]},
            resolver=lambda *_: ["127.0.0.1"],
        )
        assert job.resolve(of(registry, tag="1")).lookup.answer is Answer.FOUND
        assert [span.host for span in job.spans] == [registry.host, service, registry.host]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault("/token", status=307, headers={"Location": "https://evil.example/token"}), "redirect-refused"),
        (Fault("/token", status=500), "server-error"),
        (Fault("/token", status=403), "unauthorized"),
        (Fault("/token", status=429), "rate-limited"),
        (Fault("/token", status=200, body=b"no json"), "malformed"),
        (Fault("/token", status=200, body=b"[]"), "malformed"),
        (Fault("/token", status=200, body=b'{"token": 1}'), "malformed"),
        (Fault("/token", status=200, body=b'{"token": "a\\r\\nHost: b"}'), "malformed"),
        (Fault("/token", status=200, body=b'{"token": "' + b"a" * 70_000 + b'"}'), "too-large"),
    ],
)
def test_at_089_a_token_service_that_misbehaves_is_a_failure(
    closed: FakeRegistry, open_registry: Open, fault: Fault, code: str
) -> None:
    closed.fail(fault)
    job = open_registry(closed, ACME, credentials=holding(closed.host))
    assert job.resolve(of(closed, tag="1")).lookup.code == code


def test_a_token_service_that_is_busy_says_when_to_come_back(closed: FakeRegistry, open_registry: Open) -> None:
    closed.fail(Fault("/token", status=429, headers={"Retry-After": "90"}))
    job = open_registry(closed, ACME, credentials=holding(closed.host))
    assert job.resolve(of(closed, tag="1")).lookup.retry_after == 90.0


def test_only_reading_one_repository_is_asked_for(closed: FakeRegistry, open_registry: Open) -> None:
    open_registry(closed, ACME, credentials=holding(closed.host)).resolve(of(closed, tag="1"))
    token = next(seen.target for seen in closed.requests if seen.target.startswith("/token"))
    assert token.partition("&")[0] == "/token?scope=repository%3Aacme%2Fapi%3Apull"


def test_at_071_no_library_logs_in_for_us() -> None:
    root = Path(__file__).parents[3]
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (root / "app").rglob("*.py"))
    assert "import oras" not in sources


def test_no_log_line_holds_a_secret(
    closed: FakeRegistry, open_registry: Open, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        open_registry(closed, ACME, credentials=holding(closed.host)).resolve(of(closed, tag="1"))
    everything = [str(record.__dict__) for record in caplog.records] + [
        record.getMessage() for record in caplog.records
    ]
    secrets = [PASSWORD, *(header.partition(" ")[2] for header in shown(closed))]
    assert not [secret for secret in secrets for line in everything if secret in line]


def test_the_log_says_what_was_asked_of_whom(
    fake: FakeRegistry, open_registry: Open, caplog: pytest.LogCaptureFixture
) -> None:
    fake.put_image(REPOSITORY, "1")
    with caplog.at_level(logging.INFO, logger="assay.registry"):
        open_registry(fake).resolve(of(fake, tag="1"))
    (record,) = [record for record in caplog.records if record.name == "assay.registry"]
    assert (record.kind, record.registry_host, record.outcome) == ("manifest", fake.host, "200")  # type: ignore[attr-defined]


def test_a_hub_image_is_asked_for_at_the_hubs_own_host(open_registry: Open) -> None:
    asked: list[str] = []
    registry = open_registry(None, resolver=lambda host, _port: asked.append(host) or [])
    registry.resolve(ImageReference.parse("app:1"))
    assert asked == ["registry-1.docker.io"]
