"""What a policy file says of waivers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WaiverTerms:
    """`allow`: whether the file's own rules may be waived; `None` where it is silent.

    `max_days` is how many days from now a waiver may still run; `None` for no bound. With `trivyignore` the file
    `.trivyignore.yaml` is read for waivers too.
    """

    allow: bool | None = None
    max_days: int | None = None
    trivyignore: bool = False
