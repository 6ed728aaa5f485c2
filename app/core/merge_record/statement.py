"""The in-toto statement of a merge, written and read (in-toto Attestation Framework v1; docs/ledger.md has its fields).

What it holds of the assessment is taken from the kept document, and its SHA-256 binds the whole of that.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from app.core.errors import Unreadable
from app.core.merge_record.values import Approved, Json, Link, MergeRecord
from app.core.pull_request import StatusState
from app.core.release import VERSION

STATEMENT: Final = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE: Final = "https://assay.dev/merge/v1"
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SIDES: Final = ("before", "after")
_OF_A_MEASURE: Final = ("label", "value", "better", "at", "basis")


@dataclass(frozen=True, slots=True)
class Claims:
    """What a statement says of its place: which repository, pull request and commit, and which record was before.

    `name` is what the repository was called then, empty where that is not said.
    """

    repository_id: int
    number: int
    commit: str
    link: Link
    name: str = ""


def payload(record: MergeRecord, link: Link) -> bytes:
    """Write the statement: JSON in UTF-8, keys sorted. Made once; what is signed is kept byte for byte."""
    merge = record.merge
    statement = {
        "_type": STATEMENT,
        "subject": [{"name": f"{merge.ref.owner}/{merge.ref.name}", "digest": {"gitCommit": merge.commit}}],
        "predicateType": PREDICATE_TYPE,
        "predicate": _predicate(record, link),
    }
    return json.dumps(statement, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def read(written: bytes) -> Claims:
    """Read what a statement says of its place; raises `Unreadable` when it is no statement of a merge."""
    try:
        found: object = json.loads(written)
    except (ValueError, RecursionError) as error:
        raise Unreadable("is no JSON") from error
    predicate = _object(_object(found).get("predicate"))
    if _object(found).get("predicateType") != PREDICATE_TYPE:
        raise Unreadable("is no record of a merge")
    subjects = _object(found).get("subject")
    subject = _object(subjects[0] if isinstance(subjects, list) and len(subjects) == 1 else None)
    commit = _object(subject.get("digest")).get("gitCommit")
    repository = _object(predicate.get("repository"))
    name = repository.get("name")
    number = _object(predicate.get("pullRequest")).get("number")
    chain = _object(predicate.get("chain"))
    sequence, previous = chain.get("sequence"), chain.get("previous")
    if not isinstance(commit, str) or not _COMMIT.fullmatch(commit):
        raise Unreadable("names no commit")
    if previous is not None and not (isinstance(previous, str) and _DIGEST.fullmatch(previous)):
        raise Unreadable("names no record before it")
    link = Link(_number(sequence), previous or "")
    return Claims(_number(repository.get("id")), _number(number), commit, link, name if isinstance(name, str) else "")


def _object(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise Unreadable("lacks a part")
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise Unreadable("does not say where it belongs")
    return value


def _predicate(record: MergeRecord, link: Link) -> Json:
    merge, document = record.merge, _document(record.document)
    return {
        "chain": {"sequence": link.sequence, "previous": link.previous or None},
        "repository": {"id": merge.ref.repository_id, "name": f"{merge.ref.owner}/{merge.ref.name}"},
        "pullRequest": {
            "number": merge.ref.number,
            "baseRef": merge.base_ref,
            "head": merge.head,
            "mergedAt": merge.at.isoformat(),
            "mergedBy": merge.by,
            "author": merge.author,
        },
        "verdict": None if document is None else _verdict(document),
        "statuses": [{"context": one.context, "state": one.state.value} for one in record.statuses],
        "overrides": list(_overrides(record)),
        "policy": None if document is None else document.get("policy"),
        "images": [_image(one) for one in _listed(document, "changes")],
        "policyChanges": [
            {name: one.get(name) for name in ("path", "resource", "field", "effect", "sentence")}
            for one in _listed(document, "policies")
        ],
        "reviews": [
            {name: one.get(name) for name in ("rule", "state", "needed", "whom", "approvals")}
            for one in _listed(document, "reviews")
        ],
        "approvals": None if merge.approvals is None else [_approval(one, document) for one in merge.approvals],
        "waivers": [
            {"rule": finding.get("rule"), "subject": finding.get("subject"), **waived}
            for finding in _listed(document, "findings")
            for waived in _listed(finding, "waived")
        ],
        "assessment": None if record.document is None else {"digest": {"sha256": _hex(record.document)}},
        "recordedAt": record.recorded_at.isoformat(),
        "recorder": {"name": "assay", "version": VERSION},
    }


def _overrides(record: MergeRecord) -> Iterable[str]:
    """Say what the merge went around: an auditor asks for this first."""
    if record.document is None:
        yield "the merged head was never judged"
    elif not record.statuses:
        yield "no status was the last word on the merged head"
    for one in record.statuses:
        if one.state is not StatusState.SUCCESS:
            yield f"{one.context} was {one.state.value}"


def _document(text: str | None) -> Json | None:
    if text is None:
        return None
    found: object = json.loads(text)
    return found if isinstance(found, dict) else {}


def _verdict(document: Json) -> Json:
    names = {"verdict": "word", "effective": "effective", "reason": "reason", "assessed_at": "assessedAt"}
    return {written: document.get(name) for name, written in names.items()}


def _approval(one: Approved, document: Json | None) -> Json:
    person = one.person
    return {
        "login": None if person is None else person.login,
        "id": None if person is None else person.id,
        "bot": person is not None and person.bot,
        "at": one.at.isoformat(),
        "commit": one.commit,
        "canPush": one.can_push,
        "otherBase": one.other_base,
        "wroteCommits": one.wrote,
        "countedFor": sorted(set(_counted_for(one, document))),
    }


def _counted_for(one: Approved, document: Json | None) -> Iterable[str]:
    """Yield the rules for which an approval counted when the merged head was judged last."""
    for demand in _listed(document, "reviews") if one.person is not None else ():
        for looked_at in _listed(demand, "approvals"):
            same = (looked_at.get("id"), looked_at.get("commit")) == (one.person and one.person.id, one.commit)
            if same and looked_at.get("counted") is True:
                yield str(demand.get("rule"))


def _image(change: Json) -> Json:
    found: dict[str, object] = {name: change.get(name) for name in ("repository", "artifact", *_SIDES)}
    if "repository_before" in change:
        found["repositoryBefore"] = change["repository_before"]
    evidence = change.get("evidence")
    sides = evidence if isinstance(evidence, dict) else {}
    return {
        **found,
        "verdict": change.get("verdict"),
        "evidence": {side: _evidence(sides.get(side)) for side in _SIDES},
    }


def _evidence(image: object) -> Json | None:
    """Keep what was relied on: the digest, the words, the measures, each trusted statement by its signer and digest."""
    if not isinstance(image, dict):
        return None
    signature = image.get("signature")
    return {
        "digest": image.get("digest"),
        "signature": signature.get("word") if isinstance(signature, dict) else None,
        "attestations": [{name: one.get(name) for name in ("what", "word")} for one in _listed(image, "attestations")],
        "statements": [
            {
                "predicateType": one.get("predicate_type"),
                "signer": one.get("signer"),
                "verifiedAt": one.get("verified_at"),
                "digest": one.get("digest"),
            }
            for one in _listed(image, "signed")
            if one.get("trusted") is True
        ],
        "measures": dict(_measures(image.get("posture"))),
    }


def _measures(posture: object) -> Iterable[tuple[str, Json]]:
    """Yield what was measured: numbers, flags and words. Lists and details may be long; the assessment has them."""
    measures = posture.get("measures") if isinstance(posture, dict) else None
    for key, one in measures.items() if isinstance(measures, dict) else ():
        if isinstance(one, dict) and isinstance(one.get("value"), int | float | str):
            yield key, {name: one.get(name) for name in _OF_A_MEASURE}


def _listed(holder: Json | None, name: str) -> tuple[Json, ...]:
    rows = (holder or {}).get(name)
    return tuple(one for one in rows if isinstance(one, dict)) if isinstance(rows, list) else ()


def _hex(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
