"""What an installation may write to GitHub, and when: shared by every worker on every machine through the database.

WriteBudget      books writes, gives turns, pauses
Limits, Share    how much there is, and who may use how much of it
prepare_budget   makes the table; before any budget is used
"""

from app.adapters.pacing.shared import WriteBudget, prepare_budget
from app.core.write_budget import GITHUB, Limits, Share

__all__ = ["GITHUB", "Limits", "Share", "WriteBudget", "prepare_budget"]
