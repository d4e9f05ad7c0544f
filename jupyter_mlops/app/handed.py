"""What a step was given and what it hands over, as the manifests of its attempts say.

A value is found by its name in a manifest and by its digest in the store, never by a path.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from jupyter_mlops.app.place import AttemptPlace
from jupyter_mlops.artifacts.preview import Preview, is_code, preview
from jupyter_mlops.artifacts.ref import Manifest, Ref
from jupyter_mlops.artifacts.store import FolderStore
from jupyter_mlops.base.errors import HandoverError, NotFoundError
from jupyter_mlops.pipeline.spec import Pipeline
from jupyter_mlops.runs.run import Run


@dataclass(frozen=True)
class Handed:
    """A value under its name; `step` hands it over."""

    name: str
    step: str
    ref: Ref

    @property
    def is_code(self) -> bool:
        """Whether loading it could run code."""
        return is_code(self.ref.serializer)


@dataclass(frozen=True)
class Values:
    """What a step was given and what it hands over, by name."""

    inputs: tuple[Handed, ...]
    outputs: tuple[Handed, ...]

    def named(self, name: str, step: str) -> Handed:
        """Return the value of this name as the step leaves it, or else as it was given."""
        for value in (*self.outputs, *self.inputs):
            if value.name == name:
                return value
        raise NotFoundError(
            "artifact.not_found",
            f'step "{step}" neither was given nor hands over `{name}`',
            "values that stay inside one step are not kept",
        )


def values_of(run: Run, pipeline: Pipeline, place: AttemptPlace, step: str) -> Values:
    """Return the values of a step; before it has ended, inputs are what the steps above left for it.

    Raises
    ------
    HandoverError
        ``artifact.damaged``: a manifest is not one, or names something that is no artifact.
    """
    own = _manifest(place.manifest, step)
    known = next((s for s in pipeline.steps if s.name == step), None)
    sources = dict(known.inputs) if known else {}
    given = dict(own.inputs) if own else {}
    manifests: dict[str, Path | None] = {s.name: s.manifest for s in run.steps}
    for name, source in sources.items():
        if name not in given and (above := _manifest(manifests.get(source), source)) and name in above.outputs:
            given[name] = above.outputs[name]
    inputs = tuple(Handed(name, sources.get(name, ""), _checked(ref, name)) for name, ref in given.items())
    outputs = tuple(Handed(name, step, _checked(ref, name)) for name, ref in (own.outputs if own else {}).items())
    return Values(inputs, outputs)


def sizes_of(manifest: Path | None, step: str) -> dict[str, int]:
    """Return the sizes in bytes of what a step hands over, by name; empty when nothing is known or it is damaged."""
    try:
        own = _manifest(manifest, step)
        return {name: _checked(ref, name).size_bytes for name, ref in own.outputs.items()} if own else {}
    except (HandoverError, OSError):
        # Who asks for the run as a whole gets it; who asks for the values is told what is wrong with them.
        return {}


def look(store: FolderStore, value: Handed) -> Preview:
    """Return a look at a value; no code of it runs."""
    path = store.path(value.ref.digest).resolve()
    if not path.is_relative_to(store.root.resolve()):
        raise _damaged(value.name)
    return preview(path, value.ref)


def _manifest(path: Path | None, step: str) -> Manifest | None:
    if path is None or not path.is_file():
        return None
    return Manifest.read(path, step)


def _checked(ref: Ref, name: str) -> Ref:
    """Return the ref when it is what it says: a digest is no path."""
    # What is read from a file may be anything, whatever its class says.
    texts: tuple[object, ...] = (ref.digest, ref.serializer, ref.type, ref.summary)
    if not all(isinstance(text, str) for text in texts) or type(ref.size_bytes) is not int:
        raise _damaged(name)
    if not re.fullmatch("[0-9a-f]{64}", ref.digest):
        raise _damaged(name)
    return ref


def _damaged(name: str) -> HandoverError:
    return HandoverError(
        "artifact.damaged", f"the manifest names no artifact of the store for `{name}`", "run the step again"
    )
