"""The terminal: a click command a job, and exit codes that are an interface.

    0 pass · 1 fail · 2 usage, settings or policy file · 3 could not tell

Whatever is not known before a command is chosen is imported by the command, so that `--help` stays quick.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

import click

from app.core.errors import Error, InvalidReference, PolicyError, Unavailable
from app.core.oci import Digest, ImageReference
from app.core.verdict import Outcome

if TYPE_CHECKING:
    from app.adapters.work_queue import WorkInbox
    from app.bootstrap import WorkerProgram
    from app.core.assessment import Assessment
    from app.jobs.verify_image import VerifyJob, Wish
    from app.render.verification import Verification
    from app.settings import Settings

PASS, FAIL, USAGE, CANNOT_TELL = 0, 1, 2, 3
_PLANNED = {
    "policies": "the policy changes of a range with their effect",
    "history": "security events of the git history",
    "doctor": "is the installation right",
    "replay": "what a policy would have said to past changes",
    "ledger": "are the records whole",
    "drift": "git against the cluster",
    "gate": "may this revision be synced",
}
_LAYOUT = "oci-layout:"
_AFTER_SECONDS = 1.0

_T = TypeVar("_T")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option("0.1.0", prog_name="assay", message="%(prog)s %(version)s")
def main() -> None:
    """Assay: the security posture of image changes and policy changes, as a gate before the merge.

    Exit codes: 0 pass, 1 fail, 2 usage, settings or policy file, 3 could not tell.
    """


_repository = click.option("--repo", default=".", show_default=True, metavar="DIR", help="The git repository.")


@main.command()
@_repository
@click.option(
    "--format", "form", type=click.Choice(["text", "markdown", "json", "sarif"]), default="text", show_default=True
)
@click.option("--strict", is_flag=True, help="REVIEW fails too.")
@click.argument("base")
@click.argument("head")
def check(repo: str, form: str, *, strict: bool, base: str, head: str) -> None:  # noqa: PLR0913 - one an option
    """Review the range BASE..HEAD without GitHub.

    The policy is read from BASE, images are compared from the merge base to HEAD. Who would be needed is listed;
    nobody's approval is known here.

    OK exits 0, REVIEW 0 (with --strict 1), BLOCKED 1, INCOMPLETE 3; observe changes no exit code.
    """
    from app import bootstrap  # noqa: PLC0415 - slow
    from app.jobs.commit_range import LocalRange  # noqa: PLC0415 - slow

    with _said():
        job = bootstrap.commit_range_job(repo, _settings())
        assessment = _with_progress("judging", lambda: job.run(LocalRange.of(job.clone, base, head)))
        click.echo(_check_text(assessment, form), nl=False)
    sys.exit(_exit_of(assessment.outcome, strict=strict))


@main.command()
@_repository
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.argument("base")
@click.argument("head")
def images(repo: str, form: str, base: str, head: str) -> None:
    """List the image changes of the range BASE..HEAD.

    Exits 0, or 3 when a changed file could not be read.
    """
    from app.adapters.git_clone import GitClone  # noqa: PLC0415 - slow
    from app.jobs.commit_range import LocalRange, read_range  # noqa: PLC0415 - slow
    from app.render import document, terminal  # noqa: PLC0415 - slow

    with _said():
        clone = GitClone(repo)
        judged = LocalRange.of(clone, base, head)
        found = _with_progress("reading", lambda: read_range(clone, judged))
    if form == "json":
        text = document.text(document.images(judged.merge_base, judged.head, found.images, found.unreadable))
    else:
        text = terminal.images(found.images, found.unreadable)
    click.echo(text, nl=False)
    sys.exit(CANNOT_TELL if found.unreadable else PASS)


@main.command()
@click.option("--bundle", type=click.Path(exists=True, dir_okay=False), help="A sigstore bundle on disk.")
@click.option("--digest", help="With --bundle: the image it must speak of (sha256:…).")
@click.option("--key", "keys", multiple=True, type=click.Path(exists=True, dir_okay=False), help="A public key (PEM).")
@click.option("--certificate-identity", help="The signer's identity, exactly.")
@click.option("--certificate-identity-regexp", help="An RE2 pattern for the whole identity.")
@click.option("--certificate-oidc-issuer", help="The issuer, exactly.")
@click.option("--certificate-oidc-issuer-regexp", help="An RE2 pattern for the whole issuer.")
@click.option("--type", "types", multiple=True, help="An attestation's predicate type or short name; else a signature.")
@click.option("--trusted-root", type=click.Path(exists=True, dir_okay=False), help="A trusted_root.json.")
@click.option("--any-signer", is_flag=True, help="Show who signed; never better than untrusted signer.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.argument("image", required=False)
@click.pass_context
def verify(context: click.Context, /, **options: object) -> None:
    """Verify IMAGE (host/name[:tag][@digest] or oci-layout:DIR[@digest]), or one --bundle.

    Every signature and attestation found, where it was looked for, and the word for each. Exits 0 only when everything
    asked for is verified, 3 when it could not be found out.
    """
    from app import bootstrap  # noqa: PLC0415 - slow
    from app.render import document, terminal, verification  # noqa: PLC0415 - slow

    with _said():
        wish = _wish(context, options)
        root = options["trusted_root"]
        settings = _settings()
        job = bootstrap.verify_job(wish, Path(str(root)) if root else settings.trusted_root)
        result = _with_progress("verifying", lambda: _verified(context, job, options))
    found = document.text(verification.document(result)) if options["form"] == "json" else terminal.verify(result)
    click.echo(found, nl=False)
    sys.exit(_exit_of_verification(result))


@main.command()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.argument("file", type=click.Path(exists=True, dir_okay=False), default=".github/assay.yml")
def validate(form: str, file: str) -> None:
    """Check a policy FILE; every error with its line. Exits 0 when it is valid, else 2.

    Key files are looked for from the folder that holds .github, or from the file's own folder.
    """
    from app.render import document, terminal  # noqa: PLC0415 - slow

    with _said():
        errors = _policy_errors(Path(file))
    text = document.text(document.validate(file, errors)) if form == "json" else terminal.validate(file, errors)
    click.echo(text, nl=False)
    sys.exit(USAGE if errors else PASS)


@main.command()
def serve() -> None:
    """Run web and worker on this machine until a signal ends both; a child that ends is started again."""
    from app import bootstrap  # noqa: PLC0415 - slow
    from app.worker import supervise  # noqa: PLC0415 - slow

    with _said():
        settings = _settings()
        settings.app()
        bootstrap.logs(settings)
        bootstrap.make_tables(settings)
    supervise({name: [sys.executable, "-m", "app", name] for name in ("web", "worker")})


@main.command()
def web() -> None:
    """Receive webhooks; `worker` does what they ask for."""
    from app import bootstrap  # noqa: PLC0415 - slow
    from app.web.program import run  # noqa: PLC0415 - slow

    with _said():
        settings = _settings()
        bootstrap.logs(settings)
        bootstrap.make_tables(settings)
        run(settings)


@main.command()
def worker() -> None:
    """Judge what `web` received."""
    from app import bootstrap  # noqa: PLC0415 - slow
    from app.worker import Watch, guarded, run_worker  # noqa: PLC0415 - slow

    with _said():
        settings = _settings()
        bootstrap.logs(settings)
        bootstrap.make_tables(settings)
        program = bootstrap.worker_program(settings)
        handler = guarded(program.handle, program.show_crash)
        inbox = bootstrap.inbox(settings)
        # What waited for an answer of the world may have it now: it is looked at again at every start.
        inbox.requeue_waiting()
        if settings.registry_config is not None:
            Watch(settings.registry_config, partial(_new_credentials, program, inbox)).start()
        run_worker(settings.database_url.reveal(), settings.worker_id, handler)


def _new_credentials(program: WorkerProgram, inbox: WorkInbox) -> None:
    """Use the new credentials, and look again at what could not be found out without them."""
    program.reload()
    inbox.requeue_waiting()


def _plan(name: str, what: str) -> None:
    @main.command(name, help=f"Planned: {what}.", context_settings={"ignore_unknown_options": True})
    @click.argument("rest", nargs=-1)
    def planned(rest: tuple[str, ...]) -> None:  # noqa: ARG001 - whatever follows, the answer is the same
        _fail(f"planned, not built yet: {what}", USAGE)


for _name, _what in _PLANNED.items():
    _plan(_name, _what)


def _settings() -> Settings:
    from app import settings  # noqa: PLC0415 - slow

    return settings.read(os.environ)


@contextmanager
def _said() -> Iterator[None]:
    """Turn what is expected to go wrong into one sentence and an exit code."""
    try:
        yield
    except (PolicyError, InvalidReference) as error:
        _fail(str(error), USAGE)
    except Unavailable as error:
        _fail(error.sentence, USAGE if error.permanent else CANNOT_TELL)
    except Error as error:
        _fail(str(error), USAGE)


def _fail(sentence: str, code: int) -> NoReturn:
    from app.render.plain import visible  # noqa: PLC0415 - slow

    click.echo(f"assay: {visible(sentence)}", err=True)
    sys.exit(code)


def _with_progress(what: str, work: Callable[[], _T]) -> _T:
    """Do the work; on a terminal, say that it goes on when it takes more than a second."""
    over = threading.Event()

    def tell() -> None:
        if not over.wait(_AFTER_SECONDS):
            click.echo(f"assay: {what} …", err=True)

    if sys.stderr.isatty():
        threading.Thread(target=tell, daemon=True).start()
    try:
        return work()
    finally:
        over.set()


def _check_text(assessment: Assessment, form: str) -> str:
    from app.render import document, sarif, terminal  # noqa: PLC0415 - slow
    from app.render.comment import comment, nothing_to_say  # noqa: PLC0415 - slow

    if form == "json":
        return document.text(document.check(assessment))
    if form == "sarif":
        return document.text(sarif.sarif(assessment))
    if form == "markdown":
        written = comment(assessment) or nothing_to_say(assessment)
        return f"{written.body}\n\n{written.footer}\n"
    return terminal.check(assessment)


def _exit_of(outcome: Outcome, *, strict: bool) -> int:
    codes = {
        Outcome.OK: PASS,
        Outcome.REVIEW: FAIL if strict else PASS,
        Outcome.INCOMPLETE: CANNOT_TELL,
        Outcome.BLOCKED: FAIL,
    }
    return codes[outcome]


def _exit_of_verification(result: Verification) -> int:
    from app.core.attestation import Word  # noqa: PLC0415 - slow

    words = {one.word for one in result.asked}
    if words == {Word.VERIFIED}:
        return PASS
    failed = words & {Word.INVALID, Word.UNTRUSTED_SIGNER, Word.ABSENT, Word.NOT_REQUIRED}
    return FAIL if failed or not words else CANNOT_TELL


def _wish(context: click.Context, options: dict[str, object]) -> Wish:
    from app.jobs.verify_image import Wish  # noqa: PLC0415 - slow

    identity, issuer = options["certificate_identity"], options["certificate_oidc_issuer"]
    pattern, issuers = options["certificate_identity_regexp"], options["certificate_oidc_issuer_regexp"]
    keys = [str(key) for key in _sequence(options["keys"])]
    named = identity is not None or pattern is not None
    if (options["bundle"] is None) == (options["image"] is None):
        _usage(context, "give an IMAGE or a --bundle, one of the two")
    if named != (issuer is not None or issuers is not None):
        _usage(context, "an identity and an issuer go together: the same identity can be had from another issuer")
    if (identity is not None and pattern is not None) or (issuer is not None and issuers is not None):
        _usage(context, "give an identity or a pattern for it, and an issuer or a pattern for it, not both")
    if not (keys or named or options["any_signer"]):
        _usage(context, "say who may have signed: --key, or --certificate-identity with its issuer, or --any-signer")
    return Wish(
        keys={f"key-{number}.pub": Path(key).read_text(encoding="utf-8") for number, key in enumerate(keys, start=1)},
        identity=_text(identity),
        identity_pattern=_text(pattern),
        issuer=_text(issuer),
        issuer_pattern=_text(issuers),
        types=tuple(str(kind) for kind in _sequence(options["types"])),
        any_signer=bool(options["any_signer"]),
    )


def _verified(context: click.Context, job: VerifyJob, options: dict[str, object]) -> Verification:
    from app import bootstrap  # noqa: PLC0415 - slow

    image, bundle = _text(options["image"]), _text(options["bundle"])
    if bundle is not None:
        digest = _text(options["digest"])
        return job.bundle(bundle, Path(bundle).read_bytes(), None if digest is None else Digest.parse(digest))
    if image is None or options["digest"] is not None:
        _usage(context, "--digest goes with --bundle; write IMAGE@DIGEST")
    if image.startswith(_LAYOUT):
        folder, _, written = image.removeprefix(_LAYOUT).partition("@")
        layout = bootstrap.layout(folder)
        reference = layout.reference(Digest.parse(written) if written else None)
        return job.image(image, reference, bootstrap.gatherer(job, layout))
    reference = ImageReference.parse(image)
    return job.image(image, reference, bootstrap.gatherer(job, bootstrap.terminal_registry(_settings())))


def _policy_errors(file: Path) -> tuple[PolicyError, ...]:
    from app.core.tree import file_of  # noqa: PLC0415 - slow
    from app.policy import Policy  # noqa: PLC0415 - slow

    text = file_of(str(file), "100644", file.read_bytes()).text
    if text is None:
        return (PolicyError("the file is no text of at most 1 MiB", path=str(file)),)
    root = file.resolve().parent
    root = root.parent if root.name == ".github" else root
    keys = {path: _key_text(root / path) for path in Policy.needs(text)}
    return tuple(Policy.faults(text, keys, path=str(file)))


def _key_text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _usage(context: click.Context, sentence: str) -> NoReturn:
    raise click.UsageError(sentence, context)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _sequence(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else ()
