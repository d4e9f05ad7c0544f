"""Whether an environment has what a model needs: its requirements beside what is installed. Downloads nothing.

A package that was pinned (``scikit-learn==1.5.2``) fits in every release of the same minor version: models are logged
with the exact versions of one day, and bug fixes do not change what is in their files.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import Specifier
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from jupyter_mlops.base.documents import from_yaml, read_text

_PROBE_S = 30.0
_MOST_LINES, _LONGEST_LINE = 5_000, 10_000
_PROBE = """
import json, sys
from importlib.metadata import distributions
found = {d.metadata["Name"]: d.version for d in distributions() if d.metadata["Name"]}
print(json.dumps({"python": "%d.%d.%d" % sys.version_info[:3], "packages": found}))
"""


@dataclass(frozen=True)
class Environment:
    """An interpreter and the packages that it finds: versions by canonical name."""

    executable: str
    python: str
    packages: Mapping[str, str]


def here() -> Environment:
    """Return the environment of this process."""
    found = {dist.metadata["Name"]: dist.version for dist in distributions() if dist.metadata["Name"]}
    python = "{}.{}.{}".format(*sys.version_info[:3])
    return Environment(sys.executable, python, _canonical(found))


@cache
def of(executable: str) -> Environment | None:
    """Return the environment of another interpreter; None when it cannot be asked."""
    try:
        asked = subprocess.run(
            [executable, "-I", "-c", _PROBE], capture_output=True, timeout=_PROBE_S, check=True, cwd="/"
        )
        told = json.loads(asked.stdout)
        return Environment(executable, str(told["python"]), _canonical(told["packages"]))
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError):
        return None


def missing(model: Path, environment: Environment) -> list[str]:
    """Return what a model needs and an environment has not, a line for each: ``catboost 1.2.5 (not installed)``."""
    return list(_unmet(model, environment))


def _unmet(model: Path, environment: Environment) -> Iterator[str]:
    python = python_of(model)
    if python and _minor(python) != _minor(environment.python):
        yield f"Python {python} (here: {environment.python})"
    if "mlflow" not in environment.packages and "mlflow-skinny" not in environment.packages:
        yield "mlflow (not installed)"
    for requirement in requirements_of(model):
        installed = environment.packages.get(canonicalize_name(requirement.name))
        wanted = f"{requirement.name}{requirement.specifier}"
        if installed is None:
            # Told above; MLflow's smaller distribution serves as well.
            if canonicalize_name(requirement.name) != "mlflow":
                yield f"{wanted} (not installed)"
        elif not _fits(requirement, installed):
            yield f"{wanted} (installed: {installed})"


def _fits(requirement: Requirement, installed: str) -> bool:
    try:
        version = Version(installed)
    except InvalidVersion:
        return True
    if canonicalize_name(requirement.name) == "mlflow":
        # MLflow reads models of every release of the same major version.
        return all(_major(each.version) <= version.major for each in requirement.specifier if each.operator == "==")
    return all(_allows(each, version) for each in requirement.specifier)


def _allows(specifier: Specifier, version: Version) -> bool:
    if specifier.operator in ("==", "===") and not specifier.version.endswith(".*"):
        try:
            return Version(specifier.version).release[:2] == version.release[:2]
        except InvalidVersion:
            return False
    return specifier.contains(version, prereleases=True)


def requirements_of(model: Path) -> list[Requirement]:
    """Return the packages that a model's ``requirements.txt`` asks for on this machine.

    What is no requirement of a named package (options, paths, addresses without a name) cannot be looked up and is left
    out.
    """
    try:
        lines = read_text(model, "requirements.txt").splitlines()
    except (OSError, ValueError):
        return []
    return [found for found in _parsed(lines[:_MOST_LINES]) if _applies(found)]


def _applies(requirement: Requirement) -> bool:
    """Return whether a requirement is one on this machine; one whose marker compares what cannot be compared is."""
    try:
        return requirement.marker is None or requirement.marker.evaluate()
    except (ValueError, TypeError, KeyError):
        # `sys_platform ~= 'x'`: packaging raises `UndefinedComparison` and `UndefinedEnvironmentName`, ValueErrors.
        return True


def _parsed(lines: Iterable[str]) -> Iterator[Requirement]:
    for line in lines:
        if len(line) > _LONGEST_LINE:
            continue
        text = re.split(r"(?:^|\s)#|\s--", line, maxsplit=1)[0].strip().rstrip("\\").strip()
        if text and not text.startswith("-"):
            try:
                yield Requirement(text)
            except InvalidRequirement:
                continue


def python_of(model: Path) -> str | None:
    """Return the version of Python that a model was made with, as ``python_env.yaml`` or ``MLmodel`` says it."""
    for name, path in (("python_env.yaml", ("python",)), ("MLmodel", ("flavors", "python_function", "python_version"))):
        try:
            found = from_yaml(read_text(model, name))
        except (OSError, ValueError):
            continue
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        if found is not None and re.fullmatch(r"\d+\.\d+[\w.]*", str(found)):
            return str(found)
    return None


def _minor(python: str) -> tuple[str, ...]:
    return tuple(python.split(".")[:2])


def _major(text: str) -> int:
    try:
        return Version(text.removesuffix(".*")).major
    except InvalidVersion:
        return 0


def _canonical(packages: Mapping[str, str]) -> dict[str, str]:
    return {str(canonicalize_name(name)): str(version) for name, version in packages.items()}
