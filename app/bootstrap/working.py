"""The worker: the main job, and what keeps it going."""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from app import formats
from app.adapters.evidence_cache import EvidenceCache
from app.adapters.git_fetch import GitFetch
from app.adapters.github import App, Connection, GitHubForge, Interest
from app.adapters.ledger import DatabaseChain, DatabaseLedger
from app.adapters.log_lines import scope
from app.adapters.work_queue import Again, Done, Work, WorkInbox
from app.bootstrap.clock import now
from app.bootstrap.floor import operator_floor
from app.bootstrap.pacing import Budget, Turns, write_budget
from app.bootstrap.proposing import proposing
from app.bootstrap.proving import exploit_lists, verifier
from app.bootstrap.recording import merge_job
from app.bootstrap.registries import CurrentRegistries
from app.bootstrap.rendering import renderer
from app.bootstrap.rotating import reading_key
from app.bootstrap.sweeping import Into, Sweeping
from app.bootstrap.watching import Watch, open_watch
from app.bootstrap.ways import way_out
from app.core.command import Command, Reaction, Word
from app.core.errors import Gone, NotYet, Unavailable, Unsaid
from app.core.sweep import Sweep
from app.jobs.assess import Assessor
from app.jobs.commands import CommandJob
from app.jobs.introduction import Introduction
from app.jobs.merge_group import MergeGroupJob
from app.jobs.merges import MergeJob
from app.jobs.pull_request import Look, PullRequestJob
from app.jobs.search import Beyond
from app.jobs.what_if import WhatIfs
from app.policy import PATH
from app.policy.waivers import FOLDER
from app.settings import Settings

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WorkerProgram:
    """What the worker runs: `handle` looks at one pull request, `show_crash` says on it that a look failed.

    `recheck` is the same job without a memory: a person who asks again has just added what was missing. `reload` reads
    the registry credentials again; `refresh` fetches fresh trusted roots where the operator wants them.
    `records` are thinned after `keep`; `renew_key` reads the App's private key again.
    """

    job: PullRequestJob
    recheck: PullRequestJob
    groups: MergeGroupJob
    commands: CommandJob
    sweeping: Sweeping
    reload: Callable[[], None]
    closing: tuple[Callable[[], None], ...] = ()
    refresh: Callable[[], bool] | None = None
    merges: MergeJob | None = None
    turns: Turns | None = None
    watch: Watch = field(default_factory=Watch)
    records: DatabaseLedger | None = None
    keep: timedelta | None = None
    renew_key: Callable[[], None] | None = None

    def close(self) -> None:
        """Let go of every connection."""
        for close in self.closing:
            close()

    def handle(self, work: Work) -> Done | Again:
        """Look; an assessment that lacks an answer of the world is tried again.

        Raises `Unavailable` when GitHub or the database does not answer, after it was tried to show that, and `NotYet`
        when its turn comes later.
        """
        if self.turns is not None:
            self.turns.wait(work)
        try:
            return self._handle(work)
        except Gone as gone:
            # No storm: one line, and whatever brings it back leads to looks of its own.
            _log.info("nothing is judged here any more: %s", gone)
            return Done()

    def _handle(self, work: Work) -> Done | Again:
        if work.ref.is_group:
            return self._handle_group(work)
        if work.command:
            command = Command.parse(f"/assay {work.command}", work.comment) or Command(Word.UNKNOWN, "", work.comment)
            self.commands.run(work.ref, work.recheck_by or "", command)
            return Done()
        try:
            look = self._look(work)
        except (Unsaid, NotYet, Gone):
            raise  # the statuses say what they should, and do not depend on the comment; or nothing went wrong
        except Unavailable as failure:
            if failure.permanent and self._is_merged(work):
                return Done()  # its base branch was deleted after the merge: nothing is left to judge
            self._show_unread(work)
            raise
        if self.merges is not None and look.closed:
            # It may be merged: that is recorded, or tried again without a word on the commit.
            self.merges.run(work.ref)
        return _after(look)

    def _look(self, work: Work) -> Look:
        job = self.job if work.recheck_by is None else self.recheck
        if work.recheck_by is not None and not work.comment:
            job = replace(job, rerun=True)  # asked for without a comment: by the report's button
        look = job.run(work.ref, work.recheck_by)
        if work.comment:
            reaction = Reaction.NO if look.assessment is None else Reaction.DONE
            self.job.forge.open(work.ref).react(work.comment, reaction)
        return look

    def _is_merged(self, work: Work) -> bool:
        """Say whether a pull request that cannot be read was merged, and record that."""
        try:
            return self.merges is not None and self.merges.run(work.ref)
        except Unavailable as error:
            _log.warning("nor can it be told whether it was merged: %s", error)
            return False

    def _handle_group(self, work: Work) -> Done:
        try:
            self.groups.run(work.ref)
        except Unavailable as failure:
            # A queue drops a group at the first error; what another try may find out stays pending.
            if failure.permanent and not isinstance(failure, Gone):
                self._show_unread(work)
            raise
        return Done()

    def thin(self) -> bool:
        """Thin records that are older than the operator keeps them; say whether the database answered."""
        if self.keep is None or self.records is None:
            return True
        try:
            count = self.records.thin(now() - self.keep)
        except Unavailable as failure:
            _log.warning("old records were not thinned: %s", failure)
            return False
        if count:
            _log.info("%d old records were thinned", count)
        return True

    def sweep(self, sweep: Sweep, name: str, *, into: Into) -> int:
        """Go over open pull requests and put what is owed a look `into` the queue; raises `Unavailable`."""
        with scope(delivery=name, reason="sweep"):
            return self.sweeping.run(sweep, name, into)

    def tick(self, inbox: WorkInbox) -> bool:
        """Tell those who watch how the queue stands; false when the database does not answer."""
        return self.watch.tick(inbox, self.job.assessor.verifier.roots())

    def _show_unread(self, work: Work) -> None:
        try:
            self.job.show_unread(work.ref)
        except Unavailable as error:
            _log.warning("that could not be shown either: %s", error)

    def show_crash(self, work: Work) -> None:
        """Set both statuses to `error`, with a reference that the log lines carry as `delivery`."""
        if work.command:
            return  # it judged nothing, and took nothing back
        self.job.show_crash(work.ref, work.delivery[:36])


