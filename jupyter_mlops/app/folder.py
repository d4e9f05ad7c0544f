"""The run folder as a door reads it: logs, progress, results and executed notebooks of the attempts. Never
writes.

What a run's state *is* comes from the store; this is what the state looks like from inside a step.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_mlops.app.text import plain
from jupyter_mlops.pipeline.spec import Pipeline

TAIL_BYTES = 16_384


@dataclass(frozen=True)
class AttemptFiles:
    """The folder of one attempt: ``attempts/<step notebook>/<number>``."""

    step: str
    number: int
    folder: Path

    @property
    def log(self) -> Path:
        """The complete text output, appended while the step runs."""
        return self.folder / "log.txt"

    @property
    def notebook(self) -> Path:
        """The executed notebook, current to the last finished cell."""
        return self.folder / "executed.ipynb"

    def result(self) -> dict[str, Any]:
        """Return ``result.json``; empty while the attempt runs."""
        return result_of(self.folder)

    def position(self) -> tuple[int, int] | None:
        """Return (cells done, cells in all), or None before the first."""
        progress = _object(self.folder / "progress.json")
        position, total = progress.get("position"), progress.get("total")
        return (position, total) if isinstance(position, int) and isinstance(total, int) else None

    def cell(self) -> int | None:
        """Return the index of the cell of the notebook that it executes; None when that cell is a generated one."""
        cell = _object(self.folder / "progress.json").get("cell")
        return cell if isinstance(cell, int) else None

    def tail(self, lines: int = 1) -> list[str]:
        """Return the last lines of the log that are not blank, plain; what a carriage return overwrote is
        gone.
        """
        try:
            with self.log.open("rb") as file:
                file.seek(0, 2)
                file.seek(max(0, file.tell() - TAIL_BYTES))
                text = file.read().decode("utf-8", "replace")
        except OSError:
            return []
        shown = (plain(line.rstrip("\r").rsplit("\r", 1)[-1]).rstrip() for line in text.split("\n"))
        return [line for line in shown if line][-lines:]


class RunFolder:
    """The folder of one run, ``<home>/runs/<id>``."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def record(self) -> dict[str, Any]:
        """Return ``run.json``."""
        return _object(self.path / "run.json")

    def tracking(self) -> dict[str, Any]:
        """Return ``mlflow.json``: parent run id, experiment, URI; empty before the tracking run was opened."""
        return _object(self.path / "mlflow.json")

    def pipeline(self) -> Pipeline:
        """Return the pipeline that the run executes."""
        return Pipeline.from_json(json.loads((self.path / "pipeline.json").read_text(encoding="utf-8")))

    def attempts(self, step: str | None = None) -> list[AttemptFiles]:
        """Return the attempts of a step, or of all steps in reading order, oldest first."""
        found = []
        for each in self.pipeline().steps:
            if step is None or each.name == step:
                home = self.path / "attempts" / each.notebook.removesuffix(".ipynb")
                numbers = sorted(int(f.name) for f in _entries(home) if re.fullmatch(r"[0-9]+", f.name))
                found += [AttemptFiles(each.name, number, home / str(number)) for number in numbers]
        return found

    def latest(self) -> dict[str, AttemptFiles]:
        """Return the latest attempt of every step that has one."""
        return {attempt.step: attempt for attempt in self.attempts()}

    def log_lines(
        self, offsets: dict[tuple[str, int], int], step: str | None = None, carried: Mapping[str, Path] | None = None
    ) -> Iterator[tuple[str, str]]:
        """Yield (label, line) of every complete line written since `offsets`, which is moved on.

        A step whose result was taken over has no attempt here; `carried` names the folder of the one that made it.

        The label is the step's name, with ``#2`` from its second attempt on, or ``(carried)``. A last line without
        its end is kept back.
        """
        carried = carried or {}
        for attempt in self._logged(step, carried):
            label = attempt.step if attempt.number == 1 else f"{attempt.step}#{attempt.number}"
            if attempt.folder == carried.get(attempt.step):
                label = f"{attempt.step} (carried)"
            start = offsets.get((attempt.step, attempt.number), 0)
            try:
                with attempt.log.open("rb") as file:
                    file.seek(start)
                    written = file.read()
            except OSError:
                continue
            if not (attempt.folder / "result.json").exists():
                written = written[: written.rfind(b"\n") + 1]
            offsets[attempt.step, attempt.number] = start + len(written)
            if written:
                for line in written.decode("utf-8", "replace").removesuffix("\n").split("\n"):
                    yield label, line

    def _logged(self, step: str | None, carried: Mapping[str, Path]) -> list[AttemptFiles]:
        """The attempts of a step, or of all in reading order, with those of earlier runs that were taken over."""
        found: list[AttemptFiles] = []
        own = self.attempts(step)
        for name in [step] if step is not None else [each.name for each in self.pipeline().steps]:
            mine = [attempt for attempt in own if attempt.step == name]
            found += mine or ([AttemptFiles(name, 1, carried[name])] if name in carried else [])
        return found


def result_of(attempt: Path) -> dict[str, Any]:
    """Return the ``result.json`` of an attempt's folder; empty while the attempt runs."""
    return _object(attempt / "result.json")


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _object(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
