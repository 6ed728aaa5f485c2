"""`verify`: one image or one bundle, asked for in cosign's own words."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from app.cli.cosign_types import predicate_type
from app.cli.outcomes import CANNOT_TELL, FAIL, PASS, said, settings, with_progress
from app.core.attestation import Word
from app.core.oci import Digest, ImageReference

if TYPE_CHECKING:
    from app.adapters.oci_layout import OciLayout
    from app.jobs.verify_image import VerifyJob, Wish
    from app.render.verification import Verification

_LAYOUT = "oci-layout:"


@click.command()
@click.option("--bundle", type=click.Path(exists=True, dir_okay=False), help="A sigstore bundle on disk.")
@click.option("--digest", help="With --bundle: the image it must speak of (sha256:…).")
@click.option("--key", "keys", multiple=True, type=click.Path(exists=True, dir_okay=False), help="A public key (PEM).")
@click.option("--certificate-identity", help="The signer's identity, exactly.")
@click.option("--certificate-identity-regexp", help="An RE2 pattern for the whole identity.")
@click.option("--certificate-oidc-issuer", help="The issuer, exactly.")
@click.option("--certificate-oidc-issuer-regexp", help="An RE2 pattern for the whole issuer.")
@click.option("--type", "types", multiple=True, help="An attestation's predicate type or short name; else a signature.")
@click.option("--signatures-in", help="Another repository to look in (registry/repository), as COSIGN_REPOSITORY.")
@click.option("--github-attestations", help="A public repository whose attestations GitHub keeps (owner/repository).")
@click.option("--trusted-root", type=click.Path(exists=True, dir_okay=False), help="A trusted_root.json.")
@click.option("--root", help="The trusted root that must vouch: public-good, github, or one of ASSAY_TRUSTED_ROOTS.")
@click.option(
    "--insecure-ignore-tlog", is_flag=True, help="With --key: accept what no log and no timestamp vouches for."
)
@click.option("--any-signer", is_flag=True, help="Show who signed; never better than untrusted signer.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.argument("image", required=False)
@click.pass_context
def verify(context: click.Context, /, **options: object) -> None:
    """Verify IMAGE (host/name[:tag][@digest] or oci-layout:DIR[@digest]), or one --bundle.

    Every signature and attestation found, where it was looked for, and the word for each. Exits 0 only when everything
    asked for is verified, 3 when it could not be found out.
    """
    from app.bootstrap.verifying import verify_job  # noqa: PLC0415 - slow
    from app.render import document, terminal, verification  # noqa: PLC0415 - slow

    with said():
        wish = _wish(context, options)
        root = options["trusted_root"]
        job = verify_job(wish, settings(), Path(str(root)) if root else None)
        result = with_progress("verifying", lambda: _verified(context, job, options))
    found = document.text(verification.document(result)) if options["form"] == "json" else terminal.verify(result)
    click.echo(found, nl=False)
    sys.exit(_code(result))


def _code(result: Verification) -> int:
    words = {one.word for one in result.asked}
    if words == {Word.VERIFIED}:
        return PASS
    failed = words & {Word.INVALID, Word.UNTRUSTED_SIGNER, Word.ABSENT, Word.NOT_REQUIRED}
    return FAIL if failed or not words else CANNOT_TELL


def _wish(context: click.Context, options: dict[str, object]) -> Wish:
    from app.jobs.verify_image import Wish  # noqa: PLC0415 - slow

    identity, issuer = _given(options["certificate_identity"]), _given(options["certificate_oidc_issuer"])
    pattern = _given(options["certificate_identity_regexp"])
    issuers = _given(options["certificate_oidc_issuer_regexp"])
    _refuse_half_a_question(context, options)
    if (identity is not None and pattern is not None) or (issuer is not None and issuers is not None):
        _usage(context, "give an identity or a pattern for it, and an issuer or a pattern for it, not both")
    return Wish(
        keys=_key_texts(context, options["keys"]),
        identity=identity,
        identity_pattern=pattern,
        issuer=issuer,
        issuer_pattern=issuers,
        types=tuple(predicate_type(str(kind)) for kind in _sequence(options["types"])),
        any_signer=bool(options["any_signer"]),
        insecure_ignore_log=bool(options["insecure_ignore_tlog"]),
        root=_given(options["root"]),
        signatures_in=_given(options["signatures_in"]),
        github=_given(options["github_attestations"]),
    )


def _refuse_half_a_question(context: click.Context, options: dict[str, object]) -> None:
    identity = any(options[name] is not None for name in ("certificate_identity", "certificate_identity_regexp"))
    issuer = any(options[name] is not None for name in ("certificate_oidc_issuer", "certificate_oidc_issuer_regexp"))
    if (options["bundle"] is None) == (options["image"] is None):
        _usage(context, "give an IMAGE or a --bundle, one of the two")
    if options["digest"] is not None and options["bundle"] is None:
        _usage(context, "--digest goes with --bundle; write IMAGE@DIGEST")
    if identity != issuer:
        missing = "--certificate-oidc-issuer" if identity else "--certificate-identity"
        why = "an identity and an issuer go together, for another issuer may give the same identity"
        _usage(context, f"{why}: give {missing} too (or {missing}-regexp)")
    named = bool(options["keys"]) or identity
    if not (named or options["any_signer"]):
        _usage(context, "say who may have signed: --key, or --certificate-identity with its issuer, or --any-signer")
    _refuse_what_means_nothing(context, options, keyless=identity)
    _refuse_places_without_a_registry(context, options)
    if named and options["any_signer"]:
        _usage(context, "--any-signer asks for nobody: leave it out to ask for the signer that you name")


def _refuse_what_means_nothing(context: click.Context, options: dict[str, object], *, keyless: bool) -> None:
    if options["insecure_ignore_tlog"] and (keyless or not options["keys"]):
        _usage(context, "--insecure-ignore-tlog goes with --key alone: a certificate always needs a proved time")
    if options["root"] is not None and options["trusted_root"] is not None:
        _usage(context, "--root names a trusted root, --trusted-root brings the only one: give one of the two")


def _refuse_places_without_a_registry(context: click.Context, options: dict[str, object]) -> None:
    alone = options["bundle"] is not None or str(options["image"]).startswith(_LAYOUT)
    for name in ("signatures_in", "github_attestations"):
        if alone and options[name] is not None:
            flag = name.replace("_", "-")
            _usage(context, f"--{flag} goes with an image in a registry: all else is read from this machine alone")


def _key_texts(context: click.Context, written: object) -> dict[str, str]:
    """Read the key files, each under a name that a policy may use and its reader knows again."""
    texts: dict[str, str] = {}
    for number, path in enumerate((Path(str(one)) for one in _sequence(written)), start=1):
        name = re.sub(r"[^A-Za-z0-9.-]", "-", path.name).strip(".-")[-40:] or "key.pub"
        try:
            texts[f"{number}-{name}" if name in texts else name] = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not text: give the public key in PEM"
            _usage(context, f"--key {path} cannot be read: {why}")
    return texts


def _verified(context: click.Context, job: VerifyJob, options: dict[str, object]) -> Verification:
    from app.bootstrap.verifying import layout, search, terminal_registry  # noqa: PLC0415 - slow

    bundle, image = _given(options["bundle"]), str(options["image"])
    if bundle is not None:
        digest = _given(options["digest"])
        return job.bundle(bundle, Path(bundle).read_bytes(), None if digest is None else Digest.parse(digest))
    if image.startswith(_LAYOUT):
        folder, _, written = image.removeprefix(_LAYOUT).partition("@")
        if not (Path(folder) / "index.json").is_file():
            _usage(context, f"{folder or 'nothing'} is no image layout: give oci-layout:DIR, a folder with index.json")
        held = layout(folder)
        reference = held.reference(Digest.parse(written) if written else _only_image(context, folder, held))
        return job.image(image, reference, search(job, held, settings()))
    reference = ImageReference.parse(image)
    return job.image(image, reference, search(job, terminal_registry(settings()), settings()))


def _only_image(context: click.Context, folder: str, layout: OciLayout) -> Digest | None:
    """Return the image of a layout that holds one; `None` leaves it to the layout to say what it lacks."""
    images = layout.images()
    if len(images) > 1:
        listed = ", ".join(str(one) for one in images[:3])
        _usage(context, f"{folder} holds {len(images)} images: write oci-layout:{folder}@DIGEST ({listed} …)")
    return images[0] if images else None


def _usage(context: click.Context, sentence: str) -> NoReturn:
    from app.render.plain import visible  # noqa: PLC0415 - slow

    raise click.UsageError(visible(sentence), context)


def _given(value: object) -> str | None:
    return None if value is None else str(value)


def _sequence(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else ()
