"""The history of a repository: what each commit that reached a branch did to images and policies."""

from __future__ import annotations

from app.jobs.history.dated import dated_at
from app.jobs.history.environments import Environment
from app.jobs.history.job import Hands, HistoryJob
from app.jobs.history.looked_at import LookedAt, governs
from app.jobs.history.ports import HistoryClone
from app.jobs.history.reading import Reader
from app.jobs.history.wanted import WantedHistory

__all__ = [
    "Environment",
    "Hands",
    "HistoryClone",
    "HistoryJob",
    "LookedAt",
    "Reader",
    "WantedHistory",
    "dated_at",
    "governs",
]
