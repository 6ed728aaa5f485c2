"""Evidence files: proposed where the operator wants them."""

from __future__ import annotations

from app.adapters.github import GitHubForge
from app.jobs.evidence_files import EvidenceFiles
from app.settings import Settings


def proposing(settings: Settings, forge: GitHubForge) -> EvidenceFiles | None:
    """Wire the proposing of evidence files; `None` where the operator names no repository."""
    return EvidenceFiles(forge.head_branches(), settings.evidence_files) if settings.evidence_files else None
