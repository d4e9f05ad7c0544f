"""How a manifest names an artifact, and the manifest's own reading and writing."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from jupyter_mlops.artifacts.store import write_atomically
from jupyter_mlops.base.errors import HandoverError

#: Version 1 had plain names everywhere, and no `unchanged`, `same` and `inside`.
VERSION = 2
#: What a step was given, what it hands on, what set-up made, and what came along inside an input, as `aliases` says
#: it: ``in:rows``, ``inside:rows:load``.
IN, OUT, SETUP, INSIDE = "in:", "out:", "setup:", "inside:"
#: What a class or function keeps, among the outputs while they are written: ``kept:Model``.
KEPT = "kept:"


@dataclass(frozen=True)
class Ref:
    """One handed-over value: where its bytes are and what they are.

    `key` is the name inside a bundle, None when the artifact is the value itself.
    """

    digest: str
    serializer: str
    type: str
    size_bytes: int
    key: str | None = None
    summary: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Ref:
        """Read the JSON form."""
        return cls(**{name: data[name] for name in cls.__dataclass_fields__})


@dataclass
class Manifest:
    """What one attempt hands over, and what it did to what it was given; `outputs.json`.

    Attributes
    ----------
    outputs, absent
        names with their artifacts, and names that were not bound at the end.
    inputs
        the artifacts as they were loaded.
    inside
        what outputs hold of values of steps above, ``rows:load`` for `rows` of step `load`; each is in the bundle of
        an output.
    changed
        inputs and values of set-up (``setup:rows``) whose content changed during the step, although others may hold
        the old one.
    unchanged
        the same, of those whose content is certainly as it came.
    same
        outputs that are an input as it came -> the step that made the value.
    aliases
        groups of values that share a mutable object at the end. The objects of two groups are different ones, also
        where a value is in both. A name may be in a group twice: as it came (``in:rows``) and as it is handed on
        (``out:rows``).
    setup
        digest of each set-up name after set-up, equal in every process; None when it has none.
    definitions
        digest of the mutable state of each definition at the start and at the end.
    kept
        what definitions keep that steps below need: name -> artifact of a `keeping.State`.
    classes
        the same of classes that came with a value: the name, and for those that a function made a `#` with what tells
        them apart.
    random
        global generator -> digest of its state at the start and at the end, and whether the step seeds it itself.
    process
        what the process and the user's own modules keep -> digest at the start and at the end.
    states
        state of the process or of a library -> what the cells changed in it, for `Process.restore` in steps below.
    metrics
        finite numbers, or the words ``nan``, ``inf``, ``-inf``, which JSON has no number for.
    """

    step: str
    outputs: dict[str, Ref] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    same: dict[str, str] = field(default_factory=dict)
    aliases: list[list[str]] = field(default_factory=list)
    setup: dict[str, str | None] = field(default_factory=dict)
    definitions: dict[str, list[str | None]] = field(default_factory=dict)
    kept: dict[str, Ref] = field(default_factory=dict)
    classes: dict[str, list[str | None]] = field(default_factory=dict)
    inputs: dict[str, Ref] = field(default_factory=dict)
    inside: dict[str, Ref] = field(default_factory=dict)
    random: dict[str, dict[str, Any]] = field(default_factory=dict)
    process: dict[str, list[str | None]] = field(default_factory=dict)
    states: dict[str, dict[str, Any]] = field(default_factory=dict)
    metrics: dict[str, int | float | str] = field(default_factory=dict)
    version: int = VERSION

    def write(self, path: Path) -> None:
        """Replace the file at `path`."""
        text = json.dumps(asdict(self), allow_nan=False, ensure_ascii=False, indent=1)
        write_atomically(path, text.encode("utf-8", "backslashreplace"))

    @classmethod
    def read(cls, path: Path, step: str) -> Manifest:
        """Read the manifest of `step`.

        Raises
        ------
        HandoverError
            ``handover.missing`` when the step has left none, ``artifact.damaged`` when it is not one.
        """
        try:
            data = json.loads(path.read_bytes())
            of = ("outputs", "inputs", "inside", "kept")
            refs = {key: {n: Ref.from_json(r) for n, r in data.get(key, {}).items()} for key in of}
            return cls(**{**data, **refs})
        except FileNotFoundError as error:
            raise HandoverError(
                "handover.missing",
                f'step "{step}" has not been run: there is no `{path.name}` of it in `{path.parent}`',
                f'run the notebook of step "{step}" first',
            ) from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise HandoverError(
                "artifact.damaged", f'the manifest `{path}` of step "{step}" cannot be read', "run that step again"
            ) from error