def worker_program(settings: Settings, budget: Budget | None = None) -> WorkerProgram:
    """Wire the main job; `budget` is what is written by, the one in the database unless another is given."""
    app = settings.app()
    key = app.private_key.reveal()
    # Derived, so that it needs no setting of its own; it only marks our comment, GitHub says whose it is.
    marker = hmac.new(key.encode(), b"assay comment marker", hashlib.sha256).digest()
    interest = Interest(reads=formats.reads, policy_paths=(PATH, FOLDER), compares=formats.may_move)
    watch = open_watch(settings)
    budget, way = budget or write_budget(settings, watch.writes_left), way_out(settings)
    github, images, ledger = (
        replace(watch.way(Connection.to(settings.github_url, settings.bundle_hosts, way)), budget=budget),
        CurrentRegistries(settings),
        DatabaseLedger(settings.database_url.reveal()),
    )
    git = None if settings.git_fetch is None else GitFetch(settings.git_fetch, way=way)
    identity = App(app.app_id, key, marker, pages=settings.pages_url, read_key=reading_key(settings))
    forge, cache = GitHubForge(github, identity, interest, git), EvidenceCache(watch.registries(images))
    history = forge.source_history()
    beyond = Beyond(cache.before(forge.attestations()), settings.mirrors, history)
    proving, lists = verifier(settings), exploit_lists(settings)
    floor = operator_floor(settings)
    job = PullRequestJob(
        forge=watch.forge(forge),
        assessor=watch.assessor(Assessor(cache, watch.verifier(proving), beyond, lists)),
        ledger=ledger,
        clock=now,
        floor_required=settings.floor_required,
        operator_floor=floor,
        renderer=renderer(settings),
        queues=forge,
        what_ifs=WhatIfs(forge.pasts(git), now, renderer(settings)),
        pages=settings.pages_url,
        evidence_files=proposing(settings, forge),
    )
    roster, chain = forge.roster(), DatabaseChain(settings.database_url.reveal())
    merges = merge_job(settings, forge, ledger, chain)
    refresh = None if settings.tuf is None else proving.refresh
    alone = Beyond(forge.attestations(), settings.mirrors, history)
    anew = watch.assessor(Assessor(watch.registries(images), watch.verifier(proving), alone, lists))
    forget = ledger.forget_installation if settings.delete_on_uninstall else None
    return WorkerProgram(
        job,
        replace(job, assessor=anew),
        MergeGroupJob(forge, job, ledger),
        CommandJob(forge, ledger, now),
        Sweeping(forge, roster, ledger, now, floor, Introduction(forge, roster, ledger), merges, forget),
        images.reload,
        (github.close, images.close, ledger.close, budget.close, watch.close, chain.close),
        refresh,
        merges,
        turns=Turns(budget, ledger),
        watch=watch,
        records=ledger,
        keep=timedelta(days=settings.keep_days) if settings.keep_days else None,
        renew_key=forge.renew_key,
    )


def _after(look: Look) -> Done | Again:
    assessment = look.assessment
    if assessment is None or not assessment.waits_for_the_world:
        return Done(look.then)
    return Again(assessment.retry_after, "something that the policy asks for could not be found out", look.then)
