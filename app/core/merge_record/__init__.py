"""Merges as evidence: one signed in-toto statement for each merged pull request, chained so that a gap shows."""

from app.core.merge_record.chain import Checked, Fault, Kept, check
from app.core.merge_record.statement import PREDICATE_TYPE, Claims, payload, read
from app.core.merge_record.values import Approved, Copied, Entry, Link, Merge, MergeRecord, Occupied

__all__ = [
    "PREDICATE_TYPE",
    "Approved",
    "Checked",
    "Claims",
    "Copied",
    "Entry",
    "Fault",
    "Kept",
    "Link",
    "Merge",
    "MergeRecord",
    "Occupied",
    "check",
    "payload",
    "read",
]
