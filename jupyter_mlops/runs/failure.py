"""What went wrong in a step, as `result.json` says it: which cell and line of the *source* notebook, and why. Pure."""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_mlops.base.cells import cell_text
from jupyter_mlops.base.errors import MlopsError
from jupyter_mlops.runs.knownfailures import hint_of
from jupyter_mlops.runs.labels import exception_text
from jupyter_mlops.runs.log import without_ansi

_OF_KERNEL = ("kernel_died", "oom")
_HINTS = {"StdinNotImplementedError": "a run has no keyboard: make a parameter of what the cell asks for"}
_WORDS_OF = {"error": "run.cell_error", "timeout": "run.timeout", "cancelled": "run.cancelled"}


def of_fall(
    step: str, fall: Any, cell: Mapping[str, Any] | None, source: str | None, timeout_s: float | None
) -> dict[str, Any]:
    """Return the error of a step whose cells did not get through.

    Parameters
    ----------
    step
        The step's name.
    fall
        The `Fall` that the execution left.
    cell
        The cell of the step notebook that was running; None before the first.
    source
        The same cell's source in the source notebook, where lines are counted; None if unknown.
    timeout_s
        The step's time limit.
    """
    reply = fall.reply
    text = without_ansi("\n".join(reply.get("traceback", ())))
    code = str(cell["source"]) if cell else ""
    line = line_of(text, cell.get("execution_count") if cell else None, code)
    shown = _line(code, line)
    offset = _offset(code, source)
    generated = bool(cell) and (cell or {})["metadata"].get("mlops", {}).get("cell") is None and _is_generated(cell)
    number = None if cell is None else (cell["metadata"].get("mlops") or {}).get("cell")
    error = {
        "code": _WORDS_OF.get(fall.reason, "run.kernel_died"),
        "cell": number,
        "line": None if line is None or generated else line + offset,
        "first_line": None if generated else _line(source or code, None),
        "ename": reply.get("ename"),
        "evalue": reply.get("evalue"),
        "traceback": without_ansi(fall.traceback) or text,
    }
    if fall.error is not None:
        # Our own errors end with their hint, which has a field.
        hint = f"\nhint: {fall.error.get('hint')}"
        return {**error, "evalue": str(error["evalue"] or "").removesuffix(hint) or None, **fall.error}
    place = _place(number, error["line"], shown, cell)
    hint = _hint(reply) if fall.reason == "error" else ""
    return {**error, **({"hint": hint} if hint else {}), "message": _message(step, fall, reply, place, timeout_s)}


def _hint(reply: Mapping[str, Any]) -> str:
    return _HINTS.get(str(reply.get("ename")), "") or hint_of(reply.get("ename"), reply.get("evalue"))


def of_exception(error: BaseException) -> dict[str, Any]:
    """Return the error of a step that failed outside its cells."""
    own = error.to_json() if isinstance(error, MlopsError) else {"code": "run.internal", "message": repr(error)}
    text = "" if isinstance(error, MlopsError) else "".join(traceback.format_exception(error))
    return {**blank(), **own, "ename": type(error).__name__, "evalue": str(error), "traceback": text}


def blank() -> dict[str, Any]:
    """Return an error with every field and nothing in it."""
    texts = dict.fromkeys(("code", "message", "traceback", "last_output"), "")
    return {**texts, **dict.fromkeys(("cell", "line", "first_line", "ename", "evalue"))}


def no_model(step: str, wanted: str, names: Sequence[str]) -> dict[str, Any] | None:
    """Return the error of a step whose tag ``model:`` has no one model to register; None when there is one.

    Parameters
    ----------
    names
        those that the step logged its models under.
    """
    different = sorted(set(names))
    if wanted in different or len(different) == 1:
        return None
    if not different:
        code, message = "model.not_logged", f'step "{step}" is tagged `model:{wanted}`, but logged no model'
        hint = f'log it: `mlflow.sklearn.log_model(model, name="{wanted}")`, or take the tag off'
    else:
        shown = ", ".join(different[:10])
        code, message = "model.several", f'step "{step}" is tagged `model:{wanted}`, but logged several: {shown}'
        hint = f'log the one to register under the name "{wanted}"'
    return {**blank(), "code": code, "message": message, "hint": hint}


def disk_full(step: str, what: str) -> dict[str, Any]:
    """Return the error of a step that is through but whose record does not fit on the disk."""
    return {
        **blank(),
        "code": "run.disk_full",
        "message": f'step "{step}" ran, but the disk is full: {what} could not be written',
        "hint": "make room where the runs are kept and retry the step",
    }


def line_of(text: str, count: int | None, code: str) -> int | None:
    r"""Return the line, counted from 1, in the cell `In[count]` that a traceback's innermost frame there names.

    >>> line_of("Cell In[3], line 7\n  f()\nCell In[3], line 2, in f()", 3, "")
    2
    >>> line_of("File <timed exec>:2", 3, "%%time\nx = 1\n1 / 0")
    3
    """
    found = re.findall(rf"Cell In *\[{count}\], line (\d+)", text) if count is not None else []
    timed = re.findall(r"File <timed exec>:(\d+)", text)
    # IPython takes empty lines off the top of a cell before it counts, and %%time the line it stands on.
    empty = next((n for n, line in enumerate(code.splitlines()) if line.strip()), 0)
    if timed and code.lstrip().startswith("%%"):
        return int(timed[-1]) + 1 + empty
    return int(found[-1]) + empty if found else None


def _line(code: str, line: int | None) -> str | None:
    """Return the line `line` of `code`, or its first that says something; None when nothing does."""
    lines = code.splitlines()
    if line is not None and 1 <= line <= len(lines):
        return lines[line - 1].strip()
    return next((text.strip() for text in lines if text.strip()), None)


def _offset(code: str, source: str | None) -> int:
    """Return how many lines at the top of the source cell (`%%mlops ...`) the step notebook leaves out."""
    if source is None or not source.endswith(code):
        return 0
    return source[: len(source) - len(code)].count("\n")


def _is_generated(cell: Mapping[str, Any] | None) -> bool:
    return cell is not None and "mlops-generated" in cell["metadata"].get("tags", ())


def _place(number: int | None, line: int | None, shown: str | None, cell: Mapping[str, Any] | None) -> str:
    if cell is None:
        return "before its first cell"
    code = f" ({shown if len(shown) <= 80 else shown[:79] + '…'})" if shown else ""
    if number is None:
        kind = (cell["metadata"].get("mlops") or {}).get("role")
        return f"in its {kind} cell{code}" if kind else f"in a cell without a number{code}"
    return f"in {cell_text(number, line)}{code}"


def in_cell(number: int | None, first_line: str | None, cell: Mapping[str, Any]) -> str:
    """Return the words for where an attempt was that ended without a word of its own."""
    return _place(number, None, first_line, cell if "metadata" in cell else {"metadata": {}})


def _message(step: str, fall: Any, reply: Mapping[str, Any], place: str, timeout_s: float | None) -> str:
    if fall.reason == "timeout":
        return f'step "{step}" was stopped {place}: its time limit of {timeout_s or 0:g} s is over'
    if fall.reason == "cancelled":
        return f'step "{step}" was cancelled {place}'
    if fall.reason in _OF_KERNEL:
        return f'step "{step}" failed {place}: the kernel {fall.words}'
    return f'step "{step}" failed {place}: {exception_text(reply)}'
