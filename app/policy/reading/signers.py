"""Reads `signers`: keyless identities and public keys."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime

from app.core import yaml
from app.policy.patterns import fault
from app.policy.reading.keys import BEGIN, KeyFault, read_key
from app.policy.reading.nodes import Faults, shown
from app.policy.signers import HeldKey, Keyless, SignerRule

# Never as long as a fingerprint, so that no name can be taken for one.
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._ -]{0,61}[A-Za-z0-9._-])?")
_ISSUER = re.compile(r"https://[^\s/?#@]+(?:/[^\s?#]*)?")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:[Zz]|[+-]\d\d:\d\d)")
_ROOT = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
_KEYS = ("issuer", "identity", "identity-pattern", "key", "not-before", "not-after", "root", "log")
_LOG = {"required": True, "not-required": False}


@dataclass(slots=True)
class KeyRing:
    """The key files as read, and what was learned of them.

    `files` maps a path to its content, `None` for a file that is not there or cannot be read; `files` itself is `None`
    when the key files were not read at all, and then they are not checked. `known` maps a key's fingerprint to the
    name under which it was met first, `named` collects the paths. `owner` is whose floor is read with `inline_only`.
    """

    files: Mapping[str, bytes | str | None] | None
    inline_only: bool = False
    owner: str = "floor"
    known: MutableMapping[str, str] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)


def read_signers(node: yaml.Node, ring: KeyRing, faults: Faults) -> dict[str, SignerRule | None]:
    """Read all signers by name; `None` for one that is wrong, so that its uses are not faults as well."""
    found: dict[str, SignerRule | None] = {}
    for entry in faults.entries(node, "signers"):
        name = entry.key.text
        if not _NAME.fullmatch(name):
            faults.add(
                entry.key.line, f"the signer name {shown(name)} must be 1 to 63 letters, digits, dots, dashes or spaces"
            )
        before = len(faults.found)
        # A floor's signer must not be taken for one of the repository's own that has the same name.
        rule = _signer(f"{ring.owner}/{name}" if ring.inline_only else name, entry.value, ring, faults)
        found[name] = rule if len(faults.found) == before else None
    return found


def _signer(name: str, node: yaml.Node, ring: KeyRing, faults: Faults) -> SignerRule | None:
    what = f"signer {shown(name)}"
    fields = faults.mapping(node, what, _KEYS)
    if fields is None:
        return None
    if "key" in fields:
        if fields.keys() & {"issuer", "identity", "identity-pattern"}:
            faults.add(node.line, f"{what} has both a key and a keyless identity: make two signers of it")
        return _held_key(name, fields, ring, faults)
    if fields.keys() & {"not-before", "not-after"}:
        faults.add(node.line, f"{what} has a time window, which only a key can have")
    if "log" in fields:
        faults.add(
            fields["log"].line, f"{what} says log, which only a key can: a certificate always needs a proved time"
        )
    return _keyless(name, node, fields, faults)


def _keyless(name: str, node: yaml.Node, fields: Mapping[str, yaml.Node], faults: Faults) -> Keyless | None:
    what = f"signer {shown(name)}"
    if "issuer" not in fields:
        faults.add(node.line, f"{what} has no issuer: an identity means nothing without who vouches for it")
    if ("identity" in fields) is ("identity-pattern" in fields):
        faults.add(node.line, f"{what} needs exactly one of identity and identity-pattern")
    issuer = faults.text(fields["issuer"], f"issuer of {what}") if "issuer" in fields else None
    if issuer is not None and not _ISSUER.fullmatch(issuer):
        faults.add(fields["issuer"].line, f"issuer of {what} must be an https URL, exactly as in the certificates")
    identity = faults.text(fields["identity"], f"identity of {what}") if "identity" in fields else None
    if identity is not None and "*" in identity:
        faults.add(
            fields["identity"].line, f"identity of {what} is compared exactly: use identity-pattern for patterns"
        )
    pattern = None
    if "identity-pattern" in fields:
        pattern = faults.text(fields["identity-pattern"], f"identity-pattern of {what}")
        if pattern is not None and (why := fault(pattern)):
            faults.add(fields["identity-pattern"].line, f"identity-pattern of {what}: {why}")
    root = _root(what, fields, faults)
    return None if issuer is None else Keyless(name, issuer, identity, pattern, root)


def _root(what: str, fields: Mapping[str, yaml.Node], faults: Faults) -> str | None:
    """Return the trusted root that a signer is bound to: exactly one (AT-062), `None` for the default."""
    if "root" not in fields:
        return None
    root = faults.text(fields["root"], f"root of {what}")
    if root is not None and not _ROOT.fullmatch(root):
        faults.add(fields["root"].line, f"root of {what} must be the name of one trusted root (public-good, github …)")
    return None if root == "default" else root


def _held_key(name: str, fields: Mapping[str, yaml.Node], ring: KeyRing, faults: Faults) -> HeldKey | None:
    start = _time(name, "not-before", fields, faults)
    end = _time(name, "not-after", fields, faults)
    if start is not None and end is not None and start >= end:
        faults.add(fields["not-after"].line, f"signer {shown(name)}: not-after must be later than not-before")
    root = _root(f"signer {shown(name)}", fields, faults)
    chosen = faults.choice(fields["log"], f"log of signer {shown(name)}", _LOG) if "log" in fields else None
    content = _content(name, fields["key"], ring, faults)
    if content is None:
        return None
    if not content:  # key files were not read: only the syntax is looked at
        return HeldKey(name, b"", "", name, start, end, root, log_required=chosen is not False)
    key = read_key(content)
    if isinstance(key, KeyFault):
        faults.add(fields["key"].line, f"the key of signer {shown(name)} {key.reason}")
        return None
    known_as = ring.known.setdefault(key.fingerprint, name)
    return HeldKey(name, key.pem, key.fingerprint, known_as, start, end, root, log_required=chosen is not False)


def _content(name: str, node: yaml.Node, ring: KeyRing, faults: Faults) -> bytes | str | None:
    """Return the key's text, an empty text when key files were not read, `None` after a fault."""
    if isinstance(node, yaml.Scalar) and node.text.lstrip().startswith(BEGIN):
        return node.text
    path = faults.text(node, f"key of signer {shown(name)}")
    if path is None:
        return None
    if why := _no_key_path(path, ring):
        faults.add(node.line, f"the key of signer {shown(name)} {why}")
        return None
    ring.named.add(path)
    content = "" if ring.files is None else ring.files.get(path)
    if ring.files is not None and not content:
        faults.add(node.line, f"the key file {shown(path)} is not there or cannot be read: add it to the base branch")
        return None
    return content


def _no_key_path(path: str, ring: KeyRing) -> str:
    if ring.inline_only:
        return "must stand in the floor itself, as PEM (key: |)"
    if path.startswith("/") or any(part in ("", ".", "..") for part in path.split("/")):
        return "must be a path from the repository's root"
    return ""


def _time(name: str, key: str, fields: Mapping[str, yaml.Node], faults: Faults) -> datetime | None:
    if key not in fields:
        return None
    text = faults.text(fields[key], f"{key} of signer {shown(name)}")
    try:
        if text is not None and _TIME.fullmatch(text):
            return datetime.fromisoformat(text.upper())
    except ValueError:
        pass
    if text is not None:
        faults.add(fields[key].line, f"{key} of signer {shown(name)} must be a time with zone (2026-01-31T00:00:00Z)")
    return None
