"""Introducing ourselves: a status on a branch that is judged, so that it can be picked when a rule is made."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from app.core.errors import Unavailable
from app.core.pull_request import PullRequestRef
from app.core.sweep import Reach, Sweep
from app.jobs.ports import Branches, Forge, Looks
from app.render.status import introduced

_log = logging.getLogger(__name__)
_AT_FIRST = (Reach.ALL, Reach.NEW)


@dataclass(frozen=True, slots=True)
class Introduction:
    """Sets both contexts to `pending` on the default branch's tip of a repository where nothing was judged yet."""

    forge: Forge
    branches: Branches
    looks: Looks

    def run(self, sweep: Sweep) -> bool:
        """Do so where a sweep goes over all of a repository that has a policy; say whether anything was to be said.

        GitHub offers a context only once it was set somewhere. Where a pull request was judged it was, and nothing is
        set over a verdict. Raises `Unavailable` when GitHub or the database does not answer now.
        """
        repository = sweep.repository
        if repository is None or sweep.reach not in _AT_FIRST or self.looks.looks(repository.id):
            return False
        try:
            found = self.branches.judged_branch(repository)
            if found is None:
                return False
            branch, tip = found
            place = PullRequestRef(repository.installation, repository.id, repository.owner, repository.name, 0)
            self.forge.open(place).announce_on(tip, introduced(branch))
        except Unavailable as error:
            if not error.permanent:
                raise
            _log.warning("no introduction: %s", error)
            return False
        return True
