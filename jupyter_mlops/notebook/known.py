"""Names that every kernel has: Python's builtins and IPython's own. Pure."""

from __future__ import annotations

import builtins

_HISTORY = frozenset({"_", "__", "___", "In", "Out", "_i", "_ii", "_iii", "_ih", "_oh"})
KNOWN = frozenset(dir(builtins)) | frozenset(
    {"get_ipython", "display", "exit", "quit", "open", "_dh", *_HISTORY}
    | {"__name__", "__doc__", "__builtins__", "__builtin__", "__file__", "__session__", "__annotations__", "_exit_code"}
    | {"__qualname__", "__module__"}
)


def is_history(name: str) -> bool:
    """Whether the name means the results or inputs of earlier cells, which every kernel counts anew."""
    numbered = name.startswith("_") and name.strip("_i").isdigit()
    return numbered or name in _HISTORY
