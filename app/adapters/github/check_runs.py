"""The report beside the verdict: one check run on the head that was judged. It gates nothing, whatever becomes of it.

GitHub adds the annotations of an update to those that are there and takes none away. So a report whose annotations
changed is a new run of the same name, which stands before the old one; any other change is an update.
"""

from __future__ import annotations

import hashlib
import logging
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.adapters.github.client import Client
from app.adapters.github.failures import NotGranted, Refused
from app.adapters.github.operations import CHECK_RUN, CHECK_RUNS, EDIT_CHECK_RUN
from app.adapters.github.publishing import safe
from app.adapters.github.shapes import needed_whole, rows, whole, words
from app.core.errors import Unavailable
from app.core.pull_request import Annotation, PullRequestRef, Report, assessment_path

NAME: Final = "Assay report"
PERMISSIONS: Final = (("checks", "write"), ("metadata", "read"))
BATCH: Final = 50
"""Annotations that GitHub takes at once."""

MAX_FIELD: Final = 65_535
MAX_TITLE: Final = 255
FORBIDDEN: Final = 403
_ASK_AGAIN: Final = 60.0
_PER_PAGE: Final = 100
_CUT: Final = "\n\n*The rest was cut off: it is too long for GitHub.*"
_OURS: Final = re.compile(r"(\d{1,10}):([0-9a-f]{32}):([0-9a-f]{32})", re.ASCII)
NO_REPORT: Final = "no report: this installation has not accepted `checks: write`"
_UNFINISHED: Final = "0" * 32
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """A check run of ours as GitHub shows it: what it holds, by digest; all annotations of it are there."""

    id: int
    text: str
    annotations: str
    shown: int


@dataclass(frozen=True, slots=True)
class CheckRuns:
    """Shows reports; shared by threads. Remembers for a minute which installations did not grant it.

    `pages` is where people read what was judged, `None` for nowhere.
    """

    app_id: int
    pages: str | None = None
    now: Callable[[], float] = time.monotonic
    refused: dict[int, float] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def show(self, place: tuple[Client, PullRequestRef, str], report: Report, room: tuple[int, bool]) -> int:
        """Show a report on a commit and return how many writes it took; never raises.

        `room` are the writes that may be made, of which one is made in any case that needs any, and whether one is
        wanted where nothing changed.
        """
        _, ref, _ = place
        if self._is_refused(ref.installation):
            return 0
        try:
            count = self._show(place, report, room)
        except Unavailable as failure:
            refused = isinstance(failure, Refused) and failure.status == FORBIDDEN and failure.permanent
            if refused or isinstance(failure, NotGranted):
                self._refuse(ref.installation, failure)
            else:
                # One that only has no turn now is left to the next look.
                level = logging.INFO if failure.is_early else logging.WARNING
                _log.log(level, "the report was not written: %s", failure.sentence)
            return 0
        with self.lock:
            self.refused.pop(ref.installation, None)
        return count

    def lacks(self, installation: int) -> bool:
        """Say whether an installation is known not to grant it, as far as was seen last."""
        with self.lock:
            return installation in self.refused

    def _show(self, place: tuple[Client, PullRequestRef, str], report: Report, room: tuple[int, bool]) -> int:
        client, ref, head = place
        writes, anew = room
        text, annotations = _digest(_body_of(report)), _digest(repr(report.annotations))
        found = self._standing(place)
        if found is not None and found.annotations == annotations:
            if found.text == text and not anew:
                return 0
            body = _output(report, (), found.shown) | self._marks(place, f"{ref.number}:{text}:{annotations}")
            at = EDIT_CHECK_RUN.at(owner=ref.owner, repo=ref.name, check_run_id=found.id)
            client.send(at.saying(body))
            return 1
        batches = _batches(report.annotations, max(writes, 1))
        call = CHECK_RUN.at(owner=ref.owner, repo=ref.name)
        for number, batch in enumerate(batches):
            # A run that is not whole is known by it, and made anew.
            known = annotations if number == len(batches) - 1 else _UNFINISHED
            marks = self._marks(place, f"{ref.number}:{text}:{known}")
            body = _output(report, batch, sum(map(len, batches))) | marks
            if number == 0:
                made = client.send(call.saying({"name": NAME, "head_sha": head, **body})).json()
                call = EDIT_CHECK_RUN.at(owner=ref.owner, repo=ref.name, check_run_id=needed_whole(made, "id"))
            else:
                client.send(call.saying(body))
        return len(batches)

    def _marks(self, place: tuple[Client, PullRequestRef, str], known_by: str) -> dict[str, object]:
        _, ref, head = place
        if self.pages is None:
            return {"external_id": known_by}
        page = self.pages + assessment_path(ref.repository_id, ref.number, head)
        return {"external_id": known_by, "details_url": page}

    def _standing(self, place: tuple[Client, PullRequestRef, str]) -> Standing | None:
        """Return the newest report of this pull request on the commit: others may have the same head."""
        client, ref, head = place
        call = CHECK_RUNS.at(owner=ref.owner, repo=ref.name, ref=head)
        listed = client.send(call.asking(check_name=NAME, filter="all", app_id=self.app_id, per_page=_PER_PAGE)).json()
        found = []
        for row in rows(listed, "check_runs"):
            ours = _OURS.fullmatch(words(row, "external_id") or "")
            number = whole(row, "id")
            # An older server may not know the filter; what another App calls so is not ours.
            if ours and number is not None and whole(row, "app", "id") == self.app_id and int(ours[1]) == ref.number:
                shown = whole(row, "output", "annotations_count") or 0
                found.append(Standing(number, ours[2], ours[3], shown))
        return max(found, key=lambda one: one.id, default=None)

    def _is_refused(self, installation: int) -> bool:
        with self.lock:
            since = self.refused.get(installation)
            return since is not None and self.now() - since < _ASK_AGAIN

    def _refuse(self, installation: int, failure: Unavailable) -> None:
        with self.lock:
            known = installation in self.refused
            self.refused[installation] = self.now()
        if not known:
            _log.warning("installation %d gets no reports: %s", installation, failure.sentence)


