"""The processes that work: the worker itself, and the one that keeps web and worker running."""

from app.worker.overdue import Overdue
from app.worker.refreshing import Refreshing
from app.worker.running import Crashed, ShowCrash, guarded, guarded_sweeps, run_worker
from app.worker.supervising import companion, supervise
from app.worker.watching import Watch

__all__ = [
    "Crashed",
    "Overdue",
    "Refreshing",
    "ShowCrash",
    "Watch",
    "companion",
    "guarded",
    "guarded_sweeps",
    "run_worker",
    "supervise",
]
