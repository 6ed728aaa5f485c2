"""Every reason for a refusal: one code, one word, one sentence; none of them holds a stranger's text."""

from __future__ import annotations

from app.core.attestation import Word

REASONS: dict[str, tuple[Word, str]] = {
    # Reading
    "too-large": (Word.UNREADABLE, "The bundle is larger than Assay reads."),
    "malformed": (Word.INVALID, "The bundle is not well formed."),
    "unknown-field": (Word.UNREADABLE, "The bundle holds a field that its format does not define."),
    "bundle-version": (Word.UNREADABLE, "The bundle is of a version that Assay does not read."),
    "bundle-content": (Word.UNREADABLE, "The bundle holds neither an envelope nor a message signature."),
    "message-signature": (Word.UNREADABLE, "The bundle signs a file, not a statement about an image."),
    "form": (Word.UNREADABLE, "The signature is stored in a form that Assay does not read."),
    "unsigned": (Word.INVALID, "There is no signature in it."),
    "several-signatures": (Word.INVALID, "The envelope does not hold exactly one signature."),
    "several-log-entries": (Word.INVALID, "The bundle holds more than one log entry."),
    "payload-type": (Word.UNREADABLE, "The envelope does not hold an in-toto statement."),
    "root-in-bundle": (Word.INVALID, "The bundle brings its own root certificate."),
    "too-many-certificates": (Word.INVALID, "The bundle holds too many certificates."),
    "no-certificate": (Word.INVALID, "The bundle names neither a certificate nor a public key."),
    # Log
    "log-unknown": (Word.INVALID, "The log entry is of a transparency log that the trusted root does not name."),
    "log-promise-missing": (Word.INVALID, "The log entry lacks the promise that its format asks for."),
    "log-promise-invalid": (Word.INVALID, "The transparency log did not sign the promise for this entry."),
    "log-proof-missing": (Word.INVALID, "The log entry lacks the inclusion proof that its format asks for."),
    "log-inclusion-invalid": (Word.INVALID, "The inclusion proof does not lead to the root of the log's tree."),
    "log-checkpoint-missing": (Word.INVALID, "The inclusion proof has no checkpoint signed by the log."),
    "log-checkpoint-malformed": (Word.INVALID, "The log's checkpoint is not well formed."),
    "log-checkpoint-mismatch": (Word.INVALID, "The log's checkpoint is of another tree than the inclusion proof."),
    "log-checkpoint-invalid": (Word.INVALID, "The transparency log did not sign the checkpoint."),
    "log-key-expired": (Word.INVALID, "The log's key was not in force when the entry was made."),
    "log-entry-kind": (Word.UNREADABLE, "The log entry is of a kind that Assay does not read."),
    "log-entry-malformed": (Word.INVALID, "The log entry's body is not well formed."),
    "log-entry-mismatch": (Word.INVALID, "The log entry is of another signature."),
    # Timestamps
    "too-many-timestamps": (Word.INVALID, "There are more timestamps than Assay accepts."),
    "duplicate-timestamp": (Word.INVALID, "The same timestamp is there twice."),
    "timestamp-malformed": (Word.INVALID, "A timestamp is not well formed."),
    "timestamp-invalid": (Word.INVALID, "No trusted timestamp authority vouches for a timestamp on this signature."),
    "timestamp-authority-expired": (Word.INVALID, "The timestamp authority was not in force at the time it states."),
    "no-verified-time": (Word.INVALID, "Nothing trusted proves when the signature was made."),
    "time-in-future": (Word.INVALID, "The signature is dated in the future."),
    # Certificate
    "certificate-malformed": (Word.INVALID, "The signing certificate is not well formed."),
    "certificate-use": (Word.INVALID, "The certificate is not one for signing code."),
    "certificate-identity": (Word.INVALID, "The certificate does not name exactly one identity and its issuer."),
    "certificate-expired": (Word.INVALID, "The certificate was not valid when the signature was made."),
    "authority-unknown": (Word.INVALID, "No certificate authority of the trusted root issued the certificate."),
    "authority-expired": (Word.INVALID, "The certificate authority was not in force when the signature was made."),
    "sct-missing": (Word.INVALID, "The certificate does not carry exactly one certificate transparency timestamp."),
    "sct-log-unknown": (Word.INVALID, "The certificate's transparency log is not named by the trusted root."),
    "sct-key-expired": (Word.INVALID, "The certificate log's key was not in force when the certificate was logged."),
    "sct-invalid": (Word.INVALID, "No trusted certificate transparency log vouches for the certificate."),
    # Signature
    "signature-invalid": (Word.INVALID, "The signature does not fit what is signed."),
    "key-unsupported": (Word.UNREADABLE, "The key is of a kind that Assay does not verify with."),
    "unknown-key": (Word.UNTRUSTED_SIGNER, "It is signed with a key that no policy names."),
    "key-not-in-force": (
        Word.UNTRUSTED_SIGNER,
        "It is signed with a key outside the time in which the policy trusts it.",
    ),
    "key-time-unknown": (
        Word.UNTRUSTED_SIGNER,
        "It is signed with a key that the policy trusts for a time, and nothing proves when.",
    ),
    # Statement
    "statement-malformed": (Word.INVALID, "What is signed is not a well-formed statement."),
    "statement-type": (Word.UNREADABLE, "The statement is of a version that Assay does not read."),
    "predicate-form": (Word.UNREADABLE, "The statement's predicate is not a JSON object."),
    "payload-kind": (Word.UNREADABLE, "What is signed is not a container image signature."),
    "subject-mismatch": (Word.INVALID, "The signature is of another image."),
    "artifact-mismatch": (Word.INVALID, "The signature is of another file."),
    # Second opinion
    "oracle-disagrees": (Word.INVALID, "The reference implementation of sigstore refuses it."),
    "internal": (Word.INVALID, "Assay could not process it."),
}
"""Code → word and sentence. Codes are stable: records and tests name them."""


class Refused(Exception):
    """A step of verification fails; `code` is one of `REASONS`."""

    def __init__(self, code: str) -> None:
        """Look the reason up, so that a code without a sentence cannot be raised."""
        self.word, self.sentence = REASONS[code]
        self.code = code
        super().__init__(self.sentence)
