"""The random generators that Keras keeps in its layers: a saved model leaves them out, and would draw other numbers."""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

_SAVEABLE = "keras.src.saving.keras_saveable"
_GENERATOR = "keras.src.random.seed_generator"


@functools.lru_cache(maxsize=4096)
def is_keras(kind: Any) -> bool:
    """Return whether objects of a type are generators of Keras, or are saved by Keras."""
    return any(base.__module__ in (_SAVEABLE, _GENERATOR) for base in kind.__mro__)


def reduce(value: Any) -> tuple[Callable[..., Any], tuple[Any, ...]] | None:
    """Return how to pickle a model or layer of Keras with its generators, or a generator; None for one without."""
    if type(value).__module__ == _GENERATOR:
        return _generator, (_state(value), value.name)
    states = [_state(generator) for generator in _generators(value)]
    return (_rebuilt, (*value.__reduce__()[:2], states)) if states else None


def _generators(layer: Any) -> Iterator[Any]:
    for inner in layer._flatten_layers() if hasattr(layer, "_flatten_layers") else ():
        yield from getattr(inner, "_seed_generators", ())


def _state(generator: Any) -> list[int]:
    keras = sys.modules["keras"]
    return [int(number) for number in keras.ops.convert_to_numpy(generator.state)]


def _rebuilt(make: Callable[..., Any], arguments: tuple[Any, ...], states: list[list[int]]) -> Any:
    value = make(*arguments)
    generators = list(_generators(value))
    if len(generators) == len(states):
        for generator, state in zip(generators, states, strict=True):
            generator.state.assign(state)
    return value


def _generator(state: list[int], name: str) -> Any:
    made = importlib.import_module("keras").random.SeedGenerator(seed=0, name=name)
    made.state.assign(state)
    return made
