"""Who may see the pages after the first hour: the same people, by the same sessions, as every other page."""

from __future__ import annotations

from dataclasses import dataclass

from app.adapters.github.readers import Standing
from app.core.sweep import RepositoryRef
from app.web.pages.front import Front
from app.web.pages.visitors import NotShown, SignedOut


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Lets people in by their session."""

    front: Front

    def operator(self) -> None:
        """Let an operator in; raises `NotSignedIn`, or what answers 404."""
        self.front.operator()

    def somebody(self) -> None:
        """Let in whoever is signed in; raises `NotSignedIn`."""
        self.front.session()

    def reader(self, repository: RepositoryRef) -> None:
        """Let in whoever may read the repository now; raises `NotShown`, `SignedOut` or `Unavailable`."""
        with self.front.visitors.waiting():
            standing, _ = self.front.paging.readers.standing(repository, self.front.session().person)
        if standing is Standing.SOMEBODY_ELSE:
            raise SignedOut
        if standing is not Standing.MAY:
            raise NotShown
