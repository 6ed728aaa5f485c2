"""A policy to start from: always one that is read, never one that trusts by itself."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.oci import ImageName
from app.core.verdict import Mode
from app.policy import Policy, PolicyFiles
from app.policy.starter import MOST, Found, FoundImage, SignedBy, starter

ACTIONS = "https://token.actions.githubusercontent.com"
MAIN = SignedBy(ACTIONS, "https://github.com/acme/api/.github/workflows/release.yml@refs/heads/main")
TAG = SignedBy(ACTIONS, "https://github.com/acme/web/.github/workflows/release.yml@refs/tags/v1.2.3")


def image(name: str, *signers: SignedBy, pinned: bool = True, looked: bool = True) -> FoundImage:
    return FoundImage(ImageName.parse(name), pinned, signers if looked else None, f"{name}@sha256:{'0' * 64}")


def lines(found: Found) -> list[str]:
    return starter(found).splitlines()


def test_nothing_found_is_a_policy_that_observes() -> None:
    assert Policy.parse(PolicyFiles(starter(Found()))).mode is Mode.OBSERVE


def test_a_signer_is_proposed_with_the_image_that_proved_it() -> None:
    text = starter(Found((image("ghcr.io/acme/api", MAIN),)))
    assert text.splitlines()[4:] == [
        "signers:",
        f"  # It signed ghcr.io/acme/api@sha256:{'0' * 64}. Is that who should?",
        "  acme-api-release:",
        f'    issuer: "{ACTIONS}"',
        f'    identity: "{MAIN.identity}"',
        "images:",
        "  - name: signed 1",
        "    match:",
        '      - "ghcr.io/acme/api"',
        "    signature: [acme-api-release]",
        "    pinned: true",
    ]


def test_a_signer_of_a_version_tag_is_proposed_for_every_version() -> None:
    text = starter(Found((image("ghcr.io/acme/web", TAG),)))
    pattern = r"https://github\.com/acme/web/\.github/workflows/release\.yml@refs/tags/v[0-9.]+"
    assert f"identity-pattern: '{pattern}'" in text


@pytest.mark.parametrize("tag", ["v1.2.3-rc1", "latest", "2024-01-02"])
def test_a_tag_that_is_no_version_stays_exact(tag: str) -> None:
    signer = SignedBy(ACTIONS, f"https://github.com/acme/web/.github/workflows/release.yml@refs/tags/{tag}")
    assert f'identity: "{signer.identity}"' in starter(Found((image("ghcr.io/acme/web", signer),)))


def test_a_pattern_that_policies_refuse_is_not_proposed() -> None:
    signer = SignedBy(ACTIONS, "https://github.com/acme/web@refs/tags/v1.2.3")
    assert f'identity: "{signer.identity}"' in starter(Found((image("ghcr.io/acme/web", signer),)))


def test_images_of_one_signer_share_a_scope() -> None:
    found = lines(Found((image("ghcr.io/acme/api", MAIN), image("ghcr.io/acme/job", MAIN))))
    assert [line for line in found if "name:" in line] == ["  - name: signed 1"]


def test_an_image_of_two_signers_may_be_of_either() -> None:
    assert "    signature: [acme-api-release, acme-web-release]" in lines(
        Found((image("ghcr.io/acme/api", TAG, MAIN),))
    )


def test_signers_of_one_name_are_told_apart() -> None:
    other = SignedBy("https://other.example", MAIN.identity)
    found = lines(Found((image("ghcr.io/acme/api", MAIN, other),)))
    assert "    signature: [acme-api-release, acme-api-release-2]" in found


def test_whoever_signed_provenance_is_asked_for_provenance_alone() -> None:
    found = Found((FoundImage(ImageName.parse("ghcr.io/acme/api"), pinned=False, signers=(), builders=(MAIN,)),))
    assert lines(found)[-3:] == [
        "    attestations:",
        "      - type: slsa-provenance",
        "        signers: [acme-api-release]",
    ]


@pytest.mark.parametrize("identity", ["0", "null", "no", "2024-01-01", "1e5", "~", "日本"])
def test_a_signer_is_never_called_what_yaml_takes_for_something_else(identity: str) -> None:
    text = starter(Found((image("ghcr.io/acme/api", SignedBy(ACTIONS, identity)),)))
    assert Policy.errors(text, {}) == ()


def test_what_nobody_signed_asks_for_no_signature() -> None:
    found = lines(Found((image("docker.io/library/nginx", pinned=False),)))
    assert found[4:] == ["images:", "  - name: no signer found 1", "    match:", '      - "docker.io/library/nginx"']


def test_what_was_not_looked_up_is_not_said_to_be_unsigned() -> None:
    assert "  - name: not looked up 1" in lines(Found((image("docker.io/library/nginx", looked=False),)))


def test_a_signer_of_another_root_is_bound_to_it() -> None:
    signer = SignedBy(ACTIONS, MAIN.identity, "github")
    assert '    root: "github"' in lines(Found((image("ghcr.io/acme/api", signer),)))


@pytest.mark.parametrize(
    "signer",
    [
        SignedBy(ACTIONS, "https://evil.example/*"),
        SignedBy(ACTIONS, "a\nsigners: {}"),
        SignedBy(ACTIONS, "\u202eevil"),
        SignedBy(ACTIONS, " a"),
        SignedBy(ACTIONS, ""),
        SignedBy("http://issuer.example", "a"),
        SignedBy("https://issuer.example/?x", "a"),
        SignedBy(ACTIONS, "a", "../x"),
    ],
)
def test_a_signer_that_cannot_be_written_is_left_out(signer: SignedBy) -> None:
    assert "signers:" not in lines(Found((image("ghcr.io/acme/api", signer),)))


def test_folders_with_policies_ask_for_the_teams_of_codeowners() -> None:
    found = lines(Found(policies=("/policies/**", "/policies/**"), teams=("acme/Security", "acme/security", "x y")))
    assert found[4:] == [
        "reviews:",
        "  # Policies of the cluster: a change to them asks for one more approval.",
        "  - name: cluster policies",
        "    paths:",
        '      - "/policies/**"',
        '    teams: ["acme/security"]',
    ]


def test_without_teams_a_maintainer_is_asked() -> None:
    assert lines(Found(policies=("/policies/**",)))[-1] == "    permission: maintain"


@pytest.mark.parametrize("path", ["/a[b]/**", "/a\nb/**", "/\u202e/**", "/a{b}/**"])
def test_a_path_that_cannot_be_written_is_left_out(path: str) -> None:
    assert "reviews:" not in lines(Found(policies=(path,)))


def test_many_places_are_cut_and_said() -> None:
    assert "      # 5 more places hold policies" in lines(Found(policies=tuple(f"/p{n}/**" for n in range(25))))


def test_what_was_not_read_is_said() -> None:
    assert "# 7 files were not looked into." in lines(Found(unread=7))


def test_it_fits_into_an_address_and_says_what_is_left_out() -> None:
    many = tuple(image(f"registry.acme.example/team/service-{n:03d}", looked=False) for n in range(300))
    text = starter(Found(many))
    left_out = int(text.splitlines()[1].split()[1])
    assert len(quote(text, safe="")) <= MOST
    assert text.count("service-") == 300 - left_out
    assert Policy.errors(text, {}) == ()


def test_what_is_signed_is_left_out_last() -> None:
    many = (*(image(f"a.example/x/service-{n:03d}") for n in range(300)), image("z.example/acme/api", MAIN))
    assert "z.example/acme/api" in starter(Found(many))


texts = st.text(max_size=60)
part = st.text(alphabet="abcz019", min_size=1, max_size=8)
names = st.builds(lambda host, path: ImageName.parse(f"{host}.example/{path}"), part, part)
signed = st.builds(
    SignedBy, st.one_of(st.just(ACTIONS), texts), st.one_of(texts, st.just(TAG.identity)), st.one_of(st.just(""), texts)
)
images = st.builds(
    FoundImage,
    names,
    st.booleans(),
    st.none() | st.lists(signed, max_size=3).map(tuple),
    texts,
    st.lists(signed, max_size=2).map(tuple),
)
founds = st.builds(
    Found,
    st.lists(images, max_size=6, unique_by=lambda one: one.name).map(tuple),
    st.lists(texts, max_size=4).map(tuple),
    st.lists(texts, max_size=4).map(tuple),
    st.integers(0, 9),
)


@settings(deadline=None, max_examples=200)
@given(founds)
def test_whatever_was_found_the_policy_is_one_that_is_read(found: Found) -> None:
    text = starter(found)
    assert Policy.errors(text, {}) == ()
    assert Policy.parse(PolicyFiles(text)).mode is Mode.OBSERVE
