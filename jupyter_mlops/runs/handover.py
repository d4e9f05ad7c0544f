"""Whether the values that steps took from each other are the ones Run All would have given them. Pure.

A step's manifest says which of its inputs it changed in place, which names share an object, and what set-up gave it.
The pipeline says who takes what from whom. Where a step changed a value (also through another name for the same object)
that a later step takes from somebody else, the later step has worked with a stale copy: the run fails, and the message
says which tag mends it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_mlops.pipeline.spec import Pipeline, Step
from jupyter_mlops.runs.shared import Held, Node, Sharing, precedes

Manifests = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Conflict:
    """A value that is not what Run All would give: the step to blame, what happened and what to do."""

    step: str
    name: str
    message: str
    hint: str


def audit(pipeline: Pipeline, manifests: Manifests) -> list[Conflict]:
    """Return every conflict that the manifests of the finished steps show."""
    found = [
        *_changed(pipeline, manifests),
        *_setup(pipeline, manifests),
        *_definitions(pipeline, manifests),
        *_classes(pipeline, manifests),
        *_random(pipeline, manifests),
        *_process(pipeline, manifests),
        *_states(pipeline, manifests),
    ]
    return list(dict.fromkeys(found))


def _changed(pipeline: Pipeline, manifests: Manifests) -> Iterator[Conflict]:
    shared = Sharing(pipeline, manifests)
    for changer in pipeline.steps:
        for value in shared.changed(changer):
            touched = shared.touched(changer, value)
            yield from _apart(changer, shared, value, touched)
            for taker in pipeline.steps:
                if precedes(changer, taker):
                    yield from _stale(pipeline, changer, taker, value.name, touched, shared)


def _stale(
    pipeline: Pipeline, changer: Step, taker: Step, name: str, touched: Collection[Node], shared: Sharing
) -> Iterator[Conflict]:
    tag = "" if changer.name in taker.after else f'tag a cell of step "{taker.name}" `prev:{changer.name}`, and '
    mend = f'{tag}write `{{}}` on a line of its own in step "{changer.name}", which then hands it on'
    for other in shared.held(taker):
        if other.node not in touched:
            continue
        if not other.source:
            if other.name not in taker.inputs:
                yield Conflict(
                    changer.name,
                    other.name,
                    f'step "{changer.name}" changed `{other.name}`, which a set-up cell makes, and step "{taker.name}" '
                    "starts with a fresh one",
                    f"make `{other.name}` in a cell tagged as a step instead of in set-up",
                )
        elif changer.name not in shared.came_by(taker, other) and precedes(pipeline.step(other.source), changer):
            also = f", which shares its object with `{other.name}`," if other.name != name else ""
            yield Conflict(
                changer.name,
                other.name,
                f'step "{changer.name}" changed `{name}`{also} in place, but step "{taker.name}" takes `{other.name}` '
                f'from step "{other.source}", as it was before',
                mend.format(other.name),
            )


def _apart(changer: Step, shared: Sharing, value: Held, touched: Collection[Node]) -> Iterator[Conflict]:
    """The step itself has the object under two names, which came to it as two copies."""
    name = value.name
    for other in shared.held(changer):
        if other.node in touched and shared.is_apart(changer, value, other):
            both = f"`{name}` and `{other.name}`"
            mend = f"let one step hand over both: mention {both} in the step that makes `{other.name}`"
            yield Conflict(
                changer.name,
                other.name,
                f'step "{changer.name}" changed `{name}` in place, which in Run All is the same object as '
                f"`{other.name}`, but the two came to the step from different places",
                mend if name != other.name else f"make `{name}` in a cell tagged as a step instead of in set-up",
            )
    for one, two, maker in shared.copies(touched):
        yield Conflict(
            changer.name,
            name,
            f'step "{changer.name}" changed `{name}` in place, which holds an object of `{one}` and of `{two}`; in '
            f'Run All that is one object, but the two came to step "{maker}" from different places',
            f'let one step hand over both: mention `{one}` and `{two}` in one step above step "{maker}"',
        )


def _setup(pipeline: Pipeline, manifests: Manifests) -> Iterator[Conflict]:
    first: dict[str, tuple[str, str]] = {}
    for step in pipeline.steps:
        for name, digest in manifests.get(step.name, {}).get("setup", {}).items():
            # What a step does not use did not make its result; that may come from a run with other parameters.
            if digest is None or name not in step.setup:
                continue
            other, known = first.setdefault(name, (step.name, digest))
            if known != digest:
                yield Conflict(
                    step.name,
                    name,
                    f'set-up gave steps "{other}" and "{step.name}" different values of `{name}`; Run All gives one',
                    f"make `{name}` in a cell tagged as a step: set-up runs once for every step",
                )


def _definitions(pipeline: Pipeline, manifests: Manifests) -> Iterator[Conflict]:
    ended: dict[str, tuple[str, str]] = {}
    for step in pipeline.steps:
        for name, (start, end) in manifests.get(step.name, {}).get("definitions", {}).items():
            before = ended.get(name)
            if before is not None and start is not None and before[1] != start:
                yield Conflict(
                    before[0],
                    name,
                    f'step "{before[0]}" changed what `{name}` keeps (a default, a class attribute), and step '
                    f'"{step.name}" starts with a fresh one',
                    f"make the change in the definition itself, or keep the state of `{name}` in a variable"
                    if before[0] in step.after
                    else f'tag a cell of step "{step.name}" `prev:{before[0]}`, so that it starts with what step '
                    f'"{before[0]}" left, or keep the state of `{name}` in a variable',
                )
            if end is not None:
                ended[name] = (step.name, end)


def _classes(pipeline: Pipeline, manifests: Manifests) -> Iterator[Conflict]:
    """A class that came with a value as it was before another step changed it."""
    for taker in pipeline.steps:
        for key, (start, _) in manifests.get(taker.name, {}).get("classes", {}).items():
            name = key.partition("#")[0].rpartition(".")[2]
            above = _earlier(pipeline, manifests, taker, "classes", key)
            # where the step that changed it has defined it again, and has not been given it
            defined = _earlier(pipeline, manifests, taker, "definitions", name)
            above += [pair for pair in defined if key not in manifests[pair[0].name].get("classes", {})]
            for changer, (first, last) in above:
                if start is not None and last is not None and start == first != last:
                    yield Conflict(
                        changer.name,
                        name,
                        f'step "{changer.name}" changed what class `{name}` keeps, and step "{taker.name}" takes the '
                        "class as it was before",
                        f"keep the state of `{name}` in a variable, or use it in one step only",
                    )


def _random(pipeline: Pipeline, manifests: Manifests) -> Iterator[Conflict]:
    """Two steps that draw from one seeded stream must draw from it one after the other."""
    for taker in pipeline.steps:
        for generator, own in manifests.get(taker.name, {}).get("random", {}).items():
            start = own["start"]
            if own["seeded"] or start is None or own["end"] == start:
                continue
            above = _earlier(pipeline, manifests, taker, "random", generator)
            drew = [(step, found) for step, found in above if found["seeded"] or found["start"] != found["end"]]
            # Numbers that nobody seeds differ from run to run, in Run All too.
            known = any(found["seeded"] or start in (found["start"], found["end"]) for _, found in above)
            if drew and known and drew[-1][1]["end"] not in (None, start):
                before = drew[-1][0].name
                yield Conflict(
                    taker.name,
                    generator,
                    f'step "{before}" used the random numbers of `{generator}`, perhaps inside a library, and so did '
                    f'step "{taker.name}"; Run All has one stream of them, but step "{taker.name}" did not start '
                    f'where "{before}" stopped',
                    f"seed `{generator}` at the start of each of the two steps, or pass `random_state=` or a generator "
                    "of its own to what draws; a `prev:` tag does not help",
                )


def _process(pipeline: Pipeline, manifests: Manifests) -> Iterator[Conflict]:
    """What a step does to the modules of its process ends with it."""
    for taker in pipeline.steps:
        for key, (start, _) in manifests.get(taker.name, {}).get("process", {}).items():
            if start is None or _is_state(key):
                continue
            above = _earlier(pipeline, manifests, taker, "process", key)
            ended = [(step.name, first, last) for step, (first, last) in above if last is not None]
            if not ended or ended[-1][2] == start:
                continue
            before, first, last = ended[-1]
            if key.startswith(_OBJECT) and (first == last or start not in [began for _, began, _ in ended]):
                # what a module makes anew in each process, such as a generator without a seed
                continue
            if first != last:
                yield Conflict(
                    before,
                    key,
                    f'step "{before}" changed {_named(key)}, and step "{taker.name}" starts without the change',
                    "do it in a cell tagged `setup`, or hand the value over in a variable",
                )
            else:
                yield Conflict(
                    taker.name,
                    key,
                    f'steps "{before}" and "{taker.name}" have different values of {_named(key)}; Run All has one',
                    "make it in a cell tagged as a step, and hand it over in a variable",
                )


def _states(pipeline: Pipeline, manifests: Manifests) -> Iterator[Conflict]:
    """A state is handed on: certainly wrong is a step that starts as one above did, which then changed it."""
    for taker in pipeline.steps:
        own = manifests.get(taker.name, {}).get("process", {})
        loaded = {key.partition("[")[0] for key in own}
        for key in _changed_states(pipeline, manifests, taker):
            above = [(step.name, *found) for step, found in _earlier(pipeline, manifests, taker, "process", key)]
            changers = [(name, first) for name, first, last in above if first != last]
            start = own.get(key, (None, None))[0]
            is_known = key.partition("[")[0] in loaded and start != above[-1][2]
            if is_known and start in [first for _, first in changers]:
                yield _without_change(taker, key, changers[-1][0])


def _changed_states(pipeline: Pipeline, manifests: Manifests, taker: Step) -> list[str]:
    """Return the items of states that steps above `taker` changed."""
    if taker.name not in manifests:
        return []
    processes = [manifests.get(step.name, {}).get("process", {}) for step in pipeline.steps if precedes(step, taker)]
    pairs = (pair for process in processes for pair in process.items())
    return list(dict.fromkeys(key for key, (first, last) in pairs if first != last and _is_state(key)))


def _without_change(taker: Step, key: str, before: str) -> Conflict:
    hint = (
        "do it in a cell tagged `setup`, or hand the value over in a variable"
        if before in taker.after
        else f'tag a cell of step "{taker.name}" `prev:{before}`: what a step changes in its process is handed on to '
        "the steps that run after it"
    )
    return Conflict(
        before,
        key,
        f'step "{before}" changed {_named(key)}, perhaps inside a library, and step "{taker.name}" starts without the '
        "change",
        hint,
    )


_STATES = {
    "os.environ": "the environment variable",
    "cwd": "the working folder",
    "sys.path": "the folders that modules are imported from (`sys.path`)",
    "sys": "the interpreter's",
    "decimal": "the context of `decimal`, its",
    "locale": "the locale, its",
    "timezone": "the time zone",
    "csv": "the largest field of csv files",
    "numpy": "the error handling of numpy, its",
    "pandas": "the option of pandas",
    "sklearn": "the configuration of scikit-learn, its",
    "torch": "the defaults of torch, their",
    "keras": "the defaults of keras, their",
}


def _is_state(key: str) -> bool:
    """Whether a key names an item of a state, as `artifacts.process` writes it: ``os.environ[HOME]``."""
    return key.partition("[")[0] in _STATES


_OBJECT = "object "


def _named(key: str) -> str:
    kind, _, module = key.partition(" ")
    if key.startswith(_OBJECT):
        return f"what `{module}` keeps"
    if kind == "module":
        return f"the globals that module `{module}` has"
    state, _, item = key.partition("[")
    if state not in _STATES:
        return f"`{key}`"
    return f"{_STATES[state]} `{item[:-1].removeprefix('err ')}`" if item else _STATES[state]


def _earlier(pipeline: Pipeline, manifests: Manifests, taker: Step, field: str, key: str) -> list[tuple[Step, Any]]:
    """Return the steps that Run All runs before `taker` and what they say of `key`, in Run All's order."""
    steps = (step for step in pipeline.steps if precedes(step, taker))
    said = ((step, manifests.get(step.name, {}).get(field, {}).get(key)) for step in steps)
    return [(step, found) for step, found in said if found is not None]