def _batches(annotations: Sequence[Annotation], most: int) -> list[Sequence[Annotation]]:
    return [annotations[at : at + BATCH] for at in range(0, max(len(annotations), 1), BATCH)][:most]


def _body_of(report: Report) -> str:
    return repr((report.title, report.summary, report.text, report.fine))


def _output(report: Report, annotations: Sequence[Annotation], shown: int) -> dict[str, object]:
    """Return what is sent; `shown` of the report's annotations will stand at their lines in the end."""
    left = len(report.annotations) - shown
    rest = f"\n\n*Remarks not shown at their lines: {left}.*" if left > 0 else ""
    output: dict[str, object] = {
        "title": safe(report.title)[:MAX_TITLE],
        "summary": _fit(report.summary, f"\n\n{report.footer}"),
        "text": _fit(report.text, rest),
    }
    if annotations:
        output["annotations"] = [_annotation(one) for one in annotations]
    return {
        "status": "completed",
        # Both let a merge through: nobody can make a gate of it by requiring it.
        "conclusion": "success" if report.fine else "neutral",
        "output": output,
    }


def _fit(text: str, end: str) -> str:
    """Join a text and its end; what is over the bounds is cut: bytes are safe however GitHub counts."""
    shown, end = safe(text), safe(end)
    room = MAX_FIELD - len(end.encode())
    if len(shown.encode()) > room:
        shown = shown.encode()[: room - len(_CUT)].decode(errors="ignore") + _CUT
    return shown + end


def _annotation(one: Annotation) -> dict[str, object]:
    return {
        "path": one.path,
        "start_line": one.line,
        "end_line": one.line,
        "annotation_level": one.level.value,
        "title": safe(one.title)[:MAX_TITLE],
        "message": safe(one.message),
    }


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
