"""Signatures and attestations: bundles as found, statements as signed, evidence as gathered.

Words: in-toto Attestation Framework v1 (Statement, Subject, predicate), DSSE (Envelope), sigstore (Bundle, signer
identity). A *signature* is carried as a statement too, with predicate type `SIGNATURE` (cosign v3 writes it so; a
legacy simple-signing payload is read into the same shape), so that one path verifies, trusts and shows both.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NewType

from app.core.image_facts import ImageFacts
from app.core.oci import Descriptor, Digest, ImageName, ImageReference

SIGNATURE = "https://sigstore.dev/cosign/sign/v1"
"""Predicate type of a plain image signature."""


class Word(enum.Enum):
    """The seven words for a signature or attestation (reference: the verdict vocabulary in the documentation)."""

    VERIFIED = "verified"
    UNTRUSTED_SIGNER = "untrusted signer"
    INVALID = "invalid"
    ABSENT = "absent"
    UNREADABLE = "unreadable"
    UNKNOWN = "unknown"
    NOT_REQUIRED = "not required"


class Form(enum.Enum):
    """How a signature or attestation is stored."""

    BUNDLE = "sigstore bundle"
    LEGACY_SIGNATURE = "cosign signature layer"
    LEGACY_ATTESTATION = "cosign attestation layer"


@dataclass(frozen=True, slots=True)
class Bundle:
    """Something found beside an image that claims to be a signature or attestation; nothing in it is verified.

    `content` is the bundle's JSON (`BUNDLE`), the simple-signing payload (`LEGACY_SIGNATURE`) or the DSSE envelope
    (`LEGACY_ATTESTATION`), byte for byte as fetched. `annotations` are the unsigned annotations of its layer
    descriptor. `subject` is the manifest it was attached to. `found` says where, in words ("referrers", ".sig tag").
    """

    form: Form
    content: bytes
    subject: Digest
    found: str
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key that a policy names: `pem` as read from the base tree.

    `not_before`/`not_after` bound the verified times at which it may have signed; `None` = unbounded.
    """

    name: str
    pem: bytes
    not_before: datetime | None = None
    not_after: datetime | None = None


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed, as proved by certificate or key; a keyless signer has `issuer` and `identity`, a key has `key`.

    `key` is the name of the `PublicKey` that verified, or the hexadecimal SHA-256 of its SubjectPublicKeyInfo when a
    transparency log vouches for a key that no policy names. `claims` are the certificate's Fulcio extensions by their
    names in Fulcio's OID table, in lower camel case (`sourceRepositoryURI`, `sourceRepositoryDigest`,
    `sourceRepositoryRef`, `buildSignerURI`, `buildTrigger`, `runnerEnvironment`, …).
    """

    issuer: str | None = None
    identity: str | None = None
    key: str | None = None
    claims: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The identity or key name, for people; never a decision."""
        return self.identity or f"key {self.key}"


@dataclass(frozen=True, slots=True)
class Subject:
    """A statement's subject: `name` may be empty; `digests` maps algorithm to value as written."""

    name: str
    digests: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Statement:
    """An in-toto statement as read from signed bytes: the `predicate` is a JSON object as written."""

    predicate_type: str
    subjects: tuple[Subject, ...]
    predicate: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SignedStatement:
    """A statement whose signature, time, log entry and subject are proved. Proved is not trusted.

    `verified_at` is the latest proved time (log promise or timestamp); `None` when a key signed without either.
    `logged` says that a transparency log vouches for it. `subject` is the manifest digest that it covers. `elsewhere`
    says, in words, where it was found when not in the image's own repository; it decides nothing, for the digest is
    what was signed. `root` names the trusted root under which all that was proved, empty when a key signed and nothing
    of a root vouches; `default_root` says that it is the root of signers that name none. `digest` is `sha256:` and the
    hash of the bytes that were found (bundle, envelope or payload), by which a record can name them.
    """

    statement: Statement
    signer: Signer
    subject: Digest
    form: Form
    found: str
    verified_at: datetime | None
    logged: bool
    elsewhere: str = ""
    root: str = "public-good"
    default_root: bool = True
    digest: str = field(default="", compare=False)


TrustedStatement = NewType("TrustedStatement", SignedStatement)
"""A signed statement whose signer a policy trusts for this image; only `Policy.trust` makes one."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why something found is not a signed statement.

    `word` is INVALID, UNREADABLE or UNTRUSTED_SIGNER (a key that nobody named). `code` is a short stable identifier
    of the step that failed (`log-entry-mismatch`, `certificate-expired`, …), `sentence` says it to a person and holds
    no text that a stranger chose. `signer` is what the certificate claims, unproved, when it could be read.
    """

    word: Word
    code: str
    sentence: str
    form: Form
    found: str
    predicate_type: str | None = None
    signer: Signer | None = None


@dataclass(frozen=True, slots=True)
class RootState:
    """A trusted root that is in use: `version` and `age` are of the last refresh, `None` for one that is not refreshed.

    `warning` says in one clause why the last refresh failed; the root of before stays in force.
    """

    name: str
    version: int | None = None
    age: timedelta | None = None
    warning: str = ""


