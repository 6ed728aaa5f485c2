"""`assay verify` looks where the main job would: upstream of a mirror, where the caller says, beside an image."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from app.core.attestation import Bundle, Form
from app.core.oci import Digest
from tests.cli.conftest import IDENTITY, ISSUER, KEYLESS, Desktop, read
from tests.fakes.bundle_storage import BundleStorage
from tests.fakes.github import GitHub

IDENTITY_PATTERN = r"https://github\.com/acme/images/\.github/workflows/release\.yml@refs/tags/v[0-9.]+"
PATTERNS = (
    "--certificate-identity-regexp",
    IDENTITY_PATTERN,
    "--certificate-oidc-issuer-regexp",
    r"https://token\.actions\..*",
)


def _signature(desktop: Desktop, digest: Digest, form: Form = Form.BUNDLE) -> Bundle:
    return desktop.sigstore.sign(digest, "any/name", desktop.sigstore.signer(IDENTITY, ISSUER), form=form)


def _unsigned(desktop: Desktop) -> tuple[str, Digest]:
    image = desktop.image(signed=False)
    return image, Digest.parse(image.rpartition("@")[2])


def _places(desktop: Desktop, *arguments: str) -> list[str]:
    looked = read(desktop.assay("verify", *arguments, "--format", "json"))["looked"]
    return [one["where"] for one in looked]


# Mirrors of the operator


def _mirrored(desktop: Desktop, signed_at: str) -> str:
    """Push an image to a mirror and to its upstream, signed at one of them; return the mirror's name of it."""
    host = desktop.registry.host
    desktop.settings["ASSAY_REGISTRY_MIRRORS"] = f"{host}/proxy={host}/upstream"
    digest = desktop.registry.put_image("proxy/api", "1", seed="mirrored")
    desktop.registry.put_image("upstream/api", "1", seed="mirrored")
    desktop.sign(signed_at, digest)
    return f"{host}/proxy/api:1@{digest}"


def test_a_signature_that_a_mirror_lost_is_found_upstream_and_that_is_said(desktop: Desktop) -> None:
    result = desktop.assay("verify", _mirrored(desktop, "upstream/api"), *KEYLESS)
    assert (result.exit_code, "the signature was lost in the mirror" in result.stdout) == (0, True)


def test_the_upstream_of_a_mirror_is_listed_among_the_places(desktop: Desktop) -> None:
    places = _places(desktop, _mirrored(desktop, "upstream/api"), *KEYLESS)
    assert any("upstream/api" in where for where in places)


@pytest.mark.parametrize("signer", [KEYLESS, PATTERNS])
def test_the_upstream_of_a_mirror_that_kept_the_signature_is_not_asked(
    desktop: Desktop, signer: tuple[str, ...]
) -> None:
    result = desktop.assay("verify", _mirrored(desktop, "proxy/api"), *signer)
    asked = [one.target for one in desktop.registry.requests if "upstream/api" in one.target]
    assert (result.exit_code, asked) == (0, [])


# What nobody signed


def test_the_place_of_an_unsigned_claim_is_listed_when_something_lacks(desktop: Desktop) -> None:
    assert any(".sbom" in where for where in _places(desktop, desktop.image(signed=False), *KEYLESS))


def test_claims_are_not_looked_for_when_all_is_verified(desktop: Desktop) -> None:
    assert not any(".sbom" in where for where in _places(desktop, desktop.image(), *KEYLESS))


# Another repository


@pytest.mark.parametrize("form", [Form.BUNDLE, Form.LEGACY_SIGNATURE])
def test_a_signature_in_another_repository_counts_where_the_caller_says_so(desktop: Desktop, form: Form) -> None:
    image, digest = _unsigned(desktop)
    desktop.registry.attach(_signature(desktop, digest, form), "acme/signatures")
    place = f"{desktop.registry.host}/acme/signatures"
    result = desktop.assay("verify", image, *KEYLESS, "--signatures-in", place)
    assert (result.exit_code, f"found in {place}" in result.stdout) == (0, True)


def test_another_repository_is_not_asked_unless_the_caller_says_so(desktop: Desktop) -> None:
    image, digest = _unsigned(desktop)
    desktop.registry.attach(_signature(desktop, digest), "acme/signatures")
    result = desktop.assay("verify", image, *KEYLESS)
    asked = [one.target for one in desktop.registry.requests if "acme/signatures" in one.target]
    assert (result.exit_code, asked) == (1, [])


