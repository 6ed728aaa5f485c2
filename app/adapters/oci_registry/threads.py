"""Threads that work for the job that starts them: what they log names it, what they measure is a part of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context


def pool(size: int) -> ThreadPoolExecutor:
    """Open so many threads with the context of this one."""
    return ThreadPoolExecutor(size, "registry", _enter, (copy_context(),))


def _enter(context: Context) -> None:
    for variable, value in context.items():
        variable.set(value)
