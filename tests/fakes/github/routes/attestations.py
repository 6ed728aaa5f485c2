"""Attestations that a repository keeps for a digest. The operation is not in the slice: see `contracts.UNMODELLED`."""

from __future__ import annotations

from typing import Final

from tests.fakes.github.access import R
from tests.fakes.github.exchange import Exchange, Reply, not_found


def attestations(x: Exchange) -> Reply:
    """GET what is kept for a digest; GitHub answers 404 when there is nothing, as if it were hidden."""
    kept = x.repo.attestations.get(x.params["subject_digest"], [])
    if not kept:
        raise not_found()
    return x.page(kept, "attestations")


ROUTES: Final = {("GET", f"{R}/attestations/{{subject_digest}}"): attestations}
