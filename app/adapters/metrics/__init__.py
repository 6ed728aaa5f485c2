"""What is counted, for Prometheus: labels come from fixed lists, so that no stranger decides how many series there are.

Metrics      the counters; plain methods, safe for threads
FOLDER       the variable that names the folder to count into; set it before the first `Metrics`

`serving` answers at an address for every process that shares the folder.

The metrics library is known here only.
"""

from app.adapters.metrics.counting import EVENTS, FOLDER, KINDS, OTHER, Metrics

__all__ = ["EVENTS", "FOLDER", "KINDS", "OTHER", "Metrics"]