class Answer(enum.Enum):
    """What a place answered when asked."""

    FOUND = "found"
    NOT_THERE = "not there"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Lookup:
    """One place that was asked about one image.

    `where` names the place in words ("manifest", "referrers of sha256:1f3a…", ".sig tag"), `host` the registry.
    For FAILED, `detail` is public text with no network detail ("asked for credentials", "did not answer in time"),
    `code` a stable identifier (`unauthorized`, `forbidden`, `rate-limited`, `timeout`, `connection`, `server-error`,
    `too-large`, `digest-mismatch`, `malformed`, `refused-address`, `refused-host`, `not-allowed`), `retry_after`
    seconds when told. `credentials` says that the request was made with a stored credential. `claims` says that only
    what nobody signed can lie there: it is shown and decides nothing, nor does its failure.

    A place that answered may have a code too: `unread-form` (something lies there in a form that is not read),
    `not-asked` (it stands for places that were passed over), `manifest-absent` (a layout without the image itself),
    `unsigned` (what lies there is signed by nobody).
    """

    where: str
    host: str
    answer: Answer
    detail: str = ""
    code: str = ""
    retry_after: float | None = None
    credentials: bool = False
    claims: bool = False


def within(where: str, place: ImageName) -> str:
    """Name a place of another repository than the image's own: `.sig tag in acme/signatures of sha256:…`."""
    kind, of, label = where.partition(" of ")
    return f"{kind} in {place.path}{of}{label}"


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a tag or digest names now: `digest` is `None` when that could not be found out; `lookup` says why."""

    digest: Digest | None
    lookup: Lookup


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where a policy says that evidence lies besides an image's own repository, sorted.

    `repositories` hold signatures of images that lie in others; `github` are the `owner/repository` for which GitHub
    keeps attestations.
    """

    repositories: tuple[ImageName, ...] = ()
    github: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attached:
    """What one place besides the image's own repository holds about it, unverified; what failed is part of it."""

    bundles: tuple[Bundle, ...]
    lookups: tuple[Lookup, ...]


@dataclass(frozen=True, slots=True)
class Fetched:
    """All that a registry holds about one image, unverified; what failed is part of it.

    `descriptor` is the manifest or index that `reference.digest` names, `None` when it could not be fetched.
    `platforms` are the platform manifests of an index (empty for a single manifest). `facts` is what the image says of
    itself, for an index what the platform says that stands for it, or why that could not be read; `None` where nobody
    asked. It hides no signature, so it is no lookup. `each` is what every platform says, where that was asked for, and
    a lookup for those that were passed over.
    """

    reference: ImageReference
    descriptor: Descriptor | None
    platforms: tuple[Descriptor, ...]
    bundles: tuple[Bundle, ...]
    lookups: tuple[Lookup, ...]
    facts: ImageFacts | Lookup | None = None
    each: tuple[ImageFacts | Lookup, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known about one image: what was proved, what was refused, where was looked, what failed.

    `digest` is what the reference resolved to; `None` when that could not be found out. `facts` and `each` are as in
    `Fetched`.
    `tag_now` is what the tag names now that is written beside a digest; `None` where nobody asked.
    """

    reference: ImageReference
    digest: Digest | None
    platforms: tuple[Descriptor, ...]
    signed: tuple[SignedStatement, ...]
    rejected: tuple[Rejection, ...]
    lookups: tuple[Lookup, ...]
    facts: ImageFacts | Lookup | None = None
    tag_now: Resolution | None = None
    each: tuple[ImageFacts | Lookup, ...] = ()

    @property
    def runnable(self) -> tuple[Descriptor, ...]:
        """The manifests that run, each with its platform: those of an index, or the image itself by its own config."""
        if self.platforms or self.digest is None or not isinstance(self.facts, ImageFacts):
            return self.platforms
        return (Descriptor("", self.digest, 0, self.facts.platform),)

    @property
    def unanswered(self) -> tuple[Lookup, ...]:
        """The questions beside signatures and attestations that failed: what the tag names, what the image says."""
        asked = (self.facts, *self.each, self.tag_now and self.tag_now.lookup)
        return tuple(one for one in asked if isinstance(one, Lookup) and one.answer is Answer.FAILED)

    @property
    def failed(self) -> tuple[Lookup, ...]:
        """The places that did not answer; with any of these nothing is `absent`."""
        return tuple(lookup for lookup in self.lookups if lookup.answer is Answer.FAILED and not lookup.claims)


@dataclass(frozen=True, slots=True)
class Conclusion:
    """The word for one thing that was asked of an image: `what` is "signature" or a predicate type.

    `reason` is one sentence; `signer` the identity found; `rule` the name of the trust rule that matched, or, for
    `untrusted signer`, the closest one. `remark` is what a reader should know beside `verified`: which of index and
    platforms is signed, and where that was found when not in the image's own repository. `logged` is false where
    `verified` rests on a key alone: no log entry and no timestamp vouches, and the signer's rule asks for none.
    """

    what: str
    word: Word
    reason: str
    signer: Signer | None = None
    rule: str | None = None
    remark: str = ""
    logged: bool = True
