"""Durable work: each pull request looked at by one worker at a time, nothing lost, the newest look is enough.

    WorkInbox   puts work in, shows what waits and what was given up
    WorkQueue   runs it
    prepare     makes the tables; before either

The queue library is known here only.
"""

from app.adapters.work_queue.inbox import WorkInbox
from app.adapters.work_queue.items import Again, Done, Kept, Then, Work
from app.adapters.work_queue.queue import Handler, Sweeper, WorkQueue, prepare

__all__ = ["Again", "Done", "Handler", "Kept", "Sweeper", "Then", "Work", "WorkInbox", "WorkQueue", "prepare"]
