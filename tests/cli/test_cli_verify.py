"""`assay verify`: cosign's flag names, a word for each thing asked; only what is proved passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.attestation import Form
from app.core.oci import Digest
from tests.cli.conftest import IDENTITY, ISSUER, KEYLESS, Desktop, read
from tests.fakes.layout import Layout
from tests.fakes.registry import Fault

PROVENANCE = "https://slsa.dev/provenance/v1"
GENERATOR = "https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_container_slsa3.yml"
BEACON = (
    "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon"
    "/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main"
)


def _digest(image: str) -> Digest:
    return Digest.parse(image.rpartition("@")[2])


def _first(text: str) -> str:
    return text.partition(":")[0]


def test_a_signature_by_the_named_identity_and_issuer_is_verified(desktop: Desktop) -> None:
    result = desktop.assay("verify", desktop.image(), *KEYLESS)
    assert (_first(result.stdout), result.exit_code) == ("verified", 0)


def test_a_tag_is_resolved_and_its_digest_shown(desktop: Desktop) -> None:
    image = desktop.image()
    result = desktop.assay("verify", image.partition("@")[0], *KEYLESS)
    assert (str(_digest(image)) in result.stdout, result.exit_code) == (True, 0)


def test_another_identity_is_an_untrusted_signer(desktop: Desktop) -> None:
    other = ("--certificate-identity", IDENTITY + "0", "--certificate-oidc-issuer", ISSUER)
    result = desktop.assay("verify", desktop.image(), *other)
    assert (_first(result.stdout), result.exit_code) == ("untrusted signer", 1)


def test_another_issuer_is_an_untrusted_signer(desktop: Desktop) -> None:
    other = ("--certificate-identity", IDENTITY, "--certificate-oidc-issuer", ISSUER + "/")
    result = desktop.assay("verify", desktop.image(), *other)
    assert (_first(result.stdout), result.exit_code) == ("untrusted signer", 1)


@pytest.mark.parametrize(
    ("pattern", "code"),
    [
        (r"https://github\.com/acme/[a-z]+/\.github/workflows/release\.yml@refs/tags/v[0-9.]+", 0),
        (r"https://github\.com/acme/[a-z]+/\.github/workflows/release\.yml@refs/tags/v1", 1),
    ],
)
def test_a_pattern_is_matched_against_the_whole_identity(desktop: Desktop, pattern: str, code: int) -> None:
    asked = ("--certificate-identity-regexp", pattern, "--certificate-oidc-issuer", ISSUER)
    assert desktop.assay("verify", desktop.image(), *asked).exit_code == code


@pytest.mark.parametrize(
    ("pattern", "code"), [(r"https://token\.actions\..*", 0), (r"https://token\.actions\.", 1), (r".*\.example", 1)]
)
def test_a_pattern_is_matched_against_the_whole_issuer(desktop: Desktop, pattern: str, code: int) -> None:
    asked = ("--certificate-identity", IDENTITY, "--certificate-oidc-issuer-regexp", pattern)
    assert desktop.assay("verify", desktop.image(), *asked).exit_code == code


@pytest.mark.parametrize("flag", ["--certificate-identity-regexp", "--certificate-oidc-issuer-regexp"])
def test_a_pattern_that_is_none_is_2_before_anything_is_asked(desktop: Desktop, flag: str) -> None:
    other = ("--certificate-oidc-issuer", ISSUER) if "identity" in flag else ("--certificate-identity", IDENTITY)
    result = desktop.assay("verify", desktop.image(), flag, "(", *other)
    assert (result.exit_code, "RE2" in result.stderr, desktop.registry.requests) == (2, True, [])


def _key(desktop: Desktop, name: str = "cosign.pub") -> Path:
    path = desktop.root.parent / name
    path.write_bytes(desktop.sigstore.key(name).pem)
    return path


def test_a_signature_by_the_named_key_is_verified(desktop: Desktop) -> None:
    image = desktop.image(signed=False)
    key = _key(desktop)
    desktop.registry.attach(desktop.sigstore.sign(_digest(image), image, desktop.sigstore.key(key.name)), "acme/api")
    result = desktop.assay("verify", image, "--key", str(key))
    assert (_first(result.stdout), result.exit_code) == ("verified", 0)


def _unlogged(desktop: Desktop) -> tuple[str, Path]:
    image, key = desktop.image(signed=False), _key(desktop)
    bundle = desktop.sigstore.sign(_digest(image), image, desktop.sigstore.key(key.name), rekor=0)
    desktop.registry.attach(bundle, "acme/api")
    return image, key


def test_what_a_key_signed_without_log_is_not_verified(desktop: Desktop) -> None:
    image, key = _unlogged(desktop)
    result = desktop.assay("verify", image, "--key", str(key))
    assert (_first(result.stdout), result.exit_code) == ("untrusted signer", 1)


def test_what_a_key_signed_without_log_is_verified_with_the_dangerous_flag_and_says_so(desktop: Desktop) -> None:
    image, key = _unlogged(desktop)
    result = desktop.assay("verify", image, "--key", str(key), "--insecure-ignore-tlog")
    asked, found = result.stdout.splitlines()[1:3]
    assert (result.exit_code, "verified (not logged)" in asked, found.endswith(", not logged")) == (0, True, True)


def test_the_json_says_that_it_is_not_logged(desktop: Desktop) -> None:
    image, key = _unlogged(desktop)
    found = read(desktop.assay("verify", image, "--key", str(key), "--insecure-ignore-tlog", "--format", "json"))
    assert ([one["logged"] for one in found["asked"]], found["signatures"][0]["root"]) == ([False], None)


@pytest.mark.parametrize(("root", "code"), [("public-good", 1), ("github", 1), ("own", 0)])
def test_a_root_of_the_operator_s_is_named(desktop: Desktop, root: str, code: int) -> None:
    settings = {
        "ASSAY_ALLOWED_PRIVATE_REGISTRIES": desktop.registry.host,
        "ASSAY_TRUSTED_ROOTS": f"own={desktop.root}",
    }
    assert desktop.assay("verify", desktop.image(), *KEYLESS, "--root", root, settings=settings).exit_code == code


def test_at_062_a_named_root_serves_no_signer_that_names_none(desktop: Desktop) -> None:
    settings = {
        "ASSAY_ALLOWED_PRIVATE_REGISTRIES": desktop.registry.host,
        "ASSAY_TRUSTED_ROOTS": f"own={desktop.root}",
    }
    result = desktop.assay("verify", desktop.image(), *KEYLESS, settings=settings)
    assert (_first(result.stdout), "under the trusted root own" in result.stdout) == ("untrusted signer", True)


def test_one_of_several_keys_suffices(desktop: Desktop) -> None:
    image = desktop.image(signed=False)
    key, other = _key(desktop), _key(desktop, "other.pub")
    desktop.registry.attach(desktop.sigstore.sign(_digest(image), image, desktop.sigstore.key(key.name)), "acme/api")
    assert desktop.assay("verify", image, "--key", str(other), "--key", str(key)).exit_code == 0


def test_another_key_is_an_untrusted_signer(desktop: Desktop) -> None:
    image = desktop.image(signed=False)
    signed = desktop.sigstore.sign(_digest(image), image, desktop.sigstore.key("cosign.pub"))
    desktop.registry.attach(signed, "acme/api")
    result = desktop.assay("verify", image, "--key", str(_key(desktop, "other.pub")))
    assert (_first(result.stdout), result.exit_code) == ("untrusted signer", 1)


@pytest.mark.parametrize("content", [b"no key", b"\xff\xfe\x00", b""])
def test_a_key_file_that_holds_none_is_2_and_named(desktop: Desktop, content: bytes) -> None:
    path = desktop.root.parent / "mine.pub"
    path.write_bytes(content)
    result = desktop.assay("verify", desktop.image(), "--key", str(path))
    assert (result.exit_code, "mine.pub" in result.stderr, "Traceback" in result.stderr) == (2, True, False)


def _attested(desktop: Desktop, form: Form = Form.BUNDLE) -> str:
    image = desktop.image(signed=False)
    signer = desktop.sigstore.signer(IDENTITY, ISSUER)
    bundle = desktop.sigstore.attest(image, _digest(image), PROVENANCE, {}, signer, form=form)
    desktop.registry.attach(bundle, "acme/api")
    return image


@pytest.mark.parametrize("kind", ["slsa-provenance", PROVENANCE, "slsaprovenance1"])
def test_an_attestation_is_asked_for_by_short_name_or_type(desktop: Desktop, kind: str) -> None:
    result = desktop.assay("verify", _attested(desktop), *KEYLESS, "--type", kind)
    assert (_first(result.stdout), result.exit_code) == ("verified", 0)


def test_an_attestation_is_no_signature(desktop: Desktop) -> None:
    result = desktop.assay("verify", _attested(desktop), *KEYLESS)
    assert (_first(result.stdout), result.exit_code) == ("absent", 1)


def test_everything_asked_must_be_verified(desktop: Desktop) -> None:
    asked = ("--type", "slsa-provenance", "--type", "vulnerabilities")
    result = desktop.assay("verify", _attested(desktop), *KEYLESS, *asked, "--format", "json")
    words = {one["what"]: one["word"] for one in read(result)["asked"]}
    assert (words, result.exit_code) == ({"slsa-provenance": "verified", "vulnerabilities": "absent"}, 1)


def test_an_unknown_type_is_2_with_those_that_are_known(desktop: Desktop) -> None:
    result = desktop.assay("verify", desktop.image(), *KEYLESS, "--type", "slsa")
    assert (result.exit_code, "slsa-provenance" in result.stderr) == (2, True)


def test_no_signature_is_absent(desktop: Desktop) -> None:
    result = desktop.assay("verify", desktop.image(signed=False), *KEYLESS)
    assert (_first(result.stdout), result.exit_code) == ("absent", 1)


def test_a_registry_that_does_not_answer_is_3(desktop: Desktop) -> None:
    image = desktop.image()
    desktop.registry.fail(Fault("/v2/", status=503))
    result = desktop.assay("verify", image, *KEYLESS)
    assert (_first(result.stdout), result.exit_code) == ("unknown", 3)


def test_a_registry_at_a_private_address_is_not_asked_unless_allowed(desktop: Desktop) -> None:
    settings = {"ASSAY_TRUSTED_ROOT": str(desktop.root)}
    result = desktop.assay("verify", desktop.image(), *KEYLESS, settings=settings)
    assert (result.exit_code, desktop.registry.requests) == (3, [])


@pytest.mark.parametrize(("signed", "word"), [(True, "untrusted signer"), (False, "absent")])
def test_any_signer_shows_who_signed_and_never_passes(desktop: Desktop, signed: bool, word: str) -> None:  # noqa: FBT001 - a case
    result = desktop.assay("verify", desktop.image(signed=signed), "--any-signer")
    assert (_first(result.stdout), IDENTITY in result.stdout, result.exit_code) == (word, signed, 1)


def test_the_json_has_its_published_shape(desktop: Desktop) -> None:
    image = desktop.image()
    desktop.sign("acme/api", _digest(image), "https://github.com/mallory/x/.github/workflows/a.yml@refs/heads/main")
    found = read(desktop.assay("verify", image, *KEYLESS, "--format", "json"))
    assert (found["word"], sorted(one["word"] for one in found["signatures"])) == (
        "verified",
        ["untrusted signer", "verified"],
    )


def test_a_trusted_root_of_others_does_not_verify(desktop: Desktop) -> None:
    settings = {"ASSAY_ALLOWED_PRIVATE_REGISTRIES": desktop.registry.host}
    result = desktop.assay("verify", desktop.image(), *KEYLESS, settings=settings)
    assert (_first(result.stdout), result.exit_code) == ("invalid", 1)


def test_the_trusted_root_may_be_named(desktop: Desktop) -> None:
    settings = {"ASSAY_ALLOWED_PRIVATE_REGISTRIES": desktop.registry.host}
    named = ("--trusted-root", str(desktop.root))
    assert desktop.assay("verify", desktop.image(), *KEYLESS, *named, settings=settings).exit_code == 0


def test_a_trusted_root_that_is_none_is_2_and_named(desktop: Desktop) -> None:
    wrong = desktop.root.parent / "wrong.json"
    wrong.write_text("{}", encoding="utf-8")
    result = desktop.assay("verify", desktop.image(), *KEYLESS, "--trusted-root", str(wrong))
    assert (result.exit_code, result.stderr.startswith(f"assay: {wrong}: ")) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "give an IMAGE or a --bundle"),
        (("ghcr.io/a/b",), "say who may have signed"),
        (("ghcr.io/a/b", "--certificate-identity", "x"), "--certificate-oidc-issuer"),
        (("ghcr.io/a/b", "--certificate-oidc-issuer", "x"), "give --certificate-identity too"),
        (("ghcr.io/a/b", "--certificate-identity-regexp", "x"), "--certificate-oidc-issuer"),
        (("ghcr.io/a/b", *KEYLESS, "--certificate-identity-regexp", "x"), "not both"),
        (("ghcr.io/a/b", *KEYLESS, "--any-signer"), "--any-signer asks for nobody"),
        (("ghcr.io/a/b", *KEYLESS, "--insecure-ignore-tlog"), "goes with --key alone"),
        (("ghcr.io/a/b", "--any-signer", "--insecure-ignore-tlog"), "goes with --key alone"),
        (("ghcr.io/a/b", *KEYLESS, "--root", "github", "--trusted-root", "pyproject.toml"), "give one of the two"),
        (("ghcr.io/a/b", *KEYLESS, "--root", "GitHub"), "the name of one trusted root"),
        (("ghcr.io/a/b", *KEYLESS, "--digest", "sha256:00"), "write IMAGE@DIGEST"),
        (("ghcr.io/a/b@sha256:00", *KEYLESS), "64 lower-case hexadecimal digits"),
        (("ghcr.io/A/b", *KEYLESS), "not a valid name"),
        (("https://ghcr.io/a/b", *KEYLESS), "assay: "),
        (("oci-layout:", *KEYLESS), "no image layout"),
        (("oci-layout:nowhere", *KEYLESS), "nowhere is no image layout"),
        (("--bundle", "nowhere.json", "--any-signer"), "does not exist"),
        (("ghcr.io/a/b", "--certificate-identity", "x", "--certificate-oidc-issuer", "x"), "https URL"),
        (("ghcr.io/a/b", "--certificate-identity", "a*", "--certificate-oidc-issuer", ISSUER), "identity-pattern"),
    ],
)
def test_a_question_that_is_none_is_2_and_says_what_is_missing(
    desktop: Desktop, arguments: tuple[str, ...], sentence: str
) -> None:
    result = desktop.assay("verify", *arguments)
    assert (result.exit_code, sentence in " ".join(result.stderr.split()), result.stdout) == (2, True, "")


# Layouts


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    folder = tmp_path / "layout"
    folder.mkdir()
    return Layout(folder)


def _signed(desktop: Desktop, layout: Layout, tag: str) -> Digest:
    digest = layout.put_image("acme/api", tag, seed=tag)
    layout.attach(desktop.sigstore.sign(digest, "acme/api", desktop.sigstore.signer(IDENTITY, ISSUER)), "acme/api")
    return digest


def test_an_image_of_a_layout_is_verified_without_a_registry(desktop: Desktop, layout: Layout) -> None:
    digest = _signed(desktop, layout, "1")
    result = desktop.assay("verify", f"oci-layout:{layout.folder}", *KEYLESS)
    assert (result.exit_code, str(digest) in result.stdout, desktop.registry.requests) == (0, True, [])


def test_an_image_of_a_layout_is_chosen_by_its_digest(desktop: Desktop, layout: Layout) -> None:
    signed, other = _signed(desktop, layout, "1"), layout.put_image("acme/api", "2", seed="2")
    codes = [
        desktop.assay("verify", f"oci-layout:{layout.folder}@{one}", *KEYLESS).exit_code for one in (signed, other)
    ]
    assert codes == [0, 1]


def test_a_layout_of_several_images_asks_which(desktop: Desktop, layout: Layout) -> None:
    first = layout.put_image("acme/api", "1", seed="1")
    layout.put_image("acme/api", "2", seed="2")
    result = desktop.assay("verify", f"oci-layout:{layout.folder}", *KEYLESS)
    assert (result.exit_code, f"{layout.folder}@DIGEST" in result.stderr, str(first) in result.stderr) == (
        2,
        True,
        True,
    )


def test_a_layout_that_cannot_be_read_is_2(desktop: Desktop, layout: Layout) -> None:
    (layout.folder / "index.json").write_text("no", encoding="utf-8")
    result = desktop.assay("verify", f"oci-layout:{layout.folder}", *KEYLESS)
    assert (result.exit_code, "no readable image layout" in result.stderr) == (2, True)


# Bundles on disk


def _bundle(desktop: Desktop) -> tuple[Path, Digest]:
    digest = Digest.of(b"image")
    path = desktop.root.parent / "bundle.json"
    path.write_bytes(desktop.sigstore.sign(digest, "x", desktop.sigstore.signer(IDENTITY, ISSUER)).content)
    return path, digest


def test_a_bundle_is_verified_for_the_image_that_it_names(desktop: Desktop) -> None:
    path, digest = _bundle(desktop)
    result = desktop.assay("verify", "--bundle", str(path), *KEYLESS)
    assert (result.exit_code, str(digest) in result.stdout) == (0, True)


@pytest.mark.parametrize(("content", "code"), [(b"image", 0), (b"another image", 1)])
def test_a_bundle_must_speak_of_the_digest_that_is_given(desktop: Desktop, content: bytes, code: int) -> None:
    path, _ = _bundle(desktop)
    result = desktop.assay("verify", "--bundle", str(path), "--digest", str(Digest.of(content)), *KEYLESS)
    assert result.exit_code == code


def test_a_digest_that_is_none_is_2(desktop: Desktop) -> None:
    path, _ = _bundle(desktop)
    result = desktop.assay("verify", "--bundle", str(path), "--digest", "sha256:abc", *KEYLESS)
    assert (result.exit_code, "64 lower-case hexadecimal digits" in result.stderr) == (2, True)


@pytest.mark.parametrize("content", [b"", b"no", b"[]", b'{"dsseEnvelope": {"payload": "e30="}}'])
def test_a_file_that_names_no_image_is_3_and_asks_for_the_digest(desktop: Desktop, content: bytes) -> None:
    path = desktop.root.parent / "bundle.json"
    path.write_bytes(content)
    result = desktop.assay("verify", "--bundle", str(path), *KEYLESS, "--format", "json")
    assert (result.exit_code, read(result)["digest"], "--digest" in result.stdout) == (3, None, True)


# Real data


@pytest.mark.needs_data
@pytest.mark.parametrize("version", ["v1.5.0", "v1.7.0", "v1.9.0", "v1.10.0", "v2.1.0"])
def test_a_real_layout_is_verified_against_the_public_good_root(
    desktop: Desktop, real_data: Path, version: str
) -> None:
    folder = next((real_data / "sigstore/legacy-oci/slsa-verifier" / version).rglob("index.json")).parent
    asked = ("--certificate-identity", f"{GENERATOR}@refs/tags/{version}", "--certificate-oidc-issuer", ISSUER)
    result = desktop.assay("verify", f"oci-layout:{folder}", *asked, "--type", "slsa-provenance", settings={})
    assert (_first(result.stdout), result.exit_code) == ("verified", 0)


@pytest.mark.needs_data
@pytest.mark.parametrize(
    ("case", "code"),
    [("happy-path-intoto-in-dsse-v3", 0), ("dsse-invalid-sig_fail", 1), ("dsse-mismatch-envelope_fail", 1)],
)
def test_a_real_bundle_gets_the_word_that_others_expect(
    desktop: Desktop, real_data: Path, case: str, code: int
) -> None:
    bundle = real_data / "sigstore/bundles/conformance/bundle-verify" / case / "bundle.sigstore.json"
    asked = ("--certificate-identity", BEACON, "--certificate-oidc-issuer", ISSUER, "--type", PROVENANCE)
    result = desktop.assay("verify", "--bundle", str(bundle), *asked, settings={})
    assert result.exit_code == code
