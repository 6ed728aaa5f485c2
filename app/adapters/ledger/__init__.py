"""The audit trail: assessments kept as records in the database.

prepare_ledger   makes the table or brings it up to date; before anything else
DatabaseLedger   writes and reads records
DatabaseChain    merge records, signed and chained
PastRecords      reads what was recorded, for a report on the past
"""

from app.adapters.ledger.merges import DatabaseChain
from app.adapters.ledger.past import PastRecords
from app.adapters.ledger.records import DatabaseLedger
from app.adapters.ledger.tables import prepare_ledger

__all__ = ["DatabaseChain", "DatabaseLedger", "PastRecords", "prepare_ledger"]
