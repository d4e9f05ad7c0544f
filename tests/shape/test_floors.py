"""The oldest releases that may be installed hold no fault that is known and mended: a table, with the reason of each.

A row stays when its advisory is old: the floor may rise, and never falls below it.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[2]
FLOORS = {
    "filelock": ("3.20.3", "CVE-2025-68146, CVE-2026-22701: a lock file that is a link is truncated"),
    "ipython": ("8.10", "CVE-2023-24816: commands through the title of a terminal, on Windows"),
    "jupyter-core": ("5.8.1", "CVE-2025-30167: configuration from a folder that others may write, on Windows"),
    "jupyter-server": ("2.14.1", "CVE-2024-35178: the password's hash is sent to another machine, on Windows"),
    "jupyterlab": (
        "4.4.8",
        "CVE-2024-43805: HTML in Markdown takes the token; CVE-2025-59842: links keep their opener",
    ),
    "mlflow": ("3.5", "CVE-2025-11201: a path of the model registry; CVE-2025-14279: requests by a foreign page"),
    "nbconvert": ("7.17.1", "CVE-2025-53000: a program of the current folder is run, on Windows"),
    "pyarrow": ("14.0.1", "CVE-2023-47248: code runs when an Arrow or Parquet file is read"),
    "pydantic": ("2.4", "CVE-2024-3772: a pattern for addresses takes quadratic time"),
    "pygments": ("2.15.1", "CVE-2022-40896: a pattern of a lexer takes exponential time"),
    "pyyaml": ("5.4", "CVE-2020-14343: code runs when YAML is read by the full loader"),
    "skops": ("0.13", "CVE-2025-54412, CVE-2025-54413, CVE-2025-54886: types are trusted that were not named"),
    "sqlalchemy": ("1.4", "CVE-2019-7164: SQL in the order of a query"),
    "tornado": (
        "6.5.3",
        "CVE-2024-52804, CVE-2025-47287, CVE-2025-67724..67726: quadratic time, logs, a header's reason",
    ),
    "uvicorn": ("0.11.7", "CVE-2020-7695: headers of an answer are split"),
}


def declared() -> dict[str, Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found = [Requirement(line) for line in project["dependencies"]]
    return {each.name.lower(): each for each in found}


@pytest.mark.parametrize("name", FLOORS)
def test_nothing_older_than_its_last_mended_fault_is_allowed(name: str) -> None:
    lowest = [Version(each.version) for each in declared()[name].specifier if each.operator in (">=", "~=", "==")]
    assert lowest, f"{name} has no floor"
    assert max(lowest) >= Version(FLOORS[name][0]), FLOORS[name][1]
