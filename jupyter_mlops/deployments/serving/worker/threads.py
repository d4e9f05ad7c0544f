"""Pools of threads without semaphores, which would need to write in a folder that all processes share.

``multiprocessing.pool.ThreadPool`` asks for a queue between processes although it has but one. Here it gets one with
the locks of threads. joblib, and so scikit-learn's ``n_jobs``, does one thing after the other (`environment`): one row
is predicted sooner so than a pool is started.
"""

from __future__ import annotations

import threading
from multiprocessing import context, pool, queues
from typing import Any


class _Queue(queues.SimpleQueue[Any]):
    def __init__(self, *, ctx: Any = None) -> None:
        class Locks:
            Lock = staticmethod(threading.Lock)

        super().__init__(ctx=Locks())


class _Context(context.ForkContext):
    def SimpleQueue(self) -> Any:
        return _Queue()


def without_semaphores() -> None:
    """Let every pool of threads that this process starts from now on do without."""

    def start(self: Any, processes: Any = None, initializer: Any = None, initargs: Any = ()) -> None:
        pool.Pool.__init__(self, processes, initializer, initargs, context=_Context())

    pool.ThreadPool.__init__ = start  # type: ignore[method-assign]
