"""The states that a step hands on: how each is read and restored. The libraries' are in `librarystates`.

Nothing here loads a library: a state is looked at once its module is there.
"""

from __future__ import annotations

import functools
import os
import re
import sys
import sysconfig
from typing import Any

from jupyter_mlops.artifacts import librarystates, logstates
from jupyter_mlops.artifacts.states import GONE, Items, State, hidden, opaque, secret

# What a kernel, a runner or a test has in its own environment, and differs from step to step.
_OWN = re.compile(
    r"JUPYTER_MLOPS_.*|JPY_.*|MLFLOW_(RUN_ID|EXPERIMENT_ID|RUN_CONTEXT)|PYTEST_.*|PYDEVD_.*|_|PWD|OLDPWD|SHLVL|LINES"
    r"|COLUMNS"
)
_SECRET = re.compile(r"passw|pwd|secret|token|credential|private|(api|access|auth|account|_|^)_?key(_id)?s?$", re.I)
_INSTALLED = frozenset({"site-packages", "dist-packages"})


def _environ(_: Any) -> Items:
    # A secret is compared, and never written to a file.
    return {
        name: secret(value) if _SECRET.search(name) else hidden(value)
        for name, value in os.environ.items()
        if not _OWN.fullmatch(name)
    }


def _set_environ(_: Any, items: Items) -> None:
    for name, value in items.items():
        if value is GONE:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def folder() -> str:
    """Return the working folder; empty when it was deleted."""
    try:
        return os.getcwd()
    except OSError:
        return ""


def _paths(_: Any) -> Items:
    return {"": [entry for entry in dict.fromkeys(map(str, sys.path)) if not is_installed(entry)]}


def _set_paths(_: Any, items: Items) -> None:
    wanted, own = items[""], _paths(sys)[""]
    last = max((number for number, entry in enumerate(wanted) if entry in own), default=-1)
    installed = [entry for entry in sys.path if entry not in own]
    sys.path[:] = [*wanted[: last + 1], *installed, *wanted[last + 1 :]]


@functools.cache
def is_installed(path: str) -> bool:
    """Return whether a folder or file belongs to Python or to an installed package."""
    return bool(_INSTALLED & set(path.split(os.sep))) or path.endswith(".zip") or path.startswith(_standard())


@functools.cache
def _standard() -> tuple[str, ...]:
    # Python works every path out anew, which takes a millisecond.
    return (sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"))


_LIMITS = ("recursionlimit", "switchinterval", "int_max_str_digits")


def _limits(module: Any) -> Items:
    return {name: getattr(module, f"get{'_' if '_' in name else ''}{name}")() for name in _LIMITS}


def _set_limits(module: Any, items: Items) -> None:
    for name, value in items.items():
        getattr(module, f"set{'_' if '_' in name else ''}{name}")(value)


_CONTEXT = ("prec", "rounding", "Emin", "Emax", "capitals", "clamp")


def _decimal(module: Any) -> Items:
    context = module.getcontext()
    traps = sorted(signal.__name__ for signal, is_on in context.traps.items() if is_on)
    return {**{name: getattr(context, name) for name in _CONTEXT}, "traps": ",".join(traps)}


def _set_decimal(module: Any, items: Items) -> None:
    context = module.getcontext()
    for name, value in items.items():
        if name == "traps":
            for signal in context.traps:
                context.traps[signal] = signal.__name__ in value.split(",")
        else:
            setattr(context, name, value)


_CATEGORIES = ("LC_CTYPE", "LC_COLLATE", "LC_MONETARY", "LC_NUMERIC", "LC_TIME", "LC_MESSAGES")


def _locale(module: Any) -> Items:
    names = (name for name in _CATEGORIES if hasattr(module, name))
    return {name: module.setlocale(getattr(module, name)) for name in names}


def _set_locale(module: Any, items: Items) -> None:
    for name, value in items.items():
        module.setlocale(getattr(module, name), value)


def _zone(module: Any) -> Items:
    return {"": f"{module.tzname} {module.timezone} {module.altzone}"}


def _set_zone(module: Any, items: Items) -> None:
    # The environment, which says it, was restored before.
    if hasattr(module, "tzset"):
        module.tzset()


def _gc(module: Any) -> Items:
    return {"enabled": module.isenabled(), "threshold": list(module.get_threshold()), "debug": module.get_debug()}


def _set_gc(module: Any, items: Items) -> None:
    if "enabled" in items:
        module.enable() if items["enabled"] else module.disable()
    if "threshold" in items:
        module.set_threshold(*items["threshold"])
    if "debug" in items:
        module.set_debug(items["debug"])


def _faults(module: Any) -> Items:
    return {"": module.is_enabled()}


def _set_faults(module: Any, items: Items) -> None:
    module.enable(file=getattr(sys.stderr, "_original_stdstream_copy", 2)) if items[""] else module.disable()


def _signals(module: Any) -> Items:
    found: Items = {}
    for number in sorted(module.valid_signals()):
        name = getattr(number, "name", str(number))
        # A kernel takes SIGINT for itself around every cell.
        if name in ("SIGINT", "SIGKILL", "SIGSTOP"):
            continue
        handler = module.getsignal(number)
        if handler is not None:
            found[name] = handler.name if isinstance(handler, module.Handlers) else opaque(handler)
    return found


def _set_signals(module: Any, items: Items) -> None:
    for name, value in items.items():
        module.signal(getattr(module, name), module.Handlers[value])


#: In the order in which they are restored.
STATES: tuple[State, ...] = (
    State("os.environ", "environment variable", _environ, _set_environ, "os"),
    State("cwd", "the working folder", lambda _: {"": folder()}, lambda _, items: os.chdir(items[""])),
    State("sys.path", "the folders that modules are imported from", _paths, _set_paths),
    State("sys", "limits of the interpreter", _limits, _set_limits, shown=("switchinterval",)),
    State("decimal", "the context of `decimal`", _decimal, _set_decimal, "decimal"),
    State("locale", "the locale", _locale, _set_locale, "locale"),
    State("timezone", "the time zone", _zone, _set_zone, "time"),
    State("gc", "the garbage collector", _gc, _set_gc, "gc", shown=("",)),
    State("faulthandler", "`faulthandler`", _faults, _set_faults, "faulthandler", shown=("",)),
    State("signal", "handlers of signals", _signals, _set_signals, "signal", shown=("",)),
    State(
        "socket",
        "the time limit of sockets",
        lambda module: {"": module.getdefaulttimeout()},
        lambda module, items: module.setdefaulttimeout(items[""]),
        "socket",
        shown=("",),
    ),
    State(
        "csv",
        "the largest field of csv files",
        lambda module: {"": module.field_size_limit()},
        lambda module, items: module.field_size_limit(items[""]),
        "csv",
    ),
    *logstates.STATES,
    *librarystates.STATES,
)
BY_NAME = {state.name: state for state in STATES}
