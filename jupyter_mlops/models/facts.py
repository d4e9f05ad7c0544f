"""What is known of a model from its files: flavors, signature, example, requirements, size. Nothing is ever loaded.

The description is MLflow's file ``MLmodel``, YAML; it comes from whoever logged the model, so that every field may be
missing or of another type. What cannot be read is left out and told in `problems`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from jupyter_mlops.base.documents import from_json, from_yaml, read_text, whole

DESCRIPTION = "MLmodel"
MOST_FILES = 20_000
_MOST_LINES = 1_000


@dataclass(frozen=True)
class Column:
    """A column, a tensor (`shape`) or a parameter of a signature. `name` is None where there are no names."""

    name: str | None
    type: str
    is_required: bool = True
    shape: tuple[int, ...] | None = None
    default: Any = None


@dataclass(frozen=True)
class Signature:
    """What a model takes and gives."""

    inputs: tuple[Column, ...]
    outputs: tuple[Column, ...]
    params: tuple[Column, ...]


@dataclass(frozen=True)
class Facts:
    """A model as its files describe it.

    Attributes
    ----------
    flavors
        as MLflow names them, ``python_function`` left out where there is another one.
    example
        the input example as ``/invocations`` takes it; None without one.
    requirements
        lines of its ``requirements.txt``.
    size
        of all files, bytes.
    problems
        what could not be read.
    """

    flavors: tuple[str, ...] = ()
    loader: str = ""
    signature: Signature | None = None
    example: Any = None
    requirements: tuple[str, ...] = ()
    python: str = ""
    size: int = 0
    files: tuple[tuple[str, int], ...] = ()
    problems: tuple[str, ...] = ()
    description: Mapping[str, Any] = field(default_factory=dict)


def read_facts(folder: Path) -> Facts:
    """Return what the files of a model say; a folder that is none of a model gives problems, never an error."""
    problems: list[str] = []
    description = _description(folder, problems)
    flavors = _object(description.get("flavors"))
    pyfunc = _object(flavors.get("python_function"))
    names = tuple(str(name) for name in flavors if name != "python_function") or tuple(map(str, flavors))
    files = tuple(sorted(_files(folder, problems)))
    return Facts(
        names,
        str(pyfunc.get("loader_module") or ""),
        _signature(description.get("signature"), problems),
        _example(folder, _object(description.get("saved_input_example_info")), problems),
        tuple(_lines(folder, problems)),
        str(pyfunc.get("python_version") or ""),
        sum(size for _, size in files),
        files,
        tuple(problems),
        description,
    )


def _description(folder: Path, problems: list[str]) -> dict[str, Any]:
    try:
        found = from_yaml(read_text(folder, DESCRIPTION))
    except (OSError, ValueError) as error:
        problems.append(f"`{DESCRIPTION}` cannot be read: {_why(error)}")
        return {}
    if not isinstance(found, dict):
        problems.append(f"`{DESCRIPTION}` is no description of a model")
        return {}
    return found


def _signature(found: object, problems: list[str]) -> Signature | None:
    if not isinstance(found, dict):
        return None
    try:
        inputs, outputs, params = (tuple(_columns(found.get(part))) for part in ("inputs", "outputs", "params"))
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError) as error:
        problems.append(f"the signature cannot be read: {_why(error)}")
        return None
    return Signature(inputs, outputs, params)


def _columns(text: object) -> Iterable[Column]:
    for column in from_json(text) if isinstance(text, str) else ():
        name = column.get("name")
        kind, tensor = column.get("type", ""), column.get("tensor-spec") or {}
        shape = tensor.get("shape", column.get("shape"))
        yield Column(
            None if name is None else str(name),
            str(tensor.get("dtype")) if tensor else _type(kind, column),
            bool(column.get("required", True)),
            tuple(int(size) for size in shape) if isinstance(shape, list) else None,
            column.get("default"),
        )


def _type(kind: object, column: Mapping[str, Any]) -> str:
    if kind == "array":
        return f"array of {_type(_object(column.get('items')).get('type', ''), _object(column.get('items')))}"
    return str(kind)


def _example(folder: Path, info: Mapping[str, Any], problems: list[str]) -> Any:
    for name in (info.get("serving_input_path"), "serving_input_example.json"):
        try:
            if name:
                return from_json(read_text(folder, str(name)))
        except FileNotFoundError:
            continue
        except (OSError, ValueError, RecursionError) as error:
            problems.append(f"the input example cannot be read: {_why(error)}")
    return None


def _files(folder: Path, problems: list[str]) -> Iterable[tuple[str, int]]:
    for number, path in enumerate(islice(folder.rglob("*"), MOST_FILES + 1)):
        if number == MOST_FILES:
            problems.append(f"it has more than {MOST_FILES:,} files; only these were counted")
            continue
        try:
            if path.is_file() and not path.is_symlink():
                yield whole(path.relative_to(folder).as_posix()), path.stat().st_size
        except OSError as error:
            problems.append(f"not all files can be looked at: {_why(error)}")
            return


def _lines(folder: Path, problems: list[str]) -> Iterable[str]:
    try:
        text = read_text(folder, "requirements.txt", "replace")
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        problems.append(f"`requirements.txt` cannot be read: {_why(error)}")
        return []
    lines = [line.strip()[:1000] for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return lines[:_MOST_LINES]


def _object(found: object) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}


def _why(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
