"""What may not be in a tracked file, and what the build and the package must agree on."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Hosts of package registries: whoever builds has their own, and it belongs in their configuration.
# (No alternative matches its own text here: each has a backslash or a bracket in it.)
REGISTRY = re.compile(
    r"registry\.(npmjs|yarnpkg)\.\w+|files\.pythonhosted\.\w+|pypi\.org/[s]imple|test\.pypi\.\w+"
    r"|index[-_]url\s*=|/[a]rtifactory/|_auth[T]oken"
)


def tracked_files() -> list[Path]:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git work tree")
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    )
    return [path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


def test_no_tracked_file_names_a_registry() -> None:
    named = {
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in tracked_files()
        if (match := REGISTRY.search(path.read_text(encoding="utf-8", errors="replace")))
    }
    assert named == set()


def test_nothing_that_is_built_is_tracked() -> None:
    built = ("node_modules/", "lib/", "dist/", "jupyter_mlops/labextension/", ".venv/")
    assert [path for path in tracked_files() if path.relative_to(ROOT).as_posix().startswith(built)] == []


def test_the_version_has_one_source() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    package = json.loads((ROOT / "package.json").read_text())
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert "version" in project["dynamic"]
    assert lock["version"] == package["version"]
