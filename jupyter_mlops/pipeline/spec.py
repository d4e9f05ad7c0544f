"""The pipeline as a value: frozen, and the same after a round trip through JSON (`pipeline.json`, version 1).

step
    the cells that share one name; runs in a kernel of its own.
edge
    ``inputs`` say which step hands over which name; ``after`` lists every step that must have succeeded before.
parameter
    a declared name with type and default, overridable per run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from jupyter_mlops.base.errors import UsageError

VERSION = 1


@dataclass(frozen=True)
class Parameter:
    """A name with type and default, from a cell tagged `parameters`.

    `type` is the text form of the declared or inferred type (``int``, ``float``, ``str``, ``bool``, ``list``, ``dict``,
    ``None``, ``date``, ``datetime``, ``Optional[int]``, ``Literal['a', 'b']``, ``list[int]``, ``any``); `default` is
    its JSON form (dates as ISO strings, non-finite floats as the strings ``nan``, ``inf``, ``-inf``). A `computed`
    default is an expression: only the kernel knows its value, unless a run gives one.
    """

    name: str
    type: str
    default: Any = None
    required: bool = False
    cell: int = 0
    computed: bool = False


@dataclass(frozen=True)
class Options:
    """What tags ask of a step beyond its code. `limits` maps a resource to its amount (``{"memory": "4Gi"}``).

    `model` is the registered model that the one it logs becomes a version of.
    """

    retry: int = 0
    timeout_s: float | None = None
    cache: bool = False
    limits: Mapping[str, str] = field(default_factory=dict)
    engine: str | None = None
    image: str | None = None
    secrets: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    model: str | None = None


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes
    ----------
    cells
        indices of its code cells in the source notebook, reading order.
    after
        every direct predecessor: from data flow, from `prev:` and from files.
    inputs
        name -> the step that hands it over.
    outputs
        names that later steps take from this one.
    parameters
        declared parameters that the step (or the set-up it runs) reads.
    metrics
        names that its `pipeline-metrics` cells log.
    definitions
        functions, classes and imports of other steps that are replayed here.
    setup
        data names made by set-up and parameters cells that this step reads, to be equal in every step.
    via
        input -> steps inside whose outputs it may be, before the step that hands it over; see `pipeline.passing`.
    passes
        name of a value of a step above that its outputs may hold -> that step, and steps that it may come along with.
    notebook
        file name of the step notebook, safe on any file system.
    fingerprint
        sha256 of everything static that decides the step's result: its sources, replays, options.
    """

    name: str
    cells: tuple[int, ...]
    after: tuple[str, ...] = ()
    inputs: Mapping[str, str] = field(default_factory=dict)
    outputs: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    definitions: tuple[str, ...] = ()
    setup: tuple[str, ...] = ()
    via: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    passes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    options: Options = field(default_factory=Options)
    notebook: str = ""
    fingerprint: str = ""


@dataclass(frozen=True)
class Pipeline:
    """A compiled notebook. `steps` are in reading order, which is a topological order of the edges.

    `kernel` is the kernelspec name; `files` are literal paths of data files that the notebook opens.
    """

    name: str
    steps: tuple[Step, ...]
    parameters: tuple[Parameter, ...] = ()
    kernel: str = "python3"
    language: str = "python"
    notebook_sha256: str = ""
    files: tuple[str, ...] = ()
    version: int = VERSION

    def step(self, name: str) -> Step:
        """Return the step called `name`; raise `UsageError` (``pipeline.no_step``) when there is none."""
        for step in self.steps:
            if step.name == name:
                return step
        known = ", ".join(s.name for s in self.steps)
        raise UsageError("pipeline.no_step", f'pipeline "{self.name}" has no step "{name}"', f"its steps are: {known}")

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form, version 1."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Pipeline:
        """Read the JSON form; raise `UsageError` (``pipeline.version``) when it is of another version."""
        if data.get("version") != VERSION:
            raise UsageError("pipeline.version", f"pipeline.json has version {data.get('version')!r}, not {VERSION}")
        steps = tuple(
            Step(
                **{
                    **s,
                    **{
                        k: tuple(s[k])
                        for k in (
                            "cells",
                            "after",
                            "outputs",
                            "parameters",
                            "metrics",
                            "definitions",
                            "setup",
                        )
                    },
                    # Not in the files of older releases.
                    **{k: {name: tuple(steps) for name, steps in s.get(k, {}).items()} for k in ("via", "passes")},
                    "options": Options(**{**s["options"], "secrets": tuple(s["options"]["secrets"])}),
                }
            )
            for s in data["steps"]
        )
        parameters = tuple(Parameter(**p) for p in data["parameters"])
        return cls(**{**data, "steps": steps, "parameters": parameters, "files": tuple(data["files"])})
