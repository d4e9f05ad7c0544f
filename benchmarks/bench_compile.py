"""How long a large notebook takes to compile, and a table of 100 MB to be handed over, beside pickle.

python benchmarks/bench_compile.py [CELLS] [MEGABYTES]
"""

from __future__ import annotations

import json
import os
import pickle
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def spent(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def large_notebook(path: Path, count: int) -> Path:
    """Write `count` cells in steps of ten; each reads what the cell above made."""
    sources = [("step:s0", "x0 = 0")]
    sources += [(f"step:s{n // 10}", f"x{n} = x{n - 1} + {n}\nprint(x{n})") for n in range(1, count)]
    cells = [
        {"cell_type": "code", "id": f"c{number}", "metadata": {"tags": [tag]}, "source": source, "outputs": []}
        for number, (tag, source) in enumerate(sources)
    ]
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": spec}, "cells": cells}))
    return path


def bench_compile(folder: Path, count: int) -> None:
    from jupyter_mlops.notebook.document import read
    from jupyter_mlops.pipeline.compile import compile_notebook

    notebook = large_notebook(folder / "large.ipynb", count)
    start = time.perf_counter()
    compiled = compile_notebook(read(notebook))
    seconds = time.perf_counter() - start
    written = spent(lambda: compiled.stepbooks({}))
    steps = len(compiled.pipeline.steps)
    print(f"{count:,} cells in {steps:,} steps: compiled in {seconds:.2f} s ({seconds / count * 1000:.2f} ms a cell)")
    print(f"{'':<{len(f'{count:,} cells in {steps:,} steps')}}  step notebooks made in {written:.2f} s\n")


def table(megabytes: int) -> Any:
    """Return a table of numbers, dates, categories and texts; about half of its bytes are numbers."""
    import numpy as np
    import pandas as pd

    rows = megabytes * 1_000_000 // 66
    random = np.random.default_rng(0)
    return pd.DataFrame(
        {
            **{f"x{number}": random.normal(size=rows) for number in range(4)},
            "count": random.integers(0, 1000, rows),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 900, rows), unit="D"),
            "kind": pd.Categorical.from_codes(random.integers(0, 8, rows), list("abcdefgh")),
            "word": random.choice(np.array([f"word {number}" for number in range(5000)]), rows),
        }
    )


def bench_handover(folder: Path, megabytes: int) -> None:
    from jupyter_mlops.artifacts.incell import Handover

    frame = table(megabytes)
    os.chdir(folder)
    given: dict[str, Any] = {"frame": frame}
    maker = Handover(given, step="maker", outputs=["frame"])
    maker.load()
    taken: dict[str, Any] = {}
    taker = Handover(taken, step="taker", inputs={"frame": "maker"})
    file = folder / "frame.pickle"
    rows = (
        ("hand over: save", spent(maker.save), ""),
        ("hand over: load", spent(taker.load), ""),
        ("hand over: save in the step that took it", spent(taker.save), "looks whether the table was changed"),
        ("pickle protocol 5: dump", spent(lambda: file.write_bytes(pickle.dumps(frame, protocol=5))), ""),
        ("pickle protocol 5: load", spent(lambda: pickle.loads(file.read_bytes())), ""),
    )
    if not taken["frame"].equals(frame):
        raise SystemExit("what came back is not what went in")
    size = frame.memory_usage(deep=True).sum() / 1e6
    print(f"a table of {len(frame):,} rows, {size:.0f} MB in memory")
    for label, seconds, note in rows:
        print(f"{label:<42}{seconds:>7.2f} s  {note}".rstrip())


def main(count: int = 10_000, megabytes: int = 100) -> None:
    with tempfile.TemporaryDirectory(prefix="mlops-bench-") as name:
        bench_compile(Path(name), count)
        bench_handover(Path(name), megabytes)
        os.chdir("/")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
