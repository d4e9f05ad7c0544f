"""The filters of warnings, and the levels and handlers of logging, as states that a step hands on."""

from __future__ import annotations

import importlib
import re
import sys
from typing import Any

from jupyter_mlops.artifacts.states import GONE, Items, State, opaque


def _filters(module: Any) -> Items:
    return {"filters": [_filter(entry) for entry in module.filters]}


def _filter(entry: tuple[Any, ...]) -> list[Any]:
    action, message, category, name, line = entry
    return [action, _pattern(message), f"{category.__module__}:{category.__qualname__}", _pattern(name), line]


def _pattern(value: Any) -> Any:
    """Return a text as it is, a compiled pattern as its source and flags."""
    return [value.pattern, value.flags] if isinstance(value, re.Pattern) else value


def _set_filters(module: Any, items: Items) -> None:
    known = [(_filter(entry), entry) for entry in module.filters]
    wanted = []
    for entry in items["filters"]:
        found = next((real for form, real in known if form == entry), None) or _made(entry)
        if found is not None:
            wanted.append(found)
    module.filters[:] = wanted
    with module.catch_warnings():
        # Entering it makes Python forget which warnings it has decided about.
        pass


def _made(entry: list[Any]) -> tuple[Any, ...] | None:
    action, message, category, name, line = entry
    place, _, qualified = category.partition(":")
    found: Any = sys.modules.get(place)
    try:
        found = found or importlib.import_module(place)
        for part in qualified.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError):
        # A category that the notebook defines, and this step does not have: it cannot be raised here.
        return None
    return action, _compiled(message), found, _compiled(name), line


def _compiled(value: Any) -> Any:
    return re.compile(*value) if isinstance(value, list) else value


def _logging(module: Any) -> Items:
    """Return what differs from a logger that was only named: level, propagation, handlers."""
    found: Items = {"disable": module.root.manager.disable}
    for name, logger in [("", module.root), *module.root.manager.loggerDict.items()]:
        if not hasattr(logger, "level"):
            # a place that stands for loggers below it
            continue
        if logger.level:
            found[f"{name} level"] = logger.level
        if not logger.propagate:
            found[f"{name} propagate"] = False
        if logger.disabled:
            found[f"{name} disabled"] = True
        if logger.handlers:
            found[f"{name} handlers"] = [_handler(module, handler) for handler in logger.handlers]
    return found


def _handler(module: Any, handler: Any) -> Any:
    kind, formatter = type(handler), handler.formatter
    if handler.filters or (formatter is not None and type(formatter) is not module.Formatter):
        return opaque(handler)
    form = {"level": handler.level, "format": formatter and [formatter._fmt, formatter.datefmt]}
    if kind is module.StreamHandler:
        stream = next((name for name in ("stderr", "stdout") if handler.stream is getattr(sys, name)), None)
        return {"kind": "StreamHandler", "stream": stream, **form} if stream else opaque(handler)
    if kind is module.FileHandler:
        return {"kind": "FileHandler", "path": handler.baseFilename, **form}
    return {"kind": "NullHandler", **form} if kind is module.NullHandler else opaque(handler)


def _set_logging(module: Any, items: Items) -> None:
    for item, value in items.items():
        name, _, what = item.rpartition(" ")
        logger = module.getLogger(name or None)
        if item == "disable":
            module.disable(value)
        elif what == "level":
            logger.setLevel(module.NOTSET if value is GONE else value)
        elif what == "handlers":
            _set_handlers(module, logger, [] if value is GONE else value)
        else:
            setattr(logger, what, (what == "propagate") if value is GONE else value)


def _set_handlers(module: Any, logger: Any, wanted: list[Any]) -> None:
    here = [(_handler(module, handler), handler) for handler in logger.handlers]
    for form, handler in here:
        if form not in wanted:
            logger.removeHandler(handler)
    for form in wanted:
        if form not in [known for known, _ in here] and "kind" in form:
            logger.addHandler(_made_handler(module, form))


def _made_handler(module: Any, form: dict[str, Any]) -> Any:
    kind = getattr(module, form["kind"])
    if "path" in form:
        # The step above may have begun the file: its lines are kept.
        handler = kind(form["path"], mode="a", delay=True)
    else:
        handler = kind(getattr(sys, form["stream"])) if "stream" in form else kind()
    handler.setLevel(form["level"])
    if form["format"]:
        handler.setFormatter(module.Formatter(*form["format"]))
    return handler


STATES = (
    State("warnings", "the filters of warnings", _filters, _set_filters, "warnings", shown=("",)),
    State("logging", "levels and handlers of logging", _logging, _set_logging, "logging", shown=("",)),
)
