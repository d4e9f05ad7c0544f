"""What the package imports is what it says it needs: nothing is there only because somebody else brings it."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "jupyter_mlops"
# Served, stored or shown where the user's own environment has them; what needs them is not reached where it has not.
GUESTS = {"pandas", "polars", "scipy", "torch"}


def imported() -> dict[str, set[str]]:
    """The third parties that the package imports, and the files that do."""
    found: dict[str, set[str]] = {}
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_bytes())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                found.setdefault(name.partition(".")[0], set()).add(file.relative_to(ROOT).as_posix())
    ours = {*sys.stdlib_module_names, "jupyter_mlops", "_typeshed", ""}
    return {name: files for name, files in found.items() if name not in ours}


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {plain(re.split(r"[^\w.-]", line)[0]) for line in project["dependencies"]}


def extras() -> set[str]:
    """What users may install for a part of the package."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    parts = {name: lines for name, lines in project["optional-dependencies"].items() if name not in ("test", "dev")}
    return {plain(re.split(r"[^\w.-]", line)[0]) for lines in parts.values() for line in lines}


def test_every_import_is_declared() -> None:
    distributions = packages_distributions()
    missing = {
        name: sorted(files)
        for name, files in imported().items()
        if name not in GUESTS
        and not {plain(each) for each in distributions.get(name, [name])} & (declared() | extras())
    }
    assert missing == {}


def test_what_is_declared_is_imported() -> None:
    distributions = packages_distributions()
    used = {plain(each) for name in imported() for each in distributions.get(name, [name])}
    # Programs that are started, and what is taken by its name.
    assert declared() - used <= {"argcomplete", "httptools", "ipykernel", "jupyterlab", "uvloop"}
