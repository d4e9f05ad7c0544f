"""Notebooks: check, show and compile, the verbs that start nothing and need no store."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlops.app.given import resolve_all
from jupyter_mlops.app.text import counted
from jupyter_mlops.base.errors import FindingsError, UsageError
from jupyter_mlops.notebook.codes import BY_CODE
from jupyter_mlops.notebook.document import Document, read
from jupyter_mlops.notebook.finding import Finding
from jupyter_mlops.notebook.ignoring import ignorable
from jupyter_mlops.notebook.layout import Region
from jupyter_mlops.pipeline.spec import Pipeline
from jupyter_mlops.runs.files import write_bytes

if TYPE_CHECKING:
    from jupyter_mlops.pipeline.compile import Compiled

PIPELINE_FILE = "pipeline.json"


@dataclass(frozen=True)
class Checked:
    """What reading a notebook gives: its name, its pipeline (a best guess when there are errors), all
    findings.
    """

    name: str
    pipeline: Pipeline
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that forbid a run."""
        return tuple(f for f in self.findings if f.is_error)


def check(notebook: str | os.PathLike[str], ignore: Collection[str] = ()) -> Checked:
    """Read a notebook and return all that is to say about it, also what this machine would refuse a run for.

    The file is not changed and no code of it runs.
    """
    compiled = compiled_of(read(Path(notebook)), ignorable(ignore))
    found = with_refusals(compiled.findings, compiled.pipeline, compiled.analysis.layout.regions)
    return Checked(compiled.document.path.name, compiled.pipeline, found)


def with_refusals(
    findings: tuple[Finding, ...], pipeline: Pipeline, regions: Mapping[str, Region]
) -> tuple[Finding, ...]:
    """Return the findings, and those that say what a run would be refused for here and now."""
    from jupyter_mlops.app.refusals import refusals

    found = [*findings, *refusals(pipeline, regions)]
    return tuple(sorted(found, key=lambda f: (f.cell is None, f.cell or 0, f.line or 0)))


def compiled_of(document: Document, ignore: Collection[str] = ()) -> Compiled:
    """Compile a document; what is wrong with it stays in the findings."""
    from jupyter_mlops.pipeline.compile import compile_notebook

    return compile_notebook(document, ignore)


def sound(document: Document, ignore: Collection[str] = ()) -> Compiled:
    """Compile a document; raise `FindingsError` with all findings when one of them is an error and is not ignored."""
    compiled = compiled_of(document, ignore)
    if compiled.errors:
        count = counted(len(compiled.errors), "error")
        name = document.path.name
        codes = dict.fromkeys(f.code for f in compiled.errors if not BY_CODE[f.code].never)
        way = f", or run it nevertheless with `--ignore {','.join(codes)}`" if codes else ""
        hint = f"mend what is listed above{way}"
        raise FindingsError(f"{name} has {count}; nothing was started", compiled.findings, hint)
    return compiled


def write(
    notebook: str | os.PathLike[str],
    out: str | os.PathLike[str],
    values: Mapping[str, Any],
    texts: Mapping[str, str],
    ignore: Collection[str] = (),
) -> list[Path]:
    """Write ``pipeline.json`` and one notebook per step into the folder `out`, and return the files.

    Each file appears as a whole, ``pipeline.json`` last; step notebooks of an earlier compilation are taken
    away.

    Raises
    ------
    FindingsError
        the notebook has errors; nothing was written.
    UsageError
        ``compile.not_written``; or what is wrong with the parameters.
    """
    compiled = sound(read(Path(notebook)), ignorable(ignore))
    spec, folder = compiled.pipeline, Path(out)
    # Without values for them, required parameters are left for who runs the notebooks by hand.
    open_names = {p.name for p in spec.parameters if p.required} - values.keys() - texts.keys()
    asked = replace(spec, parameters=tuple(p for p in spec.parameters if p.name not in open_names))
    books = compiled.stepbooks(resolve_all(asked, values, texts))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stale = _earlier(folder) - {step.notebook for step in spec.steps}
        written = []
        for step in spec.steps:
            written.append(folder / step.notebook)
            write_bytes(written[-1], notebook_bytes(books[step.name]))
        write_bytes(folder / PIPELINE_FILE, json_bytes(spec.to_json()))
        for name in stale:
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(
            "compile.not_written", f"cannot write into `{folder}`: {reason}", "name another folder"
        ) from error
    return [folder / PIPELINE_FILE, *written]


def _earlier(folder: Path) -> set[str]:
    try:
        steps = json.loads((folder / PIPELINE_FILE).read_bytes())["steps"]
        names = {str(step["notebook"]) for step in steps}
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    return {name for name in names if name.endswith(".ipynb") and Path(name).name == name}


def notebook_bytes(book: Any) -> bytes:
    """Return a notebook as the bytes of its file."""
    return json_bytes(book)


def json_bytes(value: Any) -> bytes:
    """Return the JSON form as UTF-8; a lone surrogate becomes its escape, which is still JSON."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "backslashreplace")
