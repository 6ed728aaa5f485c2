"""The page behind a status: the whole of what was judged, image by image, list by list, and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from flask import Response, request
from werkzeug.exceptions import NotFound

from app.adapters.ledger.pages import Kept
from app.core.pull_request import assessment_path
from app.core.verdict import Outcome
from app.web.pages.changes import A_PAGE, MOST_CHANGES, PARTS, Change, listed, measures
from app.web.pages.documents import NotReadable
from app.web.pages.front import Front
from app.web.pages.node import Node
from app.web.pages.visitors import Place

MOST: Final = 1000
"""Entries of a list that has no page of its own; beyond them the page names the JSON."""

_PIECE: Final = 1_000_000
_NOT_YET: Final = "Nothing was judged there yet. A look mostly takes less than a minute; then this page shows it."


@dataclass(frozen=True, slots=True)
class Where:
    """What an address names: a pull request, at the newest head that was judged where none is given."""

    repository_id: int
    number: int
    head: str | None = None


class AssessmentPages:
    """Answers below `/repositories/<id>/pulls/<number>`."""

    def __init__(self, front: Front) -> None:
        """Bind the front."""
        self._front = front

    def show(self, where: Where) -> Response:
        """Show what was judged of a pull request."""
        place, kept = self._kept(where)
        try:
            document = self._front.documents.node(kept.id)
        except NotReadable as problem:
            return self._unreadable(place, kept, str(problem))
        base = _base(place, kept)
        found = document.items("changes")
        changes = [Change.of(node, f"{base}/changes/{at}") for at, node in enumerate(found[:MOST_CHANGES])]
        return self._front.page(
            "assessment.html",
            **self._common(place, kept, document),
            changes=changes,
            subjects=_subjects(changes),
            reasons=reasons(document.items("findings")),
            more_changes=len(found) - len(changes),
            newer=self._newer(place, kept),
            github_url=self._front.on_github(place, f"/pull/{kept.number}" if kept.number else ""),
        )

    def change(self, where: Where, index: int) -> Response:
        """Show all of one image change."""
        place, kept, document, change = self._change(where, index)
        lists = [found for part in PARTS if (found := listed(change, part)).total]
        return self._front.page(
            "change.html",
            **self._common(place, kept, document),
            change=change,
            node=change.node,
            measures=measures(change.node),
            lists=lists,
        )

    def listing(self, where: Where, index: int, part: str) -> Response:
        """Show one list of an image change, a thousand entries a page."""
        page = request.args.get("page", "1")
        if part not in PARTS or not (page.isascii() and page.isdigit() and len(page) <= len("99999") and int(page) > 0):
            raise NotFound
        place, kept, document, change = self._change(where, index)
        one = listed(change, part, int(page))
        pages = max(1, -(-one.kept // A_PAGE))
        if int(page) > pages:
            raise NotFound
        return self._front.page(
            "listing.html",
            **self._common(place, kept, document),
            change=change,
            one=one,
            page=int(page),
            pages=pages,
        )

    def document(self, where: Where) -> Response:
        """Hand out the document as it was recorded, whatever its size and form."""
        _, kept = self._kept(where)
        answer = Response(self._pieces(kept), mimetype="application/json")
        answer.headers["Content-Disposition"] = f'attachment; filename="assay-{kept.number}-{kept.head[:12]}.json"'
        return answer

    def _pieces(self, kept: Kept) -> Iterator[bytes]:
        """Read a document while it is sent, a piece at a time: many may download large ones at once."""
        for start in range(0, kept.size, _PIECE):
            piece = self._front.paging.records.piece(kept.id, start, _PIECE)
            yield piece.encode("utf-8", "backslashreplace")

    def _kept(self, where: Where) -> tuple[Place, Kept]:
        place = self._front.place(where.repository_id)
        records = self._front.paging.records
        kept = records.record(where.repository_id, where.number, where.head)
        if kept is None and where.head is not None:
            # What a pull request says on a merge group's head leads to what was judged of the group.
            kept = records.record(where.repository_id, 0, where.head)
        if kept is None:
            raise NotReadable(_NOT_YET)
        return place, kept

    def _change(self, where: Where, index: int) -> tuple[Place, Kept, Node, Change]:
        place, kept = self._kept(where)
        document = self._front.documents.node(kept.id)
        found = document.items("changes")
        if index >= len(found):
            raise NotFound
        return place, kept, document, Change.of(found[index], f"{_base(place, kept)}/changes/{index}")

    def _newer(self, place: Place, kept: Kept) -> str:
        """Return the address of what was judged after it, empty for nothing; of merge groups each is its own."""
        newest = self._front.paging.records.record(place.known.id, kept.number, None) if kept.number else kept
        return "" if newest is None or newest.head == kept.head else _base(place, newest)

    def _common(self, place: Place, kept: Kept, document: Node) -> dict[str, object]:
        return {
            "place": place,
            "kept": kept,
            "doc": document,
            "what": what(kept),
            "most": MOST,
            "repository_url": f"/repositories/{place.known.id}",
            "assessment_url": _base(place, kept),
            "json_url": f"{_base(place, kept)}/assessment.json",
        }

    def _unreadable(self, place: Place, kept: Kept, problem: str) -> Response:
        return self._front.message(
            200,
            f"{what(kept)} of {place}",
            f"{problem} It was judged on {kept.assessed_at:%Y-%m-%d %H:%M} UTC at `{kept.head}`.",
            (f"{_base(place, kept)}/assessment.json", "What was recorded, as JSON"),
        )


def reasons(findings: Iterable[Node]) -> list[Node]:
    """Return the findings that are worth reading first: those that do not pass, and those that a waiver let pass."""
    return [one for one in findings if one.text("outcome") != Outcome.OK.word or one.items("waived")]


def _subjects(changes: Iterable[Change]) -> dict[str, Change]:
    """Say which change a finding speaks of, by the subjects of each change's own findings."""
    return {finding.raw("subject"): change for change in changes for finding in change.node.items("findings")}


def what(kept: Kept) -> str:
    """Name what was judged."""
    return f"Pull request #{kept.number}" if kept.number else "Merge group"


def _base(place: Place, kept: Kept) -> str:
    return assessment_path(place.known.id, kept.number, kept.head)
