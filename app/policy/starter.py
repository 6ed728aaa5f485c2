"""A policy to start from, proposed from what a repository really holds. It only observes, and its comments say why.

Nothing is trusted by being proposed: whoever commits the file says that these signers are the right ones. Names,
identities and paths are others' text; what cannot be written plainly is left out and counted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from app.core.globs import InvalidGlob, PathGlob
from app.core.oci import ImageName
from app.policy.patterns import fault

MOST: Final = 6_000
"""Characters of a text once it is part of an address: browsers and GitHub take some 8,000 in all."""

_MOST_PATHS: Final = 20
_MOST_TEAMS: Final = 5
_PLAIN: Final = re.compile(r"[!-~](?:[ -~]{0,398}[!-~])?")
_ISSUER: Final = re.compile(r"https://[A-Za-z0-9._~:/%-]{1,200}")
_ROOT: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
_WORD: Final = re.compile(r"[a-z][a-z0-9]*-[a-z0-9-]+")
_TEAM: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?/[A-Za-z0-9_-]{1,100}")
_WORKFLOW: Final = re.compile(r"https://[^/]+/([^/]+)/([^/]+)/\.github/workflows/([^/@]+?)(?:\.ya?ml)?@.*")
# A release signs as its tag, which is another with every release.
_VERSION_TAG: Final = re.compile(r"(https://.*@refs/tags/(?:[A-Za-z][A-Za-z_/-]*)?)[0-9]+(?:\.[0-9]+)*")


@dataclass(frozen=True, slots=True, order=True)
class SignedBy:
    """Who signed an image, as a certificate proved it; `root` is empty for the default root."""

    issuer: str
    identity: str
    root: str = ""


@dataclass(frozen=True, slots=True)
class FoundImage:
    """An image that the repository uses: `pinned` when every use has a digest, `proof` what was looked at.

    `signers` is `None` when nobody looked, empty when nothing was found that proves a signer. `builders` signed SLSA
    provenance for it.
    """

    name: ImageName
    pinned: bool
    signers: tuple[SignedBy, ...] | None = None
    proof: str = ""
    builders: tuple[SignedBy, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What a repository holds: images, folders or files with policies of a cluster, teams that CODEOWNERS names."""

    images: tuple[FoundImage, ...] = ()
    policies: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    unread: int = 0


def starter(found: Found, most: int = MOST) -> str:
    """Write the policy, leaving out images from the end until it takes at most `most` characters in an address."""
    images = sorted(found.images, key=lambda one: (not one.signers and not one.builders, str(one.name)))
    low, high = 0, len(images)
    while low < high:
        middle = (low + high + 1) // 2
        if _length(_text(found, images[:middle], len(images) - middle)) <= most:
            low = middle
        else:
            high = middle - 1
    return _text(found, images[:low], len(images) - low)


def _length(text: str) -> int:
    return len(quote(text, safe=""))


def _text(found: Found, images: Sequence[FoundImage], left_out: int) -> str:
    names = _names(images)
    parts = (_head(found, left_out), _signers(images, names), _scopes(images, names), _reviews(found))
    return "\n".join(line for part in parts for line in part) + "\n"


def _head(found: Found, left_out: int) -> Iterable[str]:
    yield "# Proposed by Assay from what this repository holds. Read it first: to commit it is to trust these signers."
    if left_out:
        yield f"# {left_out} more images would not fit; no scope names them, so they get what unmatched says."
    if found.unread:
        yield f"# {found.unread} files were not looked into."
    yield "version: 1"
    yield "mode: observe  # says what it would block, and blocks nothing; enforce when you agree with what it says"
    yield "unmatched: review"


def _usable(signer: SignedBy) -> bool:
    plain = _PLAIN.fullmatch(signer.identity) and _ISSUER.fullmatch(signer.issuer)
    return bool(plain and "*" not in signer.identity and (not signer.root or _ROOT.fullmatch(signer.root)))


def _written(signers: Iterable[SignedBy]) -> tuple[SignedBy, ...]:
    """Return the signers that can be written."""
    return tuple(sorted({one for one in signers if _usable(one)}))


def _of(image: FoundImage) -> tuple[SignedBy, ...]:
    """Return whoever signed anything of an image."""
    return _written((*(image.signers or ()), *image.builders))