def test_at_055_another_repository_that_cannot_be_read_is_not_empty(desktop: Desktop) -> None:
    image, _ = _unsigned(desktop)
    place = f"{desktop.registry.host}/acme/signatures"
    assert desktop.assay("verify", image, *KEYLESS, "--signatures-in", place).exit_code == 3


# GitHub's attestations


@pytest.fixture
def github(desktop: Desktop) -> Iterator[GitHub]:
    """GitHub with a public repository of somebody, and the desktop pointed at it."""
    with GitHub() as made:
        made.organization("acme", installed=False)
        desktop.settings["ASSAY_GITHUB_URL"] = made.url
        yield made


def _kept(desktop: Desktop, github: GitHub, *, private: bool = False) -> str:
    """Let GitHub keep the signature of an image; return the image."""
    image, digest = _unsigned(desktop)
    repository = github.repository("acme/images", private=private)
    bundle = json.loads(_signature(desktop, digest).content)
    kept = {"bundle": bundle, "repository_id": repository.id, "bundle_url": "https://x.test/"}
    repository.attestations[str(digest)] = [kept]
    return image


def test_what_github_keeps_counts_where_the_caller_says_so(desktop: Desktop, github: GitHub) -> None:
    image = _kept(desktop, github)
    result = desktop.assay("verify", image, *KEYLESS, "--github-attestations", "acme/images")
    assert (result.exit_code, "found in GitHub's attestations of acme/images" in result.stdout) == (0, True)


def test_the_repository_on_github_is_listed_among_the_places(desktop: Desktop, github: GitHub) -> None:
    places = _places(desktop, _kept(desktop, github), *KEYLESS, "--github-attestations", "acme/images")
    assert any("attestations in acme/images" in where for where in places)


def test_what_github_keeps_in_its_storage_counts_too(desktop: Desktop, github: GitHub) -> None:
    image, digest = _unsigned(desktop)
    with BundleStorage() as storage:
        desktop.settings["ASSAY_GITHUB_BUNDLE_HOSTS"] = storage.host
        kept = {"bundle": None, "bundle_url": storage.keep(_signature(desktop, digest).content)}
        github.repository("acme/images").attestations[str(digest)] = [kept]
        result = desktop.assay("verify", image, *KEYLESS, "--github-attestations", "acme/images")
    assert result.exit_code == 0


def test_github_is_asked_as_everybody(desktop: Desktop, github: GitHub) -> None:
    desktop.assay("verify", _kept(desktop, github), *KEYLESS, "--github-attestations", "acme/images")
    asked = github.calls("GET", "/repos/acme/images/attestations/*")
    assert asked
    assert not [one for one in asked if "authorization" in {name.lower() for name in one.headers}]


def test_at_055_a_repository_that_everybody_cannot_see_is_not_empty(desktop: Desktop, github: GitHub) -> None:
    image = _kept(desktop, github, private=True)
    assert desktop.assay("verify", image, *KEYLESS, "--github-attestations", "acme/images").exit_code == 3


def test_github_is_not_asked_unless_the_caller_says_so(desktop: Desktop, github: GitHub) -> None:
    result = desktop.assay("verify", _kept(desktop, github), *KEYLESS)
    assert (result.exit_code, list(github.calls())) == (1, [])


# Places that are none


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("ghcr.io/a/b", "--signatures-in", "A b"), "signatures-in"),
        (("ghcr.io/a/b", "--github-attestations", "images"), "no repository on GitHub (owner/repository)"),
        (("oci-layout:x", "--signatures-in", "ghcr.io/a/b"), "--signatures-in goes with an image in a registry"),
        (("--bundle", "pyproject.toml", "--github-attestations", "a/b"), "goes with an image in a registry"),
    ],
)
def test_a_place_that_is_none_is_2_and_says_why(desktop: Desktop, arguments: tuple[str, ...], sentence: str) -> None:
    result = desktop.assay("verify", *arguments, *KEYLESS)
    assert (result.exit_code, sentence in " ".join(result.stderr.split())) == (2, True)
