"""Python environments compared by what they are. `python` and `python3` of one folder are two names of one environment.

An environment is the interpreter's own file and the prefix whose packages it imports: a virtual environment has a
``pyvenv.cfg`` above the folder of its interpreter, every other one has its interpreter's own prefix.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def environment_of(python: str) -> tuple[str, str]:
    """Return what tells the environment of an interpreter from others: the real file, and the real prefix."""
    file = os.path.realpath(python)
    # Only the folder is resolved: the link inside a virtual environment is what makes it one.
    prefix = Path(os.path.realpath(os.path.dirname(os.path.abspath(python)))).parent
    if not (prefix / "pyvenv.cfg").is_file():
        prefix = Path(file).parent.parent
    return file, str(prefix)


def is_ours(python: str) -> bool:
    """Whether an interpreter, by whichever name, is of this process's environment; empty is."""
    return not python or python == sys.executable or environment_of(python) == environment_of(sys.executable)


def why_cold(python: str) -> str:
    """Return the words for why an attempt cannot be forked from the warm process of this environment."""
    (file, prefix), (own_file, own_prefix) = environment_of(python), environment_of(sys.executable)
    if prefix != own_prefix:
        there = "`jupyter mlops runner restart` there makes it the runner's"
        return f"the run's Python environment is {prefix}, the runner's is {own_prefix}; {there}"
    return f"the run's Python is {file}, the runner's is {own_file}; `jupyter mlops runner restart` takes the new one"