def _names(images: Iterable[FoundImage]) -> dict[SignedBy, str]:
    """Give each signer a short name of its own."""
    names: dict[SignedBy, str] = {}
    taken: set[str] = set()
    for signer in sorted({one for image in images for one in _of(image)}):
        match = _WORKFLOW.fullmatch(signer.identity)
        words = " ".join(match.groups()) if match else signer.identity.partition("://")[2] or signer.identity
        stem = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")[:48].strip("-")
        if not _WORD.fullmatch(stem):
            # Alone it might be a number to YAML, or a truth value.
            stem = f"signer-{stem}".rstrip("-")
        name, number = stem, 1
        while name in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name)
        names[signer] = name
    return names


def _signers(images: Sequence[FoundImage], names: dict[SignedBy, str]) -> Iterable[str]:
    if not names:
        return
    yield "signers:"
    for signer, name in names.items():
        proofs = [image.proof or str(image.name) for image in images if signer in _of(image)]
        more = f" and {len(proofs) - 1} more" if len(proofs) > 1 else ""
        yield f"  # It signed {_comment(proofs[0])}{more}. Is that who should?"
        yield f"  {name}:"
        yield f"    issuer: {_quoted(signer.issuer)}"
        yield f"    {_identity(signer.identity)}"
        if signer.root:
            yield f"    root: {_quoted(signer.root)}"


def _identity(identity: str) -> str:
    match = _VERSION_TAG.fullmatch(identity)
    if match:
        pattern = f"{_escaped(match[1])}[0-9.]+"
        if not fault(pattern):
            return f"identity-pattern: {_quoted(pattern)}  # any version, for it signs as its tag"
    return f"identity: {_quoted(identity)}"


def _escaped(text: str) -> str:
    return re.sub(r"([.+*?()|\[\]{}^$\\])", r"\\\1", text)


def _scopes(images: Sequence[FoundImage], names: dict[SignedBy, str]) -> Iterable[str]:
    groups: dict[_Asked, list[str]] = {}
    for image in images:
        asked = _Asked(_written(image.signers or ()), _written(image.builders), image.signers is None, image.pinned)
        groups.setdefault(asked, []).append(str(image.name))
    if groups:
        yield "images:"
    for number, (asked, members) in enumerate(groups.items(), start=1):
        yield f"  - name: {asked.title} {number}"
        yield "    match:"
        yield from (f"      - {_quoted(name)}" for name in members)
        if asked.signers:
            yield f"    signature: [{', '.join(names[one] for one in asked.signers)}]"
        if asked.builders:
            yield "    attestations:"
            yield "      - type: slsa-provenance"
            yield f"        signers: [{', '.join(names[one] for one in asked.builders)}]"
        if asked.pinned:
            yield "    pinned: true"


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a scope asks; images of which the same can be asked share one."""

    signers: tuple[SignedBy, ...]
    builders: tuple[SignedBy, ...]
    unseen: bool
    pinned: bool

    @property
    def title(self) -> str:
        if self.signers or self.builders:
            return "signed"
        return "not looked up" if self.unseen else "no signer found"


def _reviews(found: Found) -> Iterable[str]:
    paths = list(dict.fromkeys(path for path in found.policies if _is_glob(path)))
    if not paths:
        return
    yield "reviews:"
    yield "  # Policies of the cluster: a change to them asks for one more approval."
    yield "  - name: cluster policies"
    yield "    paths:"
    yield from (f"      - {_quoted(path)}" for path in paths[:_MOST_PATHS])
    if len(paths) > _MOST_PATHS:
        yield f"      # {len(paths) - _MOST_PATHS} more places hold policies"
    teams = list(dict.fromkeys(team.lower() for team in found.teams if _TEAM.fullmatch(team)))[:_MOST_TEAMS]
    yield f"    teams: [{', '.join(_quoted(team) for team in teams)}]" if teams else "    permission: maintain"


def _is_glob(path: str) -> bool:
    plain = bool(_PLAIN.fullmatch(path))
    try:
        PathGlob(path)
    except InvalidGlob:
        return False
    return plain


def _quoted(text: str) -> str:
    # A JSON text of plain characters is a YAML text that means the same; patterns read better as they are.
    return f"'{text}'" if "\\" in text and "'" not in text else json.dumps(text)


def _comment(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else "an image of another spelling"
