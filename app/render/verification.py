"""One image or bundle verified by itself: what was asked, what was found, where was looked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.core.attestation import (
    SIGNATURE,
    Conclusion,
    Form,
    Lookup,
    Rejection,
    RootState,
    SignedStatement,
    Word,
)
from app.core.oci import Digest
from app.render.document import Json, lookup, rejected, signed, trust_root

VERIFY: Final = "assay.verify/v1"

# From worst to best; NOT_REQUIRED is what is said when nothing was asked.
_WORST: Final = (
    Word.INVALID,
    Word.UNKNOWN,
    Word.UNREADABLE,
    Word.ABSENT,
    Word.UNTRUSTED_SIGNER,
    Word.VERIFIED,
    Word.NOT_REQUIRED,
)


@dataclass(frozen=True, slots=True)
class Verification:
    """What `assay verify` found out.

    `image` is the reference or file as the caller named it, `digest` what it is, `None` when that could not be found
    out. `asked` are the conclusions on what the caller asked for; `trusted` are those of `signed` whose signer is
    accepted.
    """

    image: str
    digest: Digest | None
    asked: tuple[Conclusion, ...]
    signed: tuple[SignedStatement, ...]
    trusted: tuple[SignedStatement, ...]
    rejected: tuple[Rejection, ...]
    lookups: tuple[Lookup, ...]
    roots: tuple[RootState, ...] = ()

    @property
    def word(self) -> Word:
        """The worst word of what was asked; NOT_REQUIRED when nothing was, which is never a pass."""
        return min((one.word for one in self.asked), key=_WORST.index, default=Word.NOT_REQUIRED)

    def word_of(self, statement: SignedStatement) -> Word:
        """Return the word of a proved statement."""
        return Word.VERIFIED if statement in self.trusted else Word.UNTRUSTED_SIGNER


def document(verification: Verification) -> Json:
    """Make the document of `assay verify`."""
    found = [_signed(verification, one) for one in verification.signed]
    refused = [rejected(one) for one in verification.rejected]
    return {
        "schema": VERIFY,
        "image": verification.image,
        "digest": None if verification.digest is None else str(verification.digest),
        "word": verification.word.value,
        "asked": [
            {"what": one.what, "word": one.word.value, "reason": one.reason, "logged": one.logged}
            for one in verification.asked
        ],
        "looked": [lookup(one) for one in verification.lookups],
        "trust_roots": [trust_root(one) for one in verification.roots],
        "signatures": [one for one in found if one["predicate_type"] == SIGNATURE]
        + [one for one, kept in zip(refused, verification.rejected, strict=True) if is_signature(kept)],
        "attestations": [one for one in found if one["predicate_type"] != SIGNATURE]
        + [one for one, kept in zip(refused, verification.rejected, strict=True) if not is_signature(kept)],
    }


def _signed(verification: Verification, statement: SignedStatement) -> dict[str, object]:
    word = verification.word_of(statement)
    reason = "" if word is Word.VERIFIED else "proved, but by no signer that was named"
    return {"word": word.value, "reason": reason, **signed(statement)}


def is_signature(rejection: Rejection) -> bool:
    """Say whether something refused claims to be a plain signature rather than an attestation."""
    return rejection.predicate_type == SIGNATURE or rejection.form is Form.LEGACY_SIGNATURE
