from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import InvalidReference
from app.core.oci import ANONYMOUS, Audience, Descriptor, Digest, ImageName, ImageReference, Mirrors, Platform

HEX = "0123456789abcdef" * 4
D = f"sha256:{HEX}"

# text, registry, path, tag, digest: what the rules of the distribution project's `reference` package give, in our form
VALID = [
    # the default registry, in every writing
    ("app", "docker.io", "library/app", None, None),
    ("acme/app", "docker.io", "acme/app", None, None),
    ("acme/team/app", "docker.io", "acme/team/app", None, None),
    ("library/app", "docker.io", "library/app", None, None),
    ("docker.io/app", "docker.io", "library/app", None, None),
    ("docker.io/library/app", "docker.io", "library/app", None, None),
    ("docker.io/acme/app", "docker.io", "acme/app", None, None),
    ("index.docker.io/app", "docker.io", "library/app", None, None),
    ("index.docker.io/acme/app:1", "docker.io", "acme/app", "1", None),
    ("registry-1.docker.io/acme/app", "docker.io", "acme/app", None, None),
    ("registry.hub.docker.com/acme/app", "docker.io", "acme/app", None, None),
    ("docker.io:443/app", "docker.io", "library/app", None, None),
    ("DOCKER.IO/app", "docker.io", "library/app", None, None),
    # what makes a first part a host
    ("localhost/app", "localhost", "app", None, None),
    ("localhost:5000/app", "localhost:5000", "app", None, None),
    ("UPPER/app", "upper:443", "app", None, None),
    ("Reg.Example/app", "reg.example", "app", None, None),
    ("reg.example/app", "reg.example", "app", None, None),
    ("host:5000/app", "host:5000", "app", None, None),
    ("app:1/x", "app:1", "x", None, None),
    ("1.2.3.4/app", "1.2.3.4", "app", None, None),
    ("1.2.3.4:5000/app:2", "1.2.3.4:5000", "app", "2", None),
    ("host/app", "docker.io", "host/app", None, None),
    ("my_registry/app", "docker.io", "my_registry/app", None, None),
    ("xn--bcher-kva.example/app", "xn--bcher-kva.example", "app", None, None),
    # ports
    ("reg.example:443/app", "reg.example", "app", None, None),
    ("reg.example:80/app", "reg.example:80", "app", None, None),
    ("reg.example:65535/app", "reg.example:65535", "app", None, None),
    ("host:443/app", "host:443", "app", None, None),
    # tags
    ("nginx:8080", "docker.io", "library/nginx", "8080", None),
    ("app:1.10", "docker.io", "library/app", "1.10", None),
    ("app:012", "docker.io", "library/app", "012", None),
    ("app:V1_b-2.3", "docker.io", "library/app", "V1_b-2.3", None),
    ("app:_x", "docker.io", "library/app", "_x", None),
    (f"app:{'t' * 128}", "docker.io", "library/app", "t" * 128, None),
    ("reg.example:5000/a/b/c:latest", "reg.example:5000", "a/b/c", "latest", None),
    # digests
    (f"app@{D}", "docker.io", "library/app", None, HEX),
    (f"app:1.2.3@{D}", "docker.io", "library/app", "1.2.3", HEX),
    (f"reg.example:5000/acme/app:1@{D}", "reg.example:5000", "acme/app", "1", HEX),
    # separators in names
    ("a--b/c__d/e.f_g", "docker.io", "a--b/c__d/e.f_g", None, None),
    ("acme/0", "docker.io", "acme/0", None, None),
    (f"reg.example/{HEX}", "reg.example", HEX, None, None),
    (f"reg.example/{'a' * 243}", "reg.example", "a" * 243, None, None),
]

INVALID = [
    ("at_117", f"app@sha512:{HEX}{HEX}"),
    ("at_117", f"app@sha256:{HEX[:-1]}"),
    ("at_117", f"app@sha256:{HEX}0"),
    ("at_117", f"app@sha256:{HEX.upper()}"),
    ("at_117", f"app@{D}@{D}"),
    ("at_117", f"app@SHA256:{HEX}"),
    ("at_117", f"app@{HEX}"),
    ("at_117", "app@"),
    ("at_117", f"@{D}"),
    ("at_118", "user:pw@reg.example/x"),
    ("at_118", "user@reg.example/acme/app:1"),
    ("at_118", "https://reg.example/x"),
    ("at_118", "docker://reg.example/x"),
    ("at_118", "oci://reg.example/x"),
    ("at_118", "reg.example/x?y"),
    ("at_118", "reg.example/x#y"),
    ("at_118", "reg.example/x%2fy"),
    ("at_118", "good.example\\@evil.example/x"),
    ("at_119", "[::1]:5000/app"),
    ("at_119", "[::1]/app"),
    ("at_119", "host:99999/app"),
    ("at_119", "host:65536/app"),
    ("at_119", "host:0/app"),
    ("at_119", "host:05000/app"),
    ("at_119", "host:/app"),
    ("at_119", "host:5000\u0661/app"),
    ("at_121", " app"),
    ("at_121", "app "),
    ("at_121", "app\n"),
    ("at_121", "app:1\n"),
    ("at_121", f"app@{D}\n"),
    ("at_121", "reg.example/a/ b:1"),
    ("at_121", "app:1 2"),
    ("at_121", "app\u200b"),
    ("at_122", "reg.example./app"),
    ("at_122", "reg..example/app"),
    ("at_122", ".example/app"),
    ("at_122", "-reg.example/app"),
    ("at_122", "reg_a.example/app"),
    ("at_122", "\uff52eg.example/app"),
    ("at_122", f"{'a' * 64}.example/app"),
    ("at_123", HEX),
    ("at_123", f"docker.io/{HEX}"),
    ("grammar", ""),
    ("grammar", ":1"),
    ("grammar", "app:"),
    ("grammar", "app:-1"),
    ("grammar", "app:.1"),
    ("grammar", "app:1:2"),
    ("grammar", f"app:{'t' * 129}"),
    ("grammar", "App"),
    ("grammar", "reg.example/App"),
    ("grammar", "reg.example/a//b"),
    ("grammar", "reg.example/a/./b"),
    ("grammar", "reg.example/../../admin:1"),
    ("grammar", "reg.example/"),
    ("grammar", "/app"),
    ("grammar", "a___b"),
    ("grammar", "a-"),
    ("grammar", "_a"),
    ("grammar", f"reg.example/{'a' * 244}"),
    ("grammar", "a" * 1025),
]


