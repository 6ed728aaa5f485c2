"""The job of a comment: what somebody asks for in it is answered, where that person may ask."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from app.core.command import Command, Reaction, Word
from app.core.pull_request import PullRequestRef
from app.jobs.asking import may_ask
from app.jobs.ports import Clock, Documents, Forge
from app.render.commands import HELP, Judged, explained, proposed, waiver

_log = logging.getLogger(__name__)
_A_MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class CommandJob:
    """Answers commands; what it says was judged and kept before, nothing is judged for it."""

    forge: Forge
    documents: Documents
    clock: Clock

    def run(self, ref: PullRequestRef, login: str, command: Command) -> None:
        """Answer by a comment and a reaction; a line that is no command, or of somebody without a say, by 👎 alone.

        Raises `Unavailable` when GitHub or the database does not answer; done twice it says nothing twice.
        """
        page = self.forge.open(ref)
        if command.word is Word.UNKNOWN:
            page.react(command.comment, Reaction.NO)
            return
        pull = page.get()
        if not may_ask(page, pull, login):
            _log.info("a command of somebody without a say")
            page.react(command.comment, Reaction.NO)
            return
        text = HELP
        if command.word is not Word.HELP:
            kept = self.documents.history(ref, 1)
            judged = Judged.read(kept[0][2]) if kept else None
            if judged is None:
                page.react(command.comment, Reaction.NO)
                return
            text = explained(command, judged)
            if command.word is Word.WAIVE:
                file = waiver(command, judged.failing(command), login, (self.clock() + _A_MONTH).date())
                link = "" if file is None else page.new_file_link(file.path, file.text)
                text = proposed(command, file, link)
        page.answer(command.comment, text)
        page.react(command.comment, Reaction.DONE)
