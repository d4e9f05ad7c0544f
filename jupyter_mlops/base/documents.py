"""Documents that anybody may have written: YAML, JSON and texts in the folder of a model, read within bounds.

The only file that reads YAML (a test looks for others). A small file can ask for more than there is: aliases of
aliases, a link to a device, a pipe without a writer. Each is a `ValueError` that says so.
"""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jupyter_mlops.base.errors import MlopsError

MOST_BYTES = 5_000_000
# What its aliases stand for counts too, in parts and characters.
MOST_PARTS = 50_000
_LONGEST_NUMBER = 100


def read_text(folder: Path, name: str, errors: str = "strict") -> str:
    """Return a text of a folder.

    Raises
    ------
    OSError
        it is not there, or cannot be read.
    ValueError
        it is no file of the folder, is too large, or no text.
    """
    file = (folder / name).resolve(strict=True)
    if not file.is_relative_to(folder.resolve()):
        raise ValueError("it is not in the folder of the model")
    found = file.stat()
    if not stat.S_ISREG(found.st_mode):
        raise ValueError("it is no file")
    if found.st_size > MOST_BYTES:
        raise ValueError(f"it is too large: {found.st_size:,} bytes, at most {MOST_BYTES:,} are read")
    with file.open("rb") as opened:
        return opened.read(MOST_BYTES).decode("utf-8", errors)


def from_yaml(text: str, loader: Callable[[], Any] | None = None) -> Any:
    """Return what plain YAML says; no tag makes an object, and no alias more than it could have been written out.

    Parameters
    ----------
    loader
        Returns a class made from `guarded_loader`, for a dialect. None is YAML without ``<<``.

    >>> from_yaml("a: [1, 2]")
    {'a': [1, 2]}

    Raises
    ------
    ValueError
        it is no YAML, or too much of it.
    MlopsError
        what the loader raises.
    """
    try:
        reading = (loader or guarded_loader)()(text)
        try:
            found = reading.get_single_data()
        finally:
            reading.dispose()
        _weigh(found, {})
        return _whole(found)
    except MlopsError:
        raise
    except Exception as error:
        # A door: PyYAML raises whatever it stumbles over, KeyError for `!!bool maybe`.
        raise ValueError(" ".join(str(error).split())[:300] or type(error).__name__) from error


def from_json(text: str) -> Any:
    """Return what JSON says, without halves of characters, which nobody can write down again.

    Raises
    ------
    ValueError
        it is no JSON, or too deep.
    """
    try:
        return _whole(json.loads(text))
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def whole(text: str) -> str:
    """Return a text without halves of characters: names of files are bytes, and JSON may write anything."""
    return text.encode("utf-8", "replace").decode()


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, list):
        return [_whole(each) for each in value]
    if isinstance(value, dict):
        return {_whole(name): _whole(each) for name, each in value.items()}
    return value


def _weigh(value: Any, known: dict[int, int]) -> int:
    """Return how large a value is written out; a part that holds itself has no end."""
    if isinstance(value, str | bytes):
        return 1 + len(value) // 100
    if not isinstance(value, list | dict | set | tuple):
        return 1
    found = known.get(id(value))
    if found == 0:
        raise ValueError("a part of it holds itself")
    if found is None:
        known[id(value)] = 0
        parts = [*value, *value.values()] if isinstance(value, Mapping) else value
        found = known[id(value)] = 1 + sum(_weigh(part, known) for part in parts)
        if found > MOST_PARTS:
            raise ValueError(f"with its aliases it has more than {MOST_PARTS:,} parts")
    return found


@cache
def guarded_loader() -> Any:
    """Return the class that reads YAML within bounds."""
    import yaml

    class Loader(yaml.SafeLoader):
        """Stops where there is more than anybody writes."""

        parts = 0
        merged = 0
        may_merge = False

        def compose_node(self, parent: Any, index: Any) -> Any:
            self.parts += 1
            if self.parts > MOST_PARTS:
                raise ValueError(f"it has more than {MOST_PARTS:,} parts")
            return super().compose_node(parent, index)

        def flatten_mapping(self, node: Any) -> None:
            if not self.may_merge and any(key.tag == "tag:yaml.org,2002:merge" for key, _ in node.value):
                raise ValueError("`<<` is not read")
            super().flatten_mapping(node)
            # Each may be ten times the one before.
            self.merged += len(node.value)
            if self.merged > MOST_PARTS:
                raise ValueError(f"with what it merges it has more than {MOST_PARTS:,} parts")

        def construct_scalar(self, node: Any) -> Any:
            # `1:1:1:…` is a number to base 60, whose time grows with the square of its length.
            if node.tag.endswith((":int", ":float")) and len(node.value) > _LONGEST_NUMBER:
                raise ValueError(f"a number in it has more than {_LONGEST_NUMBER} digits")
            return super().construct_scalar(node)

    return Loader
