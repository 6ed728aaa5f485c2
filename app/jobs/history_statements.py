"""Signed records of merges as records of a history: each is proved, and what is not whole is a gap.

A statement says less than the kept assessment does: words, measures without their details, digests of what was relied
on; one that was written by an older Assay has no measures.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from app.core.errors import Unavailable
from app.core.history import Gap, KeptRecord
from app.core.merge_record import Kept, check

Json = Mapping[str, object]


class StatementRecords:
    """The records of merges of a folder or branch, read once and held; `gaps` are what is wrong with them.

    `repositories` are GitHub's numbers of those that the proved records are of.
    """

    def __init__(self, records: Iterable[Kept], prove: Callable[[bytes], bytes]) -> None:
        """Check every record and its place; `prove` is as for `core.merge_record.check`."""
        # Many are alike, and all are held.
        self._documents: list[bytes] = []
        self._by_head: dict[str, list[KeptRecord]] = {}
        self._by_number: dict[int, list[KeptRecord]] = {}
        self._by_commit: dict[str, list[KeptRecord]] = {}

        def proving(envelope: bytes) -> bytes:
            payload = prove(envelope)
            self._add(payload)
            return payload

        checked = check(records, proving)
        self.repositories = frozenset(one.repository_id for one in checked.proved)
        self.gaps = tuple(Gap("", "", f"record of a merge {one.where}: {one.sentence}") for one in checked.faults)

    def of_commit(self, commit: str) -> Sequence[KeptRecord]:
        """Return the records that were merged as a commit."""
        return self._by_commit.get(commit, ())

    def of_head(self, head: str) -> Sequence[KeptRecord]:
        """Return the records of a commit that was judged."""
        return self._by_head.get(head, ())

    def of_number(self, number: int) -> Sequence[KeptRecord]:
        """Return the records of pull requests with a number, of every repository."""
        return self._by_number.get(number, ())

    def document(self, record: KeptRecord) -> str:
        """Return what the record says of the assessment, in the shape of one."""
        try:
            return zlib.decompress(self._documents[record.key]).decode()
        except IndexError as error:
            raise Unavailable("the record is gone") from error

    def _add(self, payload: bytes) -> None:
        try:
            statement = json.loads(payload)
            predicate = statement["predicate"]
            merge, commit = predicate["pullRequest"], str(statement["subject"][0]["digest"]["gitCommit"])
            head, number, at = str(merge["head"]), int(merge["number"]), datetime.fromisoformat(str(merge["mergedAt"]))
            repository = str(predicate["repository"]["name"])
            document = json.dumps(_assessment(predicate))
        except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError):
            # The statement is proved and no statement of a merge: `check` told it.
            return
        record = KeptRecord(len(self._documents), repository, number, head, at, commit)
        self._documents.append(zlib.compress(document.encode()))
        self._by_head.setdefault(head, []).append(record)
        self._by_number.setdefault(number, []).append(record)
        self._by_commit.setdefault(commit, []).append(record)


def _assessment(predicate: Json) -> Json:
    """Return what a statement says, in the shape of `assay.check/v1`."""
    verdict, images = predicate.get("verdict"), predicate.get("images")
    return {
        "verdict": verdict.get("word") if isinstance(verdict, Mapping) else "not judged",
        "policy": predicate.get("policy"),
        "changes": [_image(one) for one in images if isinstance(one, Mapping)] if isinstance(images, list) else [],
        "policies": predicate.get("policyChanges"),
        "reviews": predicate.get("reviews"),
        "approvals": predicate.get("approvals"),
        "findings": [{"waived": predicate.get("waivers")}],
        "overrides": predicate.get("overrides"),
    }


def _image(image: Json) -> Json:
    sides = image.get("evidence")
    after = sides.get("after") if isinstance(sides, Mapping) else None
    told: Json = after if isinstance(after, Mapping) else {}
    found = {name: image.get(name) for name in ("repository", "after", "verdict")}
    image_after = {"signature": {"word": told.get("signature")}, "posture": {"measures": told.get("measures")}}
    return {**found, "evidence": {"after": image_after}}
