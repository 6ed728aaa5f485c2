"""Two commits of a remote repository, fetched without their files; then the changed files and no others."""

from app.adapters.git_fetch.fetching import GitFetch
from app.adapters.git_fetch.values import Fetched, Wish

__all__ = ["Fetched", "GitFetch", "Wish"]
