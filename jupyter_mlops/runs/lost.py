"""What an attempt that was killed could not write itself: where it was, the error in its notebook; and its remains.

An attempt that ends by itself writes all of this (`attempt`, `execution`). One that is killed, by the memory limit, the
runner or anybody else, leaves `progress.json` and an executed notebook that may be a second old; the runner completes
them. No function here raises for what the folder holds or the disk refuses.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_mlops.runs.failure import in_cell
from jupyter_mlops.runs.files import RESERVE, write_bytes
from jupyter_mlops.runs.log import tail_of

PROGRESS = "progress.json"
EXECUTED = "executed.ipynb"
# Where a kernel that is being started has its sockets; gone as soon as they are connected.
SOCKETS = "sockets"
_LARGEST_NOTEBOOK_BYTES = 64 * 2**20
_NAMES = {"oom": "OutOfMemory", "timeout": "Timeout", "cancelled": "Cancelled", "shutdown": "Interrupted"}


@dataclass(frozen=True)
class Place:
    """Where an attempt was: the cell's index in the step notebook and in the source, its first line, words for it."""

    index: int | None = None
    cell: int | None = None
    first_line: str | None = None
    words: str = "before its first cell"


def place_in(folder: Path) -> Place:
    """Return where the attempt in `folder` was when it was last heard of."""
    progress = _object(folder / PROGRESS)
    position = progress.get("position")
    if not isinstance(position, int):
        return Place()
    cells = _object(Path(str(_object(folder / "attempt.json").get("notebook") or ""))).get("cells")
    index = position - 1
    found = cells[index] if isinstance(cells, list) and 0 <= index < len(cells) else {}
    number = progress.get("cell")
    number = number if isinstance(number, int) else None
    source = found.get("source") or ""
    code = source if isinstance(source, str) else "".join(source)
    first = next((line.strip() for line in code.splitlines() if line.strip()), None)
    return Place(index, number, first, in_cell(number, first, found))


def complete(folder: Path, reason: str, error: Mapping[str, Any]) -> dict[str, Any]:
    """Return the error of a killed attempt with its last output, and write the error into its executed notebook."""
    place = place_in(folder)
    with contextlib.suppress(OSError, ValueError, LookupError, TypeError, AttributeError):
        _mark(folder, place, _NAMES.get(reason, "WorkerLost"), str(error.get("message") or ""))
    last = ""
    with contextlib.suppress(OSError):
        last = tail_of(folder / "log.txt")
    return {**error, "first_line": place.first_line, "last_output": last}


def clear(folder: Path) -> None:
    """Remove what a killed attempt leaves beside its files: the reserve, half-written files, its kernel's sockets."""
    with contextlib.suppress(OSError):
        sockets = Path((folder / SOCKETS).read_text(encoding="utf-8"))
        # The step's own code can write this file: only what looks like ours goes.
        if re.fullmatch(r"mlops-\w{8}", sockets.name) and sockets.is_dir() and not sockets.is_symlink():
            for entry in sockets.iterdir():
                if re.fullmatch(r"k-\d+|\.?kernel\.json.*", entry.name):
                    entry.unlink()
            sockets.rmdir()
    for pattern in (RESERVE, SOCKETS, ".*.tmp"):
        with contextlib.suppress(OSError):
            for path in folder.glob(pattern):
                path.unlink()


def _mark(folder: Path, place: Place, name: str, message: str) -> None:
    """Add the error to the cell that was running, in the notebook as it was last written, or else as it was to run."""
    path = folder / EXECUTED
    if not path.is_file():
        path = Path(_object(folder / "attempt.json")["notebook"])
    if path.stat().st_size > _LARGEST_NOTEBOOK_BYTES:
        return
    notebook = json.loads(path.read_bytes())
    cells = notebook["cells"]
    if place.index is not None and cells[place.index]["cell_type"] == "code":
        cell = cells[place.index]
        output = {"output_type": "error", "ename": name, "evalue": message, "traceback": [f"{name}: {message}"]}
        cell["outputs"] = [*cell.get("outputs", ()), output]
        for before in cells[: place.index]:
            record = before["metadata"].get("papermill")
            if record is not None and record.get("status") in ("pending", "running"):
                record["status"] = "completed"
        cell["metadata"]["papermill"] = {**(cell["metadata"].get("papermill") or {}), "status": "failed"}
        cell["metadata"]["papermill"]["exception"] = True
    notebook["metadata"]["papermill"] = {**(notebook["metadata"].get("papermill") or {}), "exception": True}
    write_bytes(folder / EXECUTED, json.dumps(notebook, indent=1).encode())


def _object(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def note_sockets(folder: Path | None, sockets: Path | None) -> None:
    """Note where the sockets of an attempt's kernel are; None for `sockets` when they are gone."""
    if folder is None:
        return
    with contextlib.suppress(OSError):
        if sockets is None:
            (folder / SOCKETS).unlink()
        else:
            write_bytes(folder / SOCKETS, os.fsencode(sockets), sync=False)
