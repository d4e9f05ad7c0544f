"""Kinds of values that live in one process only: open files, sockets, generators, locks, connections, threads.

`is_bound_to_process` decides about one object, `find` looks for the first such object inside a value, for the message.
"""

from __future__ import annotations

import _thread
import gc
import io
import logging
import sys
import types
import weakref
from collections import deque
from collections.abc import Iterator
from typing import Any

from jupyter_mlops.artifacts.classes import ANY, derives, is_a, module_of, qualname_of

_KINDS: tuple[type, ...] = (
    types.GeneratorType,
    types.CoroutineType,
    types.AsyncGeneratorType,
    types.FrameType,
    types.TracebackType,
    _thread.LockType,
    type(_thread.RLock()),
    # What is kept alive elsewhere would be gone, or a second object.
    weakref.ReferenceType,
    weakref.ProxyType,
    weakref.CallableProxyType,
)
# A class whose module is not imported has no instances: nothing is imported only to ask.
_ELSEWHERE = (
    ("_asyncio", "Future"),
    ("_queue", "SimpleQueue"),
    ("asyncio", "AbstractEventLoop"),
    ("concurrent.futures", "Executor"),
    ("concurrent.futures", "Future"),
    ("mmap", "mmap"),
    ("multiprocessing.connection", "_ConnectionBase"),
    ("multiprocessing.process", "BaseProcess"),
    ("queue", "Queue"),
    ("select", "epoll"),
    ("socket", "socket"),
    ("sqlite3", "Connection"),
    ("sqlite3", "Cursor"),
    ("ssl", "SSLContext"),
    ("subprocess", "Popen"),
    ("threading", "Barrier"),
    ("threading", "Condition"),
    ("threading", "Event"),
    ("threading", "Semaphore"),
    ("threading", "Thread"),
    ("pyspark.context", "SparkContext"),
    ("pyspark.sql.session", "SparkSession"),
)
#: What to do with objects of other classes that cannot be pickled: by the start of the class's full name.
_INSTEAD = (
    ("tensorflow.python.data.", "hand over the arrays that it is made from, and make the Dataset where it is used"),
    ("xgboost.core.Quantile", "hand over the table that it is made from, and make it where it is used"),
    ("lightgbm.basic.Dataset", "hand over the table and the labels, or make the Dataset with `free_raw_data=False`"),
    ("torch.utils.data.dataloader._", "hand over the DataLoader instead of what iterates over it"),
    ("builtins.generator", "make a list of it, or use it in one step only"),
    ("builtins.coroutine", "await it in the step that makes it"),
    ("queue.", "hand over a list of what is in it"),
    ("_thread.", "make it in a cell tagged `setup`, or leave it out of what its object is pickled as (`__getstate__`)"),
    ("re.Match", "hand over what you take from it, such as `m.groups()`"),
    ("_hashlib.", "hand over its `hexdigest()`, or what it has hashed"),
    ("pyspark.", "write the frame to a file, or hand over its rows (`.toPandas()`)"),
    ("sqlalchemy.", "make it in a cell tagged `setup`"),
    ("weakref.", "hand over the object itself"),
    ("logging.", "make the handler in a cell tagged `setup`, and hand over what it has collected"),
    ("unittest.mock.", "make the mock in the step that uses it, or in a cell tagged `setup`"),
    (
        "statsmodels.",
        "hand over `result.params` or the table, or fit with arrays instead of a formula that calls a function",
    ),
)
#: The same for values of which only a part cannot be pickled, whatever that part is.
_WHOLE = (
    (
        "statsmodels.",
        "hand over its tables (`result.params`), or fit with arrays instead of a formula with a function",
    ),
)
# What all files really derive from; `io.IOBase` only claims them.
_FILE: type = io.IOBase.__mro__[1]
_STREAMS = ("stdin", "stdout", "stderr")
_LOOKED_AT = 20_000


def stream_name(value: object) -> str | None:
    """Return ``stdout`` for `sys.stdout` and so on; these mean the same thing in every process."""
    return next((name for name in _STREAMS if value is getattr(sys, name, None)), None)


def is_bound_to_process(value: object) -> bool:
    """Tell whether `value` is of a kind that cannot leave its process, whatever its pickler may say."""
    return is_bound_kind(type(value)) and stream_name(value) is None


def is_bound_kind(kind: type) -> bool:
    """Tell the same by the type alone, the standard streams apart."""
    if derives(kind, _FILE):
        return not derives(kind, io.BytesIO, io.StringIO)
    if derives(kind, *_KINDS):
        return True
    for module, name in _ELSEWHERE:
        other = getattr(sys.modules.get(module), name, None)
        if isinstance(other, type) and derives(kind, other):
            return True
    return False


def instead(value: object) -> str:
    """Return what to do with an object of a class that is known not to be picklable, or an empty text."""
    kind = type(value)
    name = f"{module_of(kind)}.{qualname_of(kind)}"
    if derives(kind, weakref.ReferenceType, weakref.ProxyType, weakref.CallableProxyType):
        name = "weakref."
    elif derives(kind, logging.Handler):
        name = "logging."
    return next((hint for start, hint in _INSTEAD if name.startswith(start)), "")


def instead_of_whole(value: object) -> str:
    """Return what to do with a value that has a part which is not picklable, or an empty text."""
    kind = type(value)
    return next((hint for start, hint in _WHOLE if module_of(kind).startswith(start)), "")


def find(value: object, name: str) -> tuple[str, object] | None:
    """Return path and object of the nearest such object inside `value`, or None.

    >>> find({"log": [1, sys.__stdin__.buffer]}, "cfg")[0]
    "cfg['log'][1]"
    """
    queue: deque[tuple[str, object]] = deque([(name, value)])
    seen = {id(value)}
    for _ in range(_LOOKED_AT):
        if not queue:
            return None
        path, item = queue.popleft()
        if is_bound_to_process(item) or instead(item):
            return path, item
        for child_path, child in _children(path, item):
            if id(child) not in seen:
                seen.add(id(child))
                queue.append((child_path, child))
    return None


def _children(path: str, item: Any) -> Iterator[tuple[str, object]]:
    if is_a(item, dict):
        yield from ((f"{path}[{_short(key)}]", child) for key, child in list(dict.items(item)))
    elif is_a(item, (list, tuple)):
        plain = list if is_a(item, list) else tuple
        yield from ((f"{path}[{position}]", child) for position, child in enumerate(plain.__iter__(item)))
    elif is_a(item, (set, frozenset, deque)):
        yield from ((path, child) for child in gc.get_referents(item) if not is_a(child, type))
    elif is_a(item, types.FunctionType):
        cells = zip(item.__code__.co_freevars, item.__closure__ or (), strict=False)
        yield from ((f"{path} (closure `{name}`)", child) for name, cell in cells for child in gc.get_referents(cell))
    elif not is_a(item, (type, types.ModuleType, str, bytes, int, float)):
        state = _state(item)
        if type(state) is dict:
            yield from ((f"{path}.{name}", child) for name, child in list(state.items()))
        else:
            yield from ((path, child) for child in gc.get_referents(item) if not is_a(child, type))


def _state(item: object) -> object:
    try:
        return object.__getattribute__(item, "__dict__")
    except ANY:  # a door: a class may have its own `__dict__`
        return None


def _short(key: object) -> str:
    try:
        text = repr(key)
    except ANY:  # a door: the text of a key may be the user's own code
        text = type(key).__name__
    return text if len(text) <= 40 else text[:39] + "…"
