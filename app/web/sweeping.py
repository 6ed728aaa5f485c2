"""Deliveries that speak of no single pull request → the open pull requests to go over. No I/O.

| event | gone over |
|---|---|
| `push` | those of the branch; for the default branch of the owner's `.github` repository, those whose floor changed |
| `status` | those with this head, unless the status is ours |
| `member`, `membership`, `organization`, `team` | those that people were asked about |
| `installation`, `installation_target` | all of the installation; where it ended or is suspended, nothing any more |
| `installation_repositories` | those of the installation that were never looked at |
| `repository` | all of it, under the name that it has now; where it is archived or deleted, nothing any more |
| `check_suite` | those with its head |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from app.core.pull_request import IMAGES, REVIEW, CommitStatus, StatusState
from app.core.sweep import Reach, RepositoryRef, Sweep
from app.web.payload import COMMIT, LOGIN, NAME, is_ref, number_at, object_at, word_at

_BRANCH = "refs/heads/"
_FLOOR_REPOSITORY = ".github"
_OURS = (IMAGES, REVIEW)
_FLOOR_FORGOTTEN = 65.0  # seconds; a floor is remembered for sixty
_RECORDED = 5.0  # seconds; a status of ours is told before the record that holds it is written, after the comment
_MAX_TEXT = 1000

REPOSITORY_ACTIONS: Final = {
    "archived": Reach.DROPPED,
    "deleted": Reach.DROPPED,
    "privatized": Reach.ALL,
    "publicized": Reach.ALL,
    "renamed": Reach.ALL,
    "transferred": Reach.ALL,
    "unarchived": Reach.ALL,
}
"""What becomes of a repository, and what that leads to."""

_INSTALLATION_ACTIONS: Final = {"suspend": Reach.DROPPED, "deleted": Reach.FORGOTTEN}
# Each repository that is made may be "added": what was looked at in all the others need not be again.
_REACHES: Final = {
    "installation": Reach.ALL,
    "installation_repositories": Reach.NEW,
    "installation_target": Reach.ALL,
}


def swept(event: str, action: str, payload: Mapping[str, object]) -> Sweep | None:
    """Return what to go over, `None` when nothing is; never raises."""
    installation = number_at(object_at(payload, "installation"), "id")
    if installation is None:
        return None
    if event in _IN_ONE:
        repository = _repository(payload, installation)
        return None if repository is None else _IN_ONE[event](action, payload, repository)
    reach = _REACHES.get(event, Reach.PEOPLE)
    return Sweep(installation, reach=_INSTALLATION_ACTIONS.get(action, reach) if event == "installation" else reach)


def _became(action: str, _: Mapping[str, object], repository: RepositoryRef) -> Sweep | None:
    reach = REPOSITORY_ACTIONS.get(action)
    return None if reach is None else Sweep(repository.installation, repository, reach=reach)


def _suite(_: str, payload: Mapping[str, object], repository: RepositoryRef) -> Sweep | None:
    head = word_at(object_at(payload, "check_suite"), "head_sha", COMMIT)
    return None if head is None else Sweep(repository.installation, repository, reach=Reach.ALL, head=head)


def _push(_: str, payload: Mapping[str, object], repository: RepositoryRef) -> Sweep | None:
    ref = payload.get("ref")
    if not isinstance(ref, str) or not ref.startswith(_BRANCH) or payload.get("deleted") is True:
        return None
    branch = ref.removeprefix(_BRANCH)
    if not is_ref(branch):
        return None
    is_default = object_at(payload, "repository").get("default_branch") in (None, branch)
    if is_default and repository.name.lower() == _FLOOR_REPOSITORY:
        # The floor of every repository of this owner may be another now. Whoever read the old one forgets it first.
        return Sweep(repository.installation, after=_FLOOR_FORGOTTEN)
    return Sweep(repository.installation, repository, base_ref=branch, default_branch=is_default)


def _status(_: str, payload: Mapping[str, object], repository: RepositoryRef) -> Sweep | None:
    context, state, words = payload.get("context"), payload.get("state"), payload.get("description")
    head = word_at(payload, "sha", COMMIT)
    if head is None or not isinstance(context, str) or not context.lower().startswith(_OURS):
        return None
    # A `pending` of a stranger lets nothing be merged, and every look of ours begins with one. So does no failure and
    # no error: of an App's they may be our own word of a crash, which no record holds and which would lead to the next.
    by_a_person = object_at(payload, "sender").get("type") == "User"
    if state != "success" and not (by_a_person and state in {"failure", "error"}):
        return None
    after = 0 if by_a_person else _RECORDED
    text = words[:_MAX_TEXT] if isinstance(words, str) else ""
    said = CommitStatus(context[:_MAX_TEXT], StatusState(state), text)
    return Sweep(repository.installation, repository, head=head, said=said, after=after)


def _repository(payload: Mapping[str, object], installation: int) -> RepositoryRef | None:
    repository = object_at(payload, "repository")
    number, name = number_at(repository, "id"), word_at(repository, "name", NAME)
    # A push names its owner by `name`, all other events by `login`.
    owner = object_at(repository, "owner")
    login = word_at(owner, "login", LOGIN) or word_at(owner, "name", LOGIN)
    return None if number is None or name is None or login is None else RepositoryRef(installation, number, login, name)


_IN_ONE: Final[Mapping[str, Callable[[str, Mapping[str, object], RepositoryRef], Sweep | None]]] = {
    "check_suite": _suite,
    "push": _push,
    "repository": _became,
    "status": _status,
}
"""Events of one repository."""
