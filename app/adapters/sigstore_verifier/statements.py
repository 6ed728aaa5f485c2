"""What is signed, read after the signature is proved: in-toto statements and cosign's simple signing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.adapters.sigstore_verifier.material import Envelope
from app.adapters.sigstore_verifier.reading import mapping, read_json, sequence, text
from app.adapters.sigstore_verifier.reasons import Refused
from app.core.attestation import SIGNATURE, Statement, Subject
from app.core.errors import InvalidReference
from app.core.oci import Digest

_BAD = "statement-malformed"
_IN_TOTO = "application/vnd.in-toto+json"
_STATEMENTS = frozenset({"https://in-toto.io/Statement/v0.1", "https://in-toto.io/Statement/v1"})
_SPDX = "https://spdx.dev/Document"
_SIMPLE_SIGNING = "cosign container image signature"
_MAX_SUBJECTS = 1024
_MAX_DIGESTS = 32
_MAX_TEXT = 4096


def read_statement(envelope: Envelope) -> Statement:
    """Read an in-toto statement 0.1 or 1 from an envelope; raises `Refused`."""
    # Exact: upper case, parameters and look-alike letters are other types (attack AT-013).
    if envelope.payload_type != _IN_TOTO:
        raise Refused("payload-type")
    statement = mapping(read_json(envelope.payload, _BAD), _BAD)
    if _text(statement.get("_type")) not in _STATEMENTS:
        raise Refused("statement-type")
    predicate_type = _text(statement.get("predicateType"))
    subjects = sequence(statement.get("subject"), _BAD, at_most=_MAX_SUBJECTS)
    if not predicate_type or not subjects:
        raise Refused(_BAD)
    predicate = _predicate(predicate_type, statement.get("predicate"))
    return Statement(predicate_type, tuple(_subject(subject) for subject in subjects), predicate)


def read_simple_signing(payload: bytes) -> Statement:
    """Read cosign's payload as a statement of type `SIGNATURE`; raises `Refused`.

    The subject's name is the reference that was signed, which cosign itself ignores.
    """
    signed = mapping(read_json(payload, _BAD), _BAD)
    critical = mapping(signed.get("critical"), _BAD)
    if _text(critical.get("type")) != _SIMPLE_SIGNING:
        raise Refused("payload-kind")
    image = mapping(critical.get("image"), _BAD)
    try:
        digest = Digest.parse(_text(image.get("docker-manifest-digest")))
    except InvalidReference as error:
        raise Refused(_BAD) from error
    identity = mapping(critical.get("identity") or {}, _BAD)
    subject = Subject(_text(identity.get("docker-reference") or ""), {"sha256": digest.hex})
    return Statement(SIGNATURE, (subject,), signed)


def covered(statement: Statement, subjects: Sequence[Digest]) -> Digest:
    """Return the first of `subjects` that the statement names by its sha256; raises `Refused`."""
    named = {subject.digests.get("sha256") for subject in statement.subjects}
    for digest in subjects:
        if digest.hex in named:
            return digest
    raise Refused("subject-mismatch")


def _subject(value: object) -> Subject:
    subject = mapping(value, _BAD)
    digests = mapping(subject.get("digest") or {}, _BAD)
    if len(digests) > _MAX_DIGESTS:
        raise Refused(_BAD)
    return Subject(
        _text(subject.get("name") or ""), {_text(algorithm): _text(digest) for algorithm, digest in digests.items()}
    )


def _predicate(predicate_type: str, value: object) -> Mapping[str, Any]:
    if value is None and predicate_type == SIGNATURE:
        # cosign before 3.0.5 wrote no predicate at all into its signatures.
        return {}
    if isinstance(value, str) and predicate_type.startswith(_SPDX):
        # cosign's `spdx` type puts the whole document into one string.
        value = read_json(value.encode("utf-8", "strict"), "predicate-form")
    return mapping(value, "predicate-form")


def _text(value: object) -> str:
    read = text(value, _BAD)
    if len(read) > _MAX_TEXT:
        raise Refused(_BAD)
    return read
