"""What every review rule works with: the case, what is needed, who counts, and what an approval is bound to."""

from __future__ import annotations

from app.policy.reviews.base.case import ReviewCase, ReviewRule
from app.policy.reviews.base.content import compared
from app.policy.reviews.base.demands import asked, demand, revisited
from app.policy.reviews.base.needs import Governed, Need

__all__ = ["Governed", "Need", "ReviewCase", "ReviewRule", "asked", "compared", "demand", "revisited"]
