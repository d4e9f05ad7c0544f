"""Loading a step's inputs from the store: each from its own artifact, or from the bundle of an output that holds it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from jupyter_mlops.artifacts import serializers
from jupyter_mlops.artifacts.classes import qualname_of, said
from jupyter_mlops.artifacts.origins import Origins
from jupyter_mlops.artifacts.place import Place
from jupyter_mlops.artifacts.ref import INSIDE, KEPT, Manifest, Ref
from jupyter_mlops.artifacts.store import ArtifactStore
from jupyter_mlops.base.errors import HandoverError


@dataclass(frozen=True)
class Taken:
    """A value that was loaded, where from, and the definitions of the step that its artifact has by name."""

    value: object
    ref: Ref
    used: frozenset[str]


@dataclass(frozen=True)
class Inside:
    """A value of a step above that came along: its label in `aliases`, and the ref it came by."""

    label: str
    value: object
    ref: Ref | None


class Inbox:
    """The inputs of one step.

    Parameters
    ----------
    step
        its name, for messages.
    place, store
        where the manifests and the bytes are.
    origins
        what the step knows of the notebook's definitions.
    inputs
        name -> the step that hands it over.
    via
        input -> steps inside whose outputs it is looked for first.

    Attributes
    ----------
    kept_by
        definition -> the step that hands over what it keeps; inputs are looked for beside that, too.
    """

    def __init__(
        self,
        step: str,
        place: Place,
        store: ArtifactStore,
        origins: Origins,
        inputs: Mapping[str, str],
        via: Mapping[str, Collection[str]],
    ) -> None:
        self._step = step
        self._place = place
        self._store = store
        self._origins = origins
        self._inputs = inputs
        self._via = via
        self.kept_by: Mapping[str, str] = {}
        self._manifests: dict[str, Manifest] = {}
        self._bundles: dict[str, tuple[dict[str, object], frozenset[str]]] = {}

    def take(self, name: str, source: str) -> Taken | None:
        """Load an input; None when its step had not bound the name at its end.

        Raises
        ------
        HandoverError
            ``handover.missing``, ``handover.definition_missing``, ``handover.not_loadable``, ``artifact.damaged``.
        """
        manifest = self.manifest(source)
        if name in manifest.absent:
            return None
        if name not in manifest.outputs:
            raise HandoverError(
                "handover.missing", f'step "{source}" did not hand over `{name}`', f'run step "{source}" again'
            )
        ref = self._choose(name) if self._via.get(name) or self.kept_by else manifest.outputs[name]
        value, used = self._read(name, source, ref)
        return Taken(value, ref, used)

    def kept(self, name: str) -> object:
        """Return what the definition `name` kept at the end of the step above that hands it over."""
        source = self.kept_by[name]
        return self._read(name, source, self.manifest(source).kept[name])[0]

    def is_shared(self, name: str) -> bool:
        """Return whether other values of the step above hold objects of what the definition `name` kept there."""
        return self.manifest(self.kept_by[name]).kept[name].key is not None

    def beside_kept(self) -> dict[str, Inside]:
        """Return the values of steps above that came along with what definitions keep, by key."""
        found: dict[str, Inside] = {}
        for name, source in self.kept_by.items():
            ref = self.manifest(source).kept[name]
            if ref.key is not None and ref.digest in self._bundles:
                for label, value in self._bundles[ref.digest][0].items():
                    if not label.startswith(KEPT):
                        key = label if ":" in label else self.key(label, source)
                        found[key] = Inside(INSIDE + key, value, replace(ref, key=label))
        return found

    def _choose(self, name: str) -> Ref:
        """Return the artifact to take an input from: the one that most other inputs can come from, too.

        Values of one artifact go on sharing their objects. Of two that are as good, a later step's is the first.
        """
        places = {other: self._places(other) for other in self._inputs}
        wanted = Counter(digest for refs in places.values() for digest in {ref.digest for ref in refs if ref.key})
        return max(places[name], key=lambda ref: wanted[ref.digest] if ref.key else 1)

    def _places(self, name: str) -> list[Ref]:
        """Return where an input can be taken from: inside a value that a later step made, or from its source."""
        source = self._inputs[name]
        key = self.key(name, source)
        found = []
        for manifest in map(self.manifest, dict.fromkeys((*self._via.get(name, ()), *self.kept_by.values()))):
            if key in manifest.inside:
                found.append(manifest.inside[key])
            elif name in manifest.outputs and self.key(name, manifest.step) == key:
                found.append(manifest.outputs[name])
        own = self.manifest(source).outputs.get(name)
        return found if own is None else [*found, own]

    def origin(self, name: str, source: str) -> str:
        """Return the step that made a value which `source` hands over, perhaps as it was given it."""
        return self.manifest(source).same.get(name, source)

    def key(self, name: str, source: str) -> str:
        """Return ``rows:load``: what a value is called inside another one."""
        return f"{name}:{self.origin(name, source)}"

    def came_along(self, name: str, source: str, routes: Sequence[str]) -> tuple[str, Inside] | None:
        """Return key and value of what `source` made under `name` when it came inside something that was loaded."""
        for key, ref in self._along(name, source, routes):
            if ref.key is not None and ref.digest in self._bundles:
                return key, Inside(INSIDE + key, self._bundles[ref.digest][0][ref.key], ref)
        return None

    def _along(self, name: str, source: str, routes: Sequence[str]) -> Iterator[tuple[str, Ref]]:
        for step in routes:
            if step in self._manifests:
                inside = self._manifests[step].inside.items()
                yield from ((key, ref) for key, ref in inside if key.startswith(f"{name}:"))
        if source in self._manifests and name in self._manifests[source].outputs:
            yield self.key(name, source), self._manifests[source].outputs[name]

    def manifest(self, step: str) -> Manifest:
        """Return the manifest of a step above."""
        manifest = self._manifests.get(step)
        if manifest is None:
            manifest = self._manifests[step] = Manifest.read(self._place.manifests(step), step)
        return manifest

    def _read(self, name: str, source: str, ref: Ref) -> tuple[object, frozenset[str]]:
        if ref.key is not None and ref.digest in self._bundles:
            bundle, used = self._bundles[ref.digest]
            return bundle[ref.key], used
        with self._store.open(ref.digest) as file:
            if os.fstat(file.fileno()).st_size != ref.size_bytes:
                raise HandoverError(
                    "artifact.damaged", f"the artifact of `{name}` is not complete", f'run step "{source}" again'
                )
            try:
                if not serializers.is_pickle(ref.serializer):
                    return serializers.read(ref.serializer, file), frozenset()
                from jupyter_mlops.artifacts import pickles

                value, found = pickles.read(file, self._origins)
            except (HandoverError, MemoryError, KeyboardInterrupt):
                raise
            except BaseException as error:  # a door: loading runs the code of the value's classes
                why = f"{qualname_of(type(error))}: {said(error)}"
                raise HandoverError(
                    "handover.not_loadable",
                    f'`{name}` ({ref.type}) from step "{source}" cannot be loaded: {why}',
                    "hand over what it is made from, and make it again here",
                ) from error
        used = frozenset(found)
        if ref.key is None:
            return value, used
        contents: Any = value
        self._bundles[ref.digest] = (contents, used)
        return contents[ref.key], used
