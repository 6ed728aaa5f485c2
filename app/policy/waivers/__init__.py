"""Waivers: failures that somebody answers for, until a day, in a file of the base branch."""

from __future__ import annotations

from app.policy.waivers.files import FOLDER, TRIVYIGNORE, WaiverFiles, faults, is_waiver, read_files, waiver_paths
from app.policy.waivers.heeding import Closeness, Count, ImageWaivers, Waivers, earliest
from app.policy.waivers.reading import read_waiver
from app.policy.waivers.trivyignore import read_trivyignore
from app.policy.waivers.waiver import SOON, Waiver, told

__all__ = [
    "FOLDER",
    "SOON",
    "TRIVYIGNORE",
    "Closeness",
    "Count",
    "ImageWaivers",
    "Waiver",
    "WaiverFiles",
    "Waivers",
    "earliest",
    "faults",
    "is_waiver",
    "read_files",
    "read_trivyignore",
    "read_waiver",
    "told",
    "waiver_paths",
]
