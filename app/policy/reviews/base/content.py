"""An approval is bound to content: to what the paths of a need held before and after, by git's ids, not to time.

1. Given on the head, it is for what is judged.
2. Given on another commit, it counts when each path of the need holds there what it holds at the head, and held at
   that commit's merge base with the base branch what it holds at the head's. So a rebase or an update from the base
   branch keeps it, and any change of a governed path, on either side, drops it.
3. The paths are those touched now, and those governed ones that were touched then and are not any more.
4. What cannot be compared does not count.
"""

from __future__ import annotations

from collections.abc import Iterable

from app.core.pull_request import Place, Review, ReviewedCommit
from app.policy.reviews.base.case import ReviewCase
from app.policy.reviews.base.needs import Need

MAX_PATHS = 60
MAX_PLACES = 1_200
_SHORT = 7
_UNREAD = "could not be read"


def short(commit: str) -> str:
    """Return a commit as people write it."""
    return commit[:_SHORT]


def compared(needs: Iterable[Need], case: ReviewCase) -> tuple[Place, ...]:
    """Return the places whose content must be known to compare what was approved with what is there now."""
    known = tuple(needs)
    found = [
        place
        for commit in case.reviewed.values()
        if not commit.problem
        for need in known
        if 0 < len(paths := _paths(need, commit, case)) <= MAX_PATHS
        for path in paths
        for pair in _sides(path, commit, case)
        for place in pair
    ]
    return tuple(dict.fromkeys(found))[:MAX_PLACES]


def unlike(review: Review, need: Need, case: ReviewCase) -> str:
    """Say why an approval is not one of what is there now; empty when it is."""
    if review.commit == case.pull.head:
        return ""
    commit = None if review.commit is None else case.reviewed.get(review.commit)
    if commit is None:
        return f"approved {short(review.commit or 'other')}, not what is there now"
    reason = commit.problem or _difference(need, commit, case)
    return f"approved {short(commit.sha)}, {reason}" if reason else ""


def _difference(need: Need, commit: ReviewedCommit, case: ReviewCase) -> str:
    paths = _paths(need, commit, case)
    if not paths:
        return "which holds nothing that this is about"
    if len(paths) > MAX_PATHS:
        return f"and {len(paths)} paths are too many to compare"
    for path in paths:
        then, now = (tuple(case.objects.get(place, _UNREAD) for place in pair) for pair in _sides(path, commit, case))
        # A path that changed is somewhere; one that is nowhere has a name that cannot be asked for.
        if _UNREAD in (*then, *now) or not any((*then, *now)):
            return f"and {path} could not be read there"
        if then != now:
            return f"not what is there now: {path}"
    return ""


def _paths(need: Need, commit: ReviewedCommit, case: ReviewCase) -> tuple[str, ...]:
    dropped = need.governed.of(commit.paths) - case.touched
    return tuple(sorted(dropped.union(need.paths)))


def _sides(path: str, commit: ReviewedCommit, case: ReviewCase) -> tuple[tuple[Place, Place], tuple[Place, Place]]:
    """Return where a path stood before and after: at the reviewed commit, and now."""
    pull = case.pull
    return ((commit.merge_base, path), (commit.sha, path)), ((pull.merge_base, path), (pull.head, path))
