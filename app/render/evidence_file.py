"""Evidence files: what is known of the images that changed in each manifest, as JSON that equal facts make equal."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from app.core.assessment import AssessedChange, AssessedImage, PolicyIdentity
from app.core.attestation import Conclusion, TrustedStatement
from app.core.evidence_file import SCHEMA, beside, is_evidence_file
from app.core.inventory import Artifact
from app.core.posture import Value
from app.render import document
from app.render.document import Json

# Argo CD applies every JSON file of a plain folder, but not one that holds this text.
_NO_MANIFEST = "+argocd:skip-file-rendering"
_NO_ASCII = re.compile(r"[^\n -~]")


def manifests(changes: Iterable[AssessedChange]) -> frozenset[str]:
    """Return the manifests that have an evidence file: an image in them is new or another one.

    What is named as an evidence file itself has none.
    """
    uses = (use for change in changes if change.after is not None for use in change.change.uses)
    return frozenset(use.path for use in uses if not is_evidence_file(use.path))


def evidence_files(
    changes: Iterable[AssessedChange], policy: PolicyIdentity, wanted: Collection[str]
) -> Mapping[str, str]:
    """Return the evidence files of those `wanted` manifests that have one, by the file's path.

    There is nothing in it that another look would say otherwise of the same facts: no clock, no commit, no verdict.
    """
    by_path: defaultdict[str, dict[tuple[str, str], Json]] = defaultdict(dict)
    for change in changes:
        if change.after is None:
            continue
        key = (str(change.after.evidence.reference), change.change.artifact.value)
        image = _image(change.after, change.change.artifact)
        for path in {use.path for use in change.change.uses if use.path in wanted and not is_evidence_file(use.path)}:
            by_path[beside(path)][key] = image
    return {path: _text(images, policy) for path, images in sorted(by_path.items())}


def message(head: str, policy: PolicyIdentity) -> tuple[str, str]:
    """Return headline and body of the commit that adds them: what a file itself must not hold stands here."""
    floor = f"Floor: {policy.floor_commit}\n" if policy.floor_commit else ""
    body = (
        "Written by Assay. Nothing is decided by what these files say.\n\n"
        f"Judged-head: {head}\nPolicy: {policy.commit}\n{floor}"
    )
    return "Say what is known of the changed images", body


def _text(images: Mapping[tuple[str, str], Json], policy: PolicyIdentity) -> str:
    written = document.text(
        {
            "schema": SCHEMA,
            "argocd": _NO_MANIFEST,
            "policy": {
                "path": policy.path,
                "sha256": policy.digest or None,
                "floor_sha256": policy.floor_digest or None,
            },
            "images": [images[key] for key in sorted(images)],
        }
    )
    # In JSON these stand in strings only. People read it in a pull request: nothing in it may turn or hide a line.
    return _NO_ASCII.sub(lambda found: json.dumps(found[0])[1:-1], written)


def _image(image: AssessedImage, artifact: Artifact) -> Json:
    evidence = image.evidence
    return {
        "image": str(evidence.reference),
        "artifact": artifact.value,
        "digest": None if evidence.digest is None else str(evidence.digest),
        "signature": _conclusion(image.signature),
        "attestations": [{"what": one.what, **_conclusion(one)} for one in image.attestations],
        "measures": {key: _value(one.value) for key, one in sorted(image.posture.measures.items())},
        "statements": _statements(image.trusted),
    }


def _conclusion(one: Conclusion) -> dict[str, object]:
    return {"word": one.word.value, "signer": document.signer(one.signer)}


def _value(value: Value) -> object:
    return sorted(value) if isinstance(value, frozenset) else value


def _statements(trusted: Iterable[TrustedStatement]) -> list[Json]:
    """List what was relied on, each once and in its own order: where it was found first is chance."""
    found = {
        (
            one.statement.predicate_type,
            one.digest,
            one.signer.label,
            "" if one.verified_at is None else one.verified_at.isoformat(),
        ): one
        for one in trusted
    }
    return [
        {
            "predicate_type": kind,
            "signer": document.signer(found[kind, digest, label, at].signer),
            "verified_at": at or None,
            "digest": digest or None,
        }
        for kind, digest, label, at in sorted(found)
    ]
