"""What a step notebook calls: load the inputs, save the outputs, and say what the step did to what it was given.

The first cell of a step makes a `Handover` over the kernel's namespace and loads; the last one saves. In between the
step runs as it is written. In an attempt of a run, `attempt.json` says where everything is; by hand, artifacts and
manifests are in the folder `artifacts` beside the notebook.

Importing this module loads no data library.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mlops.artifacts.above import Above
from jupyter_mlops.artifacts.given import Given
from jupyter_mlops.artifacts.metric import number
from jupyter_mlops.artifacts.origins import Origins
from jupyter_mlops.artifacts.place import Place, starting_folder
from jupyter_mlops.artifacts.ref import IN, INSIDE, KEPT, OUT, SETUP, Manifest, Ref
from jupyter_mlops.artifacts.store import FolderStore
from jupyter_mlops.base.errors import HandoverError

if TYPE_CHECKING:
    from jupyter_mlops.artifacts.inbox import Inbox, Inside
    from jupyter_mlops.artifacts.keeping import Keeping
    from jupyter_mlops.artifacts.stock import Stock


class Handover:
    """The two ends of a step.

    Parameters
    ----------
    namespace
        the kernel's globals.
    step
        name of this step.
    inputs
        name -> the step that hands it over.
    outputs
        names that later steps take.
    via
        input -> steps inside whose outputs it is looked for first, so that it is the object that those hold.
    passes
        name -> the step that made the value, and steps inside whose outputs it may have come along: what this step's
        outputs hold of it can be found again by the steps below.
    setup
        names of data that set-up cells make in every step.
    definitions, unused
        functions and classes replayed here, or defined here; those of them that nothing here uses.
    carried
        output name -> the definitions that *every* consumer of it replays: only these travel by name, others with
        the value. None means that all do.
    sometimes
        output name -> the definitions that only some consumers of it replay: these travel by name and with the value.
    seeded
        global random generators that the notebook seeds -> whether this step seeds it itself before it draws.
    above
        every step that must have run before this one, in reading order.
    """

    def __init__(
        self,
        namespace: dict[str, Any],
        *,
        step: str,
        inputs: Mapping[str, str] | None = None,
        outputs: Iterable[str] = (),
        via: Mapping[str, Collection[str]] | None = None,
        passes: Mapping[str, Sequence[str]] | None = None,
        setup: Iterable[str] = (),
        definitions: Iterable[str] = (),
        unused: Collection[str] = (),
        carried: Mapping[str, Collection[str]] | None = None,
        sometimes: Mapping[str, Collection[str]] | None = None,
        seeded: Mapping[str, bool] | None = None,
        above: Iterable[str] = (),
    ) -> None:
        self._namespace = namespace
        self._step = step
        self._inputs = dict(inputs or {})
        self._outputs = tuple(dict.fromkeys(outputs))
        self._via = via or {}
        self._passes = passes or {}
        self._setup = tuple(setup)
        self._definitions = tuple(definitions)
        self._used = tuple(name for name in self._definitions if name not in unused)
        self._carried = carried
        self._sometimes = sometimes or {}
        self._seeded = dict(seeded or {})
        self._above = Above(step, above, self._manifest)
        self._origins = Origins(namespace, self._definitions)
        self._stock: Stock | None = None
        self._keeping: Keeping | None = None
        self._place = Place.find(step, os.environ, starting_folder(namespace))
        self._store = FolderStore(self._place.store)
        self._given: dict[str, Given] = {}
        self._setup_given: dict[str, Given] = {}
        self._marked: dict[str, Given] = {}
        self._absent: set[str] = set()
        self._taking: Inbox | None = None
        self._metrics: dict[str, int | float | str] = {}

    def load(self, *names: str) -> None:
        """Set the named inputs in the namespace; without names all that are left, and take stock of the start.

        A name that its step had not bound at its end is not set.

        Raises
        ------
        HandoverError
            ``handover.missing`` when a step has not been run, ``handover.definition_missing`` when a value needs a
            definition that is not there.
        """
        self._above.restore_rest()
        self._look_at_setup()
        # A class that came with several values is as the last step left it: its values are loaded first.
        late = {step: place for place, step in enumerate(self._above.names)}
        for name in sorted(names or self._inputs, key=lambda name: -late.get(self._inputs.get(name, ""), -1)):
            if name not in self._given and name not in self._absent:
                self._load(name)
        if not names:
            self._give_definitions()
            self._take_stock()

    def restore(self, step: str) -> None:
        """Leave the process and its libraries as the cells of a step above left theirs; no-op if it did not run."""
        self._above.restore(step)

    def mark(self, *names: str) -> None:
        """Note the values that another step takes as they are now; `save` looks at them again."""
        for name in names:
            if name in self._namespace:
                value = self._namespace[name]
                self._marked[name] = Given.note(value, self._namespace)

    def metrics(self, *names: str) -> None:
        """Record the numbers that the names are bound to.

        Raises
        ------
        HandoverError
            ``handover.metric`` when a name is not bound, or to something that is no number.
        """
        for name in names:
            if name not in self._namespace:
                raise HandoverError(
                    "handover.metric", f"metric `{name}` is not defined", "assign it above the `pipeline-metrics` cell"
                )
            self._metrics[name] = number(name, self._namespace[name])

    def save(self) -> None:
        """Store the outputs and write the manifest, all or nothing.

        Raises
        ------
        HandoverError
            ``handover.not_storable`` when a value cannot be handed over, ``handover.changed_since`` when a marked one
            was changed since, ``artifact.disk_full``.
        """
        from jupyter_mlops.artifacts import random_state
        from jupyter_mlops.artifacts.outbox import Outbox
        from jupyter_mlops.artifacts.sharing import Sharing

        for name in random_state.STATES.keys() & set(self._outputs):
            self._namespace[name] = random_state.get(random_state.STATES[name])
        stock = self._stock.ended() if self._stock is not None else {}
        values = {name: self._namespace[name] for name in self._outputs if name in self._namespace}
        self._check_marks()
        changed, unchanged = self._compare()
        # A value brings its class along: with another state of the class it is not what it was.
        as_it_came = set() if self._stock is not None and self._stock.has_changed_class() else unchanged
        outbox = Outbox(self._step, self._store, self._origins, self._carried, self._sometimes)
        inside = self._inside()
        states = self._keeping.states(outbox.may_hold, self._origins.replacing) if self._keeping is not None else {}
        handed = {**values, **{KEPT + name: state for name, state in states.items()}}
        sharing = Sharing(self._everything(handed, inside), outbox.definitions(values))
        refs, held = outbox.write(handed, self._kept(values, as_it_came), sharing, inside)
        classes = self._stock.classes() if self._stock is not None else {}
        outbox.verify()
        Manifest(
            step=self._step,
            outputs={name: refs[name] for name in values},
            kept={name: refs[KEPT + name] for name in states},
            absent=[name for name in self._outputs if name not in values],
            changed=changed,
            unchanged=sorted(unchanged),
            aliases=sharing.groups(without=(OUT + KEPT,)),
            inputs={name: given.ref for name, given in self._given.items() if given.ref is not None},
            inside=held,
            same=self._same(values, as_it_came),
            metrics=self._metrics,
            classes=classes,
            **stock,
        ).write(self._place.output)

    def _manifest(self, source: str) -> Manifest:
        return self._inbox().manifest(source)

    def _load(self, name: str) -> None:
        source = self._inputs.get(name)
        if source is None:
            raise HandoverError("handover.missing", f'`{name}` is no input of step "{self._step}"', "")
        taken = self._inbox().take(name, source)
        if taken is None:
            self._absent.add(name)
            return
        self._namespace[name] = taken.value
        self._given[name] = Given.note(taken.value, self._namespace, taken.ref, taken.used)

    def _inbox(self) -> Inbox:
        from jupyter_mlops.artifacts.inbox import Inbox

        if self._taking is None:
            self._taking = Inbox(self._step, self._place, self._store, self._origins, self._inputs, self._via)
            self._taking.kept_by = self._above.kept(self._definitions)
        return self._taking

    def _look_at_setup(self) -> None:
        """Note what set-up has made, before an input of the same name takes its place."""
        for name in self._setup:
            if name in self._namespace and name not in self._setup_given and name not in self._given:
                value = self._namespace[name]
                self._setup_given[name] = Given.note(value, self._namespace)

    def _give_definitions(self) -> None:
        """Leave what is defined again here as the nearest step above left its own."""
        from jupyter_mlops.artifacts.keeping import Keeping, State

        self._keeping = Keeping(self._namespace, self._definitions)
        self._keeping.note()
        for name in self._keeping.fresh():
            if name in self._inbox().kept_by and isinstance(state := self._inbox().kept(name), State):
                self._keeping.give(name, state, is_shared=self._inbox().is_shared(name))

    def _take_stock(self) -> None:
        from jupyter_mlops.artifacts import random_state
        from jupyter_mlops.artifacts.stock import Stock

        for name in self._given.keys() & random_state.STATES.keys():
            random_state.restore(random_state.STATES[name], self._given[name].value)
        setup = {name: given.value for name, given in self._setup_given.items()}
        self._stock = Stock(self._namespace, setup, self._used, self._seeded, self._above.process, self._origins.met)

    def _compare(self) -> tuple[list[str], set[str]]:
        """Return the labels of what was certainly changed, and of what is certainly as it came."""
        given = {**self._given, **{SETUP + name: each for name, each in self._setup_given.items()}}
        looked = [(label, each.look(self._namespace)) for label, each in given.items()]
        changed = [label for label, (is_changed, _) in looked if is_changed]
        return changed, {label for label, (_, is_same) in looked if is_same}

    def _check_marks(self) -> None:
        for name, given in self._marked.items():
            if given.look(self._namespace)[0]:
                raise HandoverError(
                    "handover.changed_since",
                    f'step "{self._step}" changed `{name}` in place after another step, further up, had used it',
                    f'split step "{self._step}" in two',
                )

    def _inside(self) -> dict[str, Inside]:
        """Return the values of steps above that came along with the inputs, which outputs may hold."""
        from jupyter_mlops.artifacts.inbox import Inside

        found: dict[str, Inside] = {}
        for name, (source, *routes) in self._passes.items():
            given = self._given.get(name)
            if given is not None and self._inputs[name] == source:
                found[self._inbox().key(name, source)] = Inside(IN + name, given.value, given.ref)
            elif (along := self._inbox().came_along(name, source, routes)) is not None:
                found[along[0]] = along[1]
        return {**self._inbox().beside_kept(), **found}

    def _same(self, values: Mapping[str, object], unchanged: Collection[str]) -> dict[str, str]:
        given = {name: self._given[name] for name in values if name in self._given and name in unchanged}
        return {
            name: self._inbox().origin(name, self._inputs[name])
            for name, each in given.items()
            if each.value is values[name]
        }

    def _everything(self, values: Mapping[str, object], inside: Mapping[str, Inside]) -> list[tuple[str, object]]:
        """Return every pair of label and value that may share: as given, and as handed on."""
        pairs = [(IN + name, given.value) for name, given in self._given.items()]
        pairs += [(SETUP + name, given.value) for name, given in self._setup_given.items()]
        pairs += [(each.label, each.value) for each in inside.values() if each.label.startswith(INSIDE)]
        return pairs + [(OUT + name, value) for name, value in values.items()]

    def _kept(self, values: Mapping[str, object], unchanged: set[str]) -> dict[str, Ref]:
        """Return the refs of outputs that are inputs as they came, whose definitions the next consumers have too."""
        given = {name: self._given[name] for name in values if name in self._given and name in unchanged}
        return {
            name: each.ref
            for name, each in given.items()
            if each.ref is not None and each.value is values[name]
            if self._carried is None or each.used <= set(self._carried.get(name, ()))
        }