@pytest.mark.parametrize("row", VALID, ids=[row[0][:40] for row in VALID])
def test_at_114_at_115_at_116_a_reference_has_one_canonical_form(
    row: tuple[str, str, str, str | None, str | None],
) -> None:
    text, registry, path, tag, digest = row
    expected = ImageReference(ImageName(registry, path), tag, None if digest is None else Digest(digest))
    assert ImageReference.parse(text) == expected


@pytest.mark.parametrize(("row", "text"), INVALID)
def test_at_117_at_118_at_119_at_121_at_122_at_123_what_is_outside_the_grammar_is_refused(row: str, text: str) -> None:
    with pytest.raises(InvalidReference):
        ImageReference.parse(text)


@pytest.mark.parametrize("text", [row[0] for row in VALID])
def test_the_canonical_text_of_a_reference_is_read_as_the_same(text: str) -> None:
    reference = ImageReference.parse(text)
    assert ImageReference.parse(str(reference)) == reference


def test_a_digest_is_read_and_written_alike() -> None:
    assert str(Digest.parse(D)) == D


def test_a_short_digest_has_12_digits() -> None:
    assert Digest.parse(D).short == "sha256:0123456789ab"


def test_a_digest_is_that_of_the_bytes() -> None:
    assert Digest.of(b"").hex.startswith("e3b0c44298fc1c14")


@pytest.mark.parametrize("text", [HEX, f"{D}\n", "sha256:", "sha256", f"sha256:{HEX}".upper()])
def test_at_117_a_digest_in_another_form_is_refused(text: str) -> None:
    with pytest.raises(InvalidReference):
        Digest.parse(text)


@pytest.mark.parametrize("hexadecimal", [HEX[:-1], HEX.upper(), f"{HEX}\n", "\u0661" * 64])
def test_at_117_a_digest_cannot_be_made_of_anything_else(hexadecimal: str) -> None:
    with pytest.raises(InvalidReference):
        Digest(hexadecimal)


def test_an_image_name_is_read_without_version() -> None:
    assert str(ImageName.parse("nginx")) == "docker.io/library/nginx"


@pytest.mark.parametrize("text", ["nginx:1", f"nginx@{D}"])
def test_an_image_name_with_a_version_is_refused(text: str) -> None:
    with pytest.raises(InvalidReference):
        ImageName.parse(text)


def test_a_reference_can_be_pinned() -> None:
    assert str(ImageReference.parse("app:1").pinned(Digest(HEX))) == f"docker.io/library/app:1@{D}"


def test_a_platform_leaves_out_what_is_not_stated() -> None:
    assert [str(Platform("linux", "arm64", "v8")), str(Platform("linux", "amd64"))] == ["linux/arm64/v8", "linux/amd64"]


def test_a_descriptor_has_no_platform_unless_stated() -> None:
    assert Descriptor("application/json", Digest(HEX), 1).platform is None


def test_anonymous_is_nobody() -> None:
    assert Audience() == ANONYMOUS


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80) | st.text("abA01.:/@-_ ", max_size=40))
def test_no_text_gives_anything_but_a_canonical_reference_or_a_refusal(text: str) -> None:
    try:
        reference = ImageReference.parse(text)
    except InvalidReference:
        return
    assert ImageReference.parse(str(reference)) == reference
    assert re.fullmatch(r"[a-z0-9.:-]+/[a-z0-9._/-]+(:[\w.-]+)?(@sha256:[0-9a-f]{64})?", str(reference), re.ASCII)


MIRRORS = Mirrors(
    (
        ("proxy.example", "ghcr.io"),
        ("proxy.example/hub", "docker.io"),
        ("proxy.example/Bad", "quay.io"),
        ("proxy.example/one", "docker.io/acme"),
        ("deep.example", f"ghcr.io/{'x' * 240}"),
    )
)


@pytest.mark.parametrize(
    ("name", "upstream"),
    [
        ("proxy.example/acme/api", "ghcr.io/acme/api"),
        ("proxy.example/hub/acme/api", "docker.io/acme/api"),
        ("proxy.example/hub/nginx", "docker.io/library/nginx"),
        ("proxy.example/hubs/nginx", "ghcr.io/hubs/nginx"),
        ("proxy.example/one/api", "docker.io/acme/api"),
        ("proxy.example.evil/acme/api", None),
        ("ghcr.io/acme/api", None),
        (f"deep.example/{'y' * 20}", None),
    ],
)
def test_a_mirrors_name_stands_for_its_upstream(name: str, upstream: str | None) -> None:
    assert MIRRORS.upstream(ImageName.parse(name)) == (upstream and ImageName.parse(upstream))
