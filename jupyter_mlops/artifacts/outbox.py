"""Writing a step's outputs to the store: what shares is one bundle, the rest one artifact each.

A value that was loaded and not changed keeps its artifact.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import BinaryIO, cast

from jupyter_mlops.artifacts import kinds, pickles, serializers
from jupyter_mlops.artifacts.arrays import Views
from jupyter_mlops.artifacts.classes import ANY, qualname_of, said
from jupyter_mlops.artifacts.inbox import Inside
from jupyter_mlops.artifacts.marks import Writing
from jupyter_mlops.artifacts.origins import Definitions, Origins
from jupyter_mlops.artifacts.pickler import UnstorableError, may
from jupyter_mlops.artifacts.ref import KEPT, OUT, Ref
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
        self._doubtful: list[tuple[Stored, dict[str, object]]] = []

    def write(
        self,
        values: Mapping[str, object],
        kept: Mapping[str, Ref],
        sharing: Sharing,
        inside: Mapping[str, Inside] | None = None,
    ) -> tuple[dict[str, Ref], dict[str, Ref]]:
        """Store all values but those whose artifacts are `kept`.

        Parameters
        ----------
        inside
            values of steps above by their key; each that an output holds is found by its key in that output's bundle.

        Returns
        -------
        The refs of `values`, in their order, and those of what is inside.

        Raises
        ------
        HandoverError
            ``handover.not_storable`` when a value cannot be stored, ``artifact.disk_full`` when the disk is full.
        """
        outs = [OUT + name for name in values]
        held = {key: each for key, each in (inside or {}).items() if sharing.is_within(each.value, outs)}
        everything = {**values, **{key: each.value for key, each in held.items()}}
        came = {key: each.ref for key, each in held.items() if each.ref is not None}
        refs: dict[str, Ref] = {}
        bundles = self._bundles(
            {**{OUT + name: name for name in values}, **{e.label: k for k, e in held.items()}}, sharing
        )
        for bundle in bundles:
            if _is_kept(bundle, {**kept, **came}):
                refs.update({key: came[key] for key in bundle if key in came})
            elif any(name in values for name in bundle):
                refs.update(self._write_bundle({name: everything[name] for name in bundle}, values, sharing))
        bundled = {name for bundle in bundles for name in bundle}
        for name, value in values.items():
            if name not in refs:
                is_kept = name in kept and (name in bundled or kept[name].key is None or _is_alone(name, kept))
                refs[name] = kept[name] if is_kept else self._write_one(name, value, sharing)
        return {name: refs[name] for name in values}, {key: refs[key] for key in held if key in refs}

    def _bundles(self, keys: Mapping[str, str], sharing: Sharing) -> list[list[str]]:
        """Return the keys that must be in one bundle; `keys` maps the label of each."""
        # It is not known what a value beyond the limit of the walk shares, so it goes with all the others.
        if len(keys) > 1 and sharing.is_unknown(keys):
            return [list(keys.values())]
        return [[keys[label] for label in bundle] for bundle in sharing.bundles(keys)]

    def _write_one(self, name: str, value: object, sharing: Sharing) -> Ref:
        # Arrays inside one value may share memory, which only a pickle can say.
        has_marks = type(value) is not float and sharing.has_marks([OUT + name])
        prepared = None if has_marks else serializers.prepare(value)
        if prepared is not None:
            serializer, write = prepared
            stored = self._store.put(write)
        else:
            serializer = serializers.pickle_name(value)
            stored = self._pickle(value, [name], sharing, name, value)
        return self._ref(value, stored, serializer)

    def _write_bundle(self, content: dict[str, object], values: Collection[str], sharing: Sharing) -> dict[str, Ref]:
        stored = self._pickle(content, [name for name in content if name in values], sharing, None, None)
        return {name: self._ref(value, stored, serializers.PICKLE, name) for name, value in content.items()}

    def _pickle(
        self, content: object, names: Sequence[str], sharing: Sharing, name: str | None, value: object
    ) -> Stored:
        definitions = self.definitions(names)
        risks: list[bool] = []
        arrays = sharing.arrays(OUT + name for name in names)
        views = Views(arrays) if len(arrays) > 1 else None
        marked = Writing() if sharing.has_marks(OUT + name for name in names) else None

        def write(file: BinaryIO) -> None:
            risks.append(pickles.write(content, file, definitions, views, marked=marked))

        try:
            stored = self._store.put(write)
            if marked is not None and marked.disordered:
                _note(names, marked.disordered)
            if any(risks):
                self._doubtful.append((stored, cast(dict[str, object], content) if name is None else {name: value}))
            return stored
        except UnstorableError as error:
            if name is not None:
                raise not_storable(self._step, name, value, error) from error
            # Which of the names it is: each by itself. Only a failure pays for this.
            for member, part in cast(dict[str, object], content).items():
                self._pickle(part, [member], sharing, member, part)
            raise not_storable(self._step, names[0], content, error) from error

    def verify(self) -> None:
        """Read again what may turn out not to be readable. It may run code of the user's classes.

        Raises
        ------
        HandoverError
            ``handover.not_storable`` when a value cannot be read.
        """
        for stored, members in list(self._doubtful):
            error = self._unreadable(stored)
            if error is None:
                continue
            nothing = Sharing((), self.definitions(()))
            for name, value in members.items():
                alone = self._pickle(value, [name], nothing, name, value)
                if len(members) == 1 or self._unreadable(alone) is not None:
                    raise not_storable(self._step, name, value, error)
            raise not_storable(self._step, *next(iter(members.items())), error)

    def _unreadable(self, stored: Stored) -> UnstorableError | None:
        with self._store.open(stored.digest) as file:
            try:
                pickles.try_read(file, self._origins)
            except ANY as error:  # a door: loading runs the code of the value's classes
                return UnstorableError(f"it cannot be loaded again: {qualname_of(type(error))}: {said(error)}")
        return None

    def may_hold(self, value: object) -> bool:
        """Return whether a value that a definition keeps can be handed over."""
        return may(value, self.definitions([KEPT]))

    def definitions(self, names: Iterable[str]) -> Definitions:
        """Return what travels by name in an artifact that holds all of `names`."""
        names = list(names)
        if any(name.startswith(KEPT) for name in names):
            return Definitions(self._namespace, frozenset(), origins=self._origins)
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


def _note(names: Sequence[str], count: int) -> None:
    named = ", ".join(f"`{name}`" for name in names)
    print(
        f"note: {count} set(s) in {named} may iterate in another order in the steps below; hand over a sorted list "
        "where the order counts",
        file=sys.stderr,
    )


def _is_kept(bundle: list[str], kept: Mapping[str, Ref]) -> bool:
    """Tell whether a whole bundle is handed on as it came: then its names still come out of one pickle."""
    refs = [kept.get(name) for name in bundle]
    first = refs[0]
    return first is not None and all(r is not None and r.key is not None and r.digest == first.digest for r in refs)


def _is_alone(name: str, kept: Mapping[str, Ref]) -> bool:
    """Tell whether no other kept name comes out of the same bundle, which would make them share again."""
    return sum(ref.digest == kept[name].digest for ref in kept.values()) == 1


def not_storable(step: str, name: str, value: object, cause: UnstorableError) -> HandoverError:
    """Build the error: the path to the culprit inside the value, as near as it can be found."""
    path, culprit = kinds.find(value, name) or (name, value)
    kind = qualname_of(type(culprit)).rpartition(".")[2]
    message = f'step "{step}" makes `{path}` ({kind}), which cannot be handed to another step'
    hint = "keep it within one step, or open it in a cell tagged `setup`"
    if not kinds.is_bound_to_process(culprit):
        message += f": {said(cause)}"
        hint = "hand over what it is made from, or keep it within one step"
    hint = kinds.instead_of_whole(value) or kinds.instead(culprit) or hint
    return HandoverError("handover.not_storable", message, hint)
