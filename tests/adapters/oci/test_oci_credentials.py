"""Reading the operator's credentials, and for whom they may be used."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters.oci_registry import Credential, Credentials, InvalidCredentials, read_credentials, read_users
from app.core.oci import ANONYMOUS, Audience

AUTH = base64.b64encode(b"reader:pass:word").decode()
ACME = Audience(1, "Acme", "Acme/gitops")


def test_the_auth_of_a_docker_configuration_is_read() -> None:
    found = read_credentials(docker_config=f'{{"auths": {{"https://ghcr.io": {{"auth": "{AUTH}"}}}}}}')
    assert dict(found.by_host) == {"ghcr.io": Credential("reader", "pass:word")}


def test_user_and_password_of_a_docker_configuration_are_read() -> None:
    text = '{"auths": {"reg.example:5000": {"username": "a", "password": "b"}}}'
    assert dict(read_credentials(docker_config=text).by_host) == {"reg.example:5000": Credential("a", "b")}


@pytest.mark.parametrize("key", ["https://index.docker.io/v1/", "docker.io", "index.docker.io", "registry-1.docker.io"])
def test_every_spelling_of_the_hub_is_the_hub(key: str) -> None:
    found = read_credentials(docker_config=f'{{"auths": {{"{key}": {{"auth": "{AUTH}"}}}}}}')
    assert list(found.by_host) == ["docker.io"]


def test_the_environment_wins_over_the_file() -> None:
    file = f'{{"auths": {{"ghcr.io": {{"auth": "{AUTH}"}}}}}}'
    found = read_credentials(docker_config=file, environment="ghcr.io=a:b\n\nquay.io=c:d=e")
    assert dict(found.by_host) == {"ghcr.io": Credential("a", "b"), "quay.io": Credential("c", "d=e")}


def test_the_environment_may_be_json() -> None:
    assert dict(read_credentials(environment='{"ghcr.io:443": "a:b"}').by_host) == {"ghcr.io": Credential("a", "b")}


def test_programs_are_not_started_and_that_is_said() -> None:
    found = read_credentials(
        docker_config='{"credsStore": "desktop", "credHelpers": {"a.example": "ecr"}, "auths": {}}'
    )
    assert [note.partition(" ")[0] for note in found.notes] == ["credHelpers", "credsStore"]


def test_an_identity_token_is_not_used_and_that_is_said() -> None:
    found = read_credentials(docker_config='{"auths": {"a.example": {"identitytoken": "x"}}}')
    assert (dict(found.by_host), "a.example" in found.notes[0]) == ({}, True)


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "[]",
        '{"auths": []}',
        '{"auths": {"a.example": 1}}',
        '{"auths": {"a.example": {"auth": "no base64!"}}}',
        '{"auths": {"a.example": {"auth": "bm9jb2xvbg=="}}}',
        '{"auths": {"a.example/team": {"auth": "YTpi"}}}',
        '{"auths": {"word": {"auth": "YTpi"}}}',
        '{"auths": {"a b": {"auth": "YTpi"}}}',
    ],
)
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(InvalidCredentials):
        read_credentials(docker_config=text)


@pytest.mark.parametrize("text", ["ghcr.io", "ghcr.io=nopassword", "ghcr.io=:b", '{"ghcr.io": 1}', "ghcr.io=a:b\x07"])
def test_an_environment_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(InvalidCredentials):
        read_credentials(environment=text)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=st.characters(codec="ascii"), min_size=12, max_size=60))
def test_an_error_holds_no_part_of_a_secret(secret: str) -> None:
    for text in (f'{{"ghcr.io": "{secret}', f"ghcr.io={secret.replace(':', '')}"):
        try:
            read_credentials(environment=text)
        except InvalidCredentials as error:
            assert secret not in str(error)  # noqa: PT017 - it need not raise


def test_nothing_shows_a_password() -> None:
    credential = Credential("reader", "hidden word")
    assert "hidden word" not in repr(credential) + repr(Credentials({"ghcr.io": credential}))


def test_a_credential_is_for_one_exact_host_and_port() -> None:
    found = Credentials({"reg.example:5000": Credential("a", "b")}, owner="acme")
    assert [bool(found.usable(host, ACME)) for host in ("reg.example:5000", "reg.example", "x.reg.example:5000")] == [
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("users", "owner", "usable"),
    [
        ({}, "acme", True),
        ({}, "ACME", True),
        ({}, "other", False),
        ({}, None, False),
        ({"ghcr.io": ("other",)}, "acme", False),
        ({"ghcr.io": ("other", "acme")}, None, True),
        ({"ghcr.io": ("acme/gitops",)}, None, True),
        ({"ghcr.io": ("acme/git*",)}, None, True),
        ({"ghcr.io": ("*/gitops",)}, None, True),
        ({"ghcr.io": ("acme/git",)}, None, False),
        ({"ghcr.io": ("acme*",)}, None, False),
        ({"ghcr.io": ()}, "acme", False),
    ],
)
def test_a_credential_is_usable_for_those_that_it_is_bound_to(
    users: dict[str, tuple[str, ...]], owner: str | None, *, usable: bool
) -> None:
    found = Credentials({"ghcr.io": Credential("a", "b")}, users, owner)
    assert bool(found.usable("ghcr.io", ACME)) is usable


def test_nobody_may_use_a_credential_anonymously() -> None:
    assert Credentials({"ghcr.io": Credential("a", "b")}, {"ghcr.io": ("*/*",)}).usable("ghcr.io", ANONYMOUS) is None


def test_a_repository_is_known_by_its_name_with_or_without_the_owner() -> None:
    found = Credentials({"ghcr.io": Credential("a", "b")}, {"ghcr.io": ("acme/gitops",)})
    assert found.usable("ghcr.io", Audience(1, "acme", "gitops")) == Credential("a", "b")


def test_bindings_are_read_from_lines_and_from_json() -> None:
    lines = read_users("ghcr.io = acme, other/repo\nquay.io:443=acme")
    assert lines == {"ghcr.io": ("acme", "other/repo"), "quay.io": ("acme",)}
    assert read_users('{"ghcr.io": ["acme"]}') == {"ghcr.io": ("acme",)}


@pytest.mark.parametrize("text", ["ghcr.io", '{"ghcr.io": "acme"}', '{"ghcr.io": [1]}'])
def test_a_binding_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(InvalidCredentials):
        read_users(text)
