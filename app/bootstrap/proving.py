"""What evidence is judged by: trusted roots, and the operator's lists of exploitation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from app.adapters.exploit_lists import (
    CurrentExploitLists,
    CurrentList,
    UnusableExploitList,
    read_known_exploited,
    read_likelihoods,
)
from app.adapters.fresh_roots import DEFAULT, FreshRoots, RootFiles, TufSite, open_roots, read_root
from app.bootstrap.clock import now
from app.bootstrap.ways import way_out
from app.settings import Settings, SettingsError

_T = TypeVar("_T")


def verifier(settings: Settings, only: Path | None = None) -> FreshRoots:
    """Load the trusted roots that come with the program and the operator's, or `only` one file's.

    Raises `UnusableTrustedRoot`.
    """
    if only is not None:
        return FreshRoots((read_root(DEFAULT, only),), now)
    sites = {name: TufSite(url, root) for name, (url, root) in settings.tuf_sites.items()}
    return open_roots(
        RootFiles(settings.trusted_root, settings.trusted_roots, settings.tuf, sites, way_out(settings)), now
    )


def exploit_lists(settings: Settings) -> CurrentExploitLists:
    """Read the operator's lists of exploitation; raises `SettingsError` for a file that is not what it must be."""
    return CurrentExploitLists(
        _list("ASSAY_KEV_FILE", settings.kev_file, read_known_exploited),
        _list("ASSAY_EPSS_FILE", settings.epss_file, read_likelihoods),
    )


def _list(variable: str, path: Path | None, read: Callable[[Path], _T]) -> CurrentList[_T] | None:
    try:
        return None if path is None else CurrentList(path, read)
    except UnusableExploitList as error:
        raise SettingsError(variable, str(error)) from error
