"""Writing a step's outputs to the store: what shares is one bundle, the rest one artifact each.

A value that was loaded and not changed keeps its artifact.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import BinaryIO, cast

from jupyter_mlops.artifacts import kinds, pickles, serializers
from jupyter_mlops.artifacts.arrays import Views
from jupyter_mlops.artifacts.origins import Definitions, Origins
from jupyter_mlops.artifacts.ref import OUT, Ref
from jupyter_mlops.artifacts.sharing import Sharing
from jupyter_mlops.artifacts.store import ArtifactStore, Stored
from jupyter_mlops.base.errors import HandoverError


class Outbox:
    """The outputs of one step on their way to the store.

    Parameters
    ----------
    step
        its name, for messages.
    store
        where the bytes go.
    origins
        what the step knows of the notebook's definitions.
    carried
        output name -> the definitions that every consumer of it replays; None when nobody has said, and every
        definition travels by name.
    sometimes
        output name -> the definitions that only some consumers replay.
    """

    def __init__(
        self,
        step: str,
        store: ArtifactStore,
        origins: Origins,
        carried: Mapping[str, Collection[str]] | None,
        sometimes: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        self._step = step
        self._store = store
        self._origins = origins
        self._namespace = origins.namespace
        self._carried = carried
        self._sometimes = sometimes or {}

    def write(self, values: Mapping[str, object], kept: Mapping[str, Ref], sharing: Sharing) -> dict[str, Ref]:
        """Store all values but those whose artifacts are `kept`, and return their refs in the order of `values`.

        Raises
        ------
        HandoverError
            ``handover.not_storable`` when a value cannot be stored, ``artifact.disk_full`` when the disk is full.
        """
        refs: dict[str, Ref] = {}
        bundles = self._bundles(list(values), sharing)
        for bundle in bundles:
            if not _is_kept(bundle, kept):
                refs.update(self._write_bundle({name: values[name] for name in bundle}, sharing))
        bundled = {name for bundle in bundles for name in bundle}
        for name, value in values.items():
            if name not in refs:
                is_kept = name in kept and (name in bundled or kept[name].key is None or _is_alone(name, kept))
                refs[name] = kept[name] if is_kept else self._write_one(name, value, sharing)
        return {name: refs[name] for name in values}

    def _bundles(self, names: list[str], sharing: Sharing) -> list[list[str]]:
        # Nobody knows what a value beyond the limit of the walk shares, so it goes with all the others.
        labels = [OUT + name for name in names]
        if len(names) > 1 and sharing.is_unknown(labels):
            return [names]
        return [[label.removeprefix(OUT) for label in bundle] for bundle in sharing.bundles(labels)]

    def _write_one(self, name: str, value: object, sharing: Sharing) -> Ref:
        # Arrays inside one value may share memory, which only a pickle can say.
        prepared = serializers.prepare(value)
        if prepared is not None:
            serializer, write = prepared
            stored = self._store.put(write)
        else:
            serializer = serializers.pickle_name(value)
            stored = self._pickle(value, [name], sharing, name, value)
        return self._ref(value, stored, serializer)

    def _write_bundle(self, values: dict[str, object], sharing: Sharing) -> dict[str, Ref]:
        stored = self._pickle(values, list(values), sharing, None, None)
        return {name: self._ref(value, stored, serializers.PICKLE, name) for name, value in values.items()}

    def _pickle(
        self, content: object, names: Sequence[str], sharing: Sharing, name: str | None, value: object
    ) -> Stored:
        definitions = self.definitions(names)
        arrays = sharing.arrays(OUT + name for name in names)
        views = Views(arrays) if len(arrays) > 1 else None

        def write(file: BinaryIO) -> None:
            pickles.write(content, file, definitions, views)

        try:
            return self._store.put(write)
        except pickles.UnstorableError as error:
            if name is not None:
                raise not_storable(self._step, name, value, error) from error
            # Which of the names it is: each by itself. Only a failure pays for this.
            for member, part in cast(dict[str, object], content).items():
                self._pickle(part, [member], sharing, member, part)
            raise not_storable(self._step, names[0], content, error) from error

    def definitions(self, names: Iterable[str]) -> Definitions:
        """Return what travels by name in an artifact that holds all of `names`."""
        if self._carried is None:
            return Definitions(self._namespace, None, origins=self._origins)
        sets = [(set(self._carried.get(name, ())), self._sometimes.get(name, ())) for name in names]
        everywhere = frozenset(set.intersection(*(always for always, _ in sets)) if sets else ())
        somewhere = frozenset().union(*(always.union(sometimes) for always, sometimes in sets))
        return Definitions(self._namespace, everywhere, somewhere - everywhere, self._origins)

    def _ref(self, value: object, stored: Stored, serializer: str, key: str | None = None) -> Ref:
        return Ref(
            digest=stored.digest,
            serializer=serializer,
            type=serializers.type_name(value),
            size_bytes=stored.size_bytes,
            key=key,
            summary=serializers.summary(value),
        )


def _is_kept(bundle: list[str], kept: Mapping[str, Ref]) -> bool:
    """Tell whether a whole bundle is handed on as it came: then its names still come out of one pickle."""
    refs = [kept.get(name) for name in bundle]
    first = refs[0]
    return first is not None and all(r is not None and r.key is not None and r.digest == first.digest for r in refs)


def _is_alone(name: str, kept: Mapping[str, Ref]) -> bool:
    """Tell whether no other kept name comes out of the same bundle, which would make them share again."""
    return sum(ref.digest == kept[name].digest for ref in kept.values()) == 1


def not_storable(step: str, name: str, value: object, cause: pickles.UnstorableError) -> HandoverError:
    """Build the error: the path to the culprit inside the value, as near as it can be found."""
    path, culprit = kinds.find(value, name) or (name, value)
    kind = type(culprit).__name__
    message = f'step "{step}" makes `{path}` ({kind}), which cannot be handed to another step'
    hint = "keep it within one step, or open it in a cell tagged `setup`"
    if not kinds.is_bound_to_process(culprit):
        message += f": {str(cause).splitlines()[0]}"
        hint = "hand over what it is made from, or keep it within one step"
    return HandoverError("handover.not_storable", message, hint)
