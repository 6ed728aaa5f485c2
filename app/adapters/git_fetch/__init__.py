"""Commits of a remote repository, fetched without their files; then the files that are asked for and no others."""

from app.adapters.git_fetch.fetching import GitFetch
from app.adapters.git_fetch.past import Past
from app.adapters.git_fetch.values import Fetched, PastWish, Wish

__all__ = ["Fetched", "GitFetch", "Past", "PastWish", "Wish"]
