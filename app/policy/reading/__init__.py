"""YAML → a policy document, or every fault with its line. The only door: `read`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from app.core import yaml
from app.core.errors import PolicyError, Unreadable
from app.policy.document import Document, Unmatched
from app.policy.reading.mappings import check_custom, read_mappings
from app.policy.reading.nodes import Faults, plain_number
from app.policy.reading.reviews import read_environments, read_reviews
from app.policy.reading.scopes import MODES, read_scopes
from app.policy.reading.signers import KeyRing, read_signers
from app.policy.reading.waivers import read_waiver_terms
from app.policy.waiver_terms import WaiverTerms

_KEYS = ("version", "mode", "unmatched", "solo", "signers", "images", "reviews", "mappings", "waivers")
_SOURCES = "unresolved-sources"
_UNMATCHED = {"block": Unmatched.BLOCK, "review": Unmatched.REVIEW, "allow": Unmatched.ALLOW}
_REVIEW_KEYS = ("environments", "request-reviewers")


def read(text: str, path: str, ring: KeyRing) -> tuple[Document, tuple[PolicyError, ...]]:
    """Read one policy file; with any fault the document is not to be used. Never raises.

    With `ring.inline_only` it is read as a floor: keys stand in it, and it may say `allow-solo`.
    """
    faults = Faults(path)
    try:
        documents = yaml.read(text)
    except Unreadable as error:
        faults.add(error.line, f"the file cannot be read: {error.reason}")
        return Document(), faults.ordered
    root = documents[0] if documents else yaml.Scalar("", 1)
    if isinstance(root, yaml.Scalar) and root.null:
        faults.add(root.line, "the file is empty: it needs at least `version: 1`")
    elif len(documents) > 1:
        faults.add(documents[1].line, "the file has more than one document: remove the --- between them")
    else:
        return _document(root, ring, faults), faults.ordered
    return Document(), faults.ordered


def _flag(fields: Mapping[str, yaml.Node], key: str, faults: Faults) -> bool | None:
    return faults.flag(fields[key], key) if key in fields else None


def _document(root: yaml.Node, ring: KeyRing, faults: Faults) -> Document:
    keys = (*_KEYS, *_REVIEW_KEYS, _SOURCES)
    fields = faults.mapping(root, "the policy", (*keys, "allow-solo") if ring.inline_only else keys)
    if fields is None:
        return Document()
    version = fields.get("version")
    if version is None or plain_number(version) != 1:
        faults.add(version.line if version else root.line, "version must be there and be 1 (version: 1)")
    signers = read_signers(fields["signers"], ring, faults) if "signers" in fields else {}
    mappings = read_mappings(fields["mappings"], faults) if "mappings" in fields else ()
    check_custom(fields.get("images"), mappings, faults)
    scopes = read_scopes(fields["images"], signers, faults) if "images" in fields else ()
    environments = read_environments(fields["environments"], faults) if "environments" in fields else {}
    return Document(
        mode=faults.choice(fields["mode"], "mode", MODES) if "mode" in fields else None,
        unmatched=faults.choice(fields["unmatched"], "unmatched", _UNMATCHED) if "unmatched" in fields else None,
        solo="solo" in fields and faults.flag(fields["solo"], "solo"),
        allow_solo="allow-solo" not in fields or faults.flag(fields["allow-solo"], "allow-solo"),
        signers={name: rule for name, rule in signers.items() if rule is not None},
        scopes=tuple(replace(one, mappings=mappings) for one in scopes),
        mappings=mappings,
        reviews=read_reviews(fields["reviews"], environments, faults) if "reviews" in fields else (),
        request_reviewers=_flag(fields, "request-reviewers", faults),
        key_paths=frozenset(ring.named),
        unresolved_sources=faults.choice(fields[_SOURCES], _SOURCES, _UNMATCHED) if _SOURCES in fields else None,
        waivers=_waivers(fields.get("waivers"), ring, faults),
        environments=environments,
    )


def _waivers(node: yaml.Node | None, ring: KeyRing, faults: Faults) -> WaiverTerms:
    return WaiverTerms() if node is None else read_waiver_terms(node, faults, floor=ring.inline_only)
