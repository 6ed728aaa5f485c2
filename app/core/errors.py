"""The errors that cross a module boundary, by who must act.

    Error
    ├── PolicyError   the author of a policy file or waiver must act
    ├── Unreadable    a file of the repository cannot be read as what it claims to be; its author must act
    ├── InvalidReference   a string is no image reference
    ├── Moved         what was judged is no longer what is there; look again
    └── Unavailable   the world did not answer; trying again may help
        ├── NotYet        nothing is wrong: it is not our turn yet
        ├── Unsaid        the verdict is shown, only the comment is not
        ├── Owed          the verdict is shown, what should follow it is to be tried again
        └── Gone          there is nothing to judge any more where this was asked

Anything else that is raised is a bug of ours.
"""

from __future__ import annotations


class Error(Exception):
    """Something expected went wrong; `str()` is one plain sentence for a person."""

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is to be said to a person: one sentence, but where several things went wrong at once."""
        return (str(self),)


class PolicyError(Error):
    """A policy file, waiver or key file is wrong.

    `path` is the file in the repository; `line` is 1-based, `None` when no line can be named.
    """

    def __init__(self, sentence: str, *, path: str, line: int | None = None) -> None:
        """Keep the sentence and the place it speaks of."""
        super().__init__(sentence)
        self.sentence = sentence
        self.path = path
        self.line = line

    def __str__(self) -> str:
        """Say `path:line: sentence`."""
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.sentence}"


class Unreadable(Error):
    """A file or document cannot be read; `reason` is one plain clause, `line` is 1-based or `None`."""

    def __init__(self, reason: str, *, line: int | None = None) -> None:
        """Keep the reason and the line it was met on."""
        super().__init__(reason)
        self.reason = reason
        self.line = line


class InvalidReference(Error):
    """A string is not an image reference, or not one that has a single meaning."""


class Unavailable(Error):
    """The world did not answer as it should; `retry_after` is in seconds, `None` when nobody said.

    `permanent` means that waiting alone will not help (a permission or a credential is missing). `is_early`: nothing
    went wrong, it only has to be done later.
    """

    def __init__(self, sentence: str, *, retry_after: float | None = None, permanent: bool = False) -> None:
        """Keep the sentence and what it says about trying again."""
        super().__init__(sentence)
        self.sentence = sentence
        self.retry_after = retry_after
        self.permanent = permanent
        self.is_early = False


class NotYet(Unavailable):
    """Nothing went wrong: what was to be done has its turn in `retry_after` seconds, and is no failed try."""

    def __init__(self, sentence: str, *, retry_after: float) -> None:
        """Keep the sentence and the turn."""
        super().__init__(sentence, retry_after=retry_after)
        self.is_early = True


class Unsaid(Unavailable):
    """The comment could not be written; the statuses were, and stand."""


class Owed(Unavailable):
    """The verdict is shown and stands; something that should follow it is owed, and another look will do it."""

    @classmethod
    def of(cls, failure: Unavailable) -> Owed:
        """Say so of a failure that may pass."""
        owed = cls(failure.sentence, retry_after=failure.retry_after)
        owed.is_early = failure.is_early
        return owed


class Gone(Unavailable):
    """The installation is suspended or ended, or the repository is archived, gone or another: look no more.

    What brings it back (unsuspended, unarchived, installed again) leads to looks of its own.
    """

    def __init__(self, sentence: str) -> None:
        """Keep the sentence; waiting does not help."""
        super().__init__(sentence, permanent=True)


class Moved(Error):
    """Head, base branch, base tip or policy changed while they were judged; the job must run anew."""
