"""Whether the files that settings name are what they must be: every fault at once, as with the settings themselves."""

from __future__ import annotations

from app.bootstrap.floor import operator_floor
from app.bootstrap.proving import exploit_lists, verifier
from app.bootstrap.registries import registries
from app.core.errors import Error
from app.settings import Settings


class WrongFiles(Error):
    """Files that settings name are wrong; `sentences` has one for each."""

    def __init__(self, errors: tuple[Error, ...]) -> None:
        """Keep each of them."""
        super().__init__("\n".join(str(error) for error in errors))
        self._errors = errors

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is to be said, a sentence a line."""
        return tuple(str(error) for error in self._errors)


def refuse_wrong_files(settings: Settings) -> None:
    """Raise `WrongFiles` when any of them is wrong."""
    wrong: list[Error] = []
    for read in (operator_floor, exploit_lists, registries, verifier):
        try:
            read(settings)
        except Error as error:
            wrong.append(error)
    if wrong:
        raise WrongFiles(tuple(wrong))
