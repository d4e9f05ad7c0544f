"""The global random generators: the names their states travel under, and how to get, set and compare the states.

A state is an output like any other; a step that takes it goes on where the step before stopped. A library is asked once
it is loaded, and loaded only to go on from a state.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_mlops.artifacts.digest import digest

#: The names under which states travel, and the generators that they belong to.
STATES: Mapping[str, str] = {
    "__mlops_random__": "random",
    "__mlops_numpy_random__": "numpy.random",
    "__mlops_torch_random__": "torch",
    "__mlops_tensorflow_random__": "tensorflow",
    "__mlops_keras_random__": "keras",
}


@dataclass(frozen=True)
class _Access:
    get: Callable[[Any], Any]
    set: Callable[[Any, Any], None]
    is_light: bool = False


def _torch(module: Any) -> dict[str, Any]:
    state: dict[str, Any] = {"cpu": module.get_rng_state().numpy().tobytes()}
    if module.cuda.is_available() and module.cuda.is_initialized():
        state["cuda"] = [one.numpy().tobytes() for one in module.cuda.get_rng_state_all()]
    mps = getattr(module.backends, "mps", None)
    if mps is not None and mps.is_available():
        state["mps"] = module.mps.get_rng_state().numpy().tobytes()
    return state


def _set_torch(module: Any, state: dict[str, Any]) -> None:
    def tensor(content: bytes) -> Any:
        return module.frombuffer(bytearray(content), dtype=module.uint8)

    module.set_rng_state(tensor(state["cpu"]))
    if "cuda" in state and module.cuda.is_available():
        module.cuda.set_rng_state_all([tensor(one) for one in state["cuda"]])
    if "mps" in state and module.backends.mps.is_available():
        module.mps.set_rng_state(tensor(state["mps"]))


def _tensorflow(module: Any) -> dict[str, Any]:
    # The seed of an operation comes from a generator of Python's, which the global seed has made.
    context = importlib.import_module("tensorflow.python.eager.context").context()
    drawer = getattr(context, "_rng", None)
    own = importlib.import_module("tensorflow.python.ops.stateful_random_ops").global_generator
    return {
        "seed": context._seed,
        "operations": drawer.getstate() if drawer is not None else None,
        "generator": (int(own.algorithm), own.state.numpy().tolist()) if own is not None else None,
    }


def _set_tensorflow(module: Any, state: dict[str, Any]) -> None:
    context = importlib.import_module("tensorflow.python.eager.context").context()
    if state["seed"] is not None:
        module.random.set_seed(state["seed"])
        if state["operations"] is not None:
            context._rng.setstate(state["operations"])
    if state["generator"] is not None:
        algorithm, numbers = state["generator"]
        module.random.set_global_generator(module.random.Generator(state=numbers, alg=algorithm))


_KERAS_SEED, _KERAS_GENERATOR = "global_random_seed", "global_seed_generator"


def _keras(module: Any) -> dict[str, Any]:
    attributes = importlib.import_module("keras.src.backend.common.global_state")
    own = attributes.get_global_attribute(_KERAS_GENERATOR)
    return {
        "seed": attributes.get_global_attribute(_KERAS_SEED),
        "generator": module.ops.convert_to_numpy(own.state).tolist() if own is not None else None,
    }


def _set_keras(module: Any, state: dict[str, Any]) -> None:
    attributes = importlib.import_module("keras.src.backend.common.global_state")
    attributes.set_global_attribute(_KERAS_SEED, state["seed"])
    generator = None
    if state["generator"] is not None:
        generator = module.random.SeedGenerator(seed=0, name=_KERAS_GENERATOR)
        generator.state.assign(state["generator"])
    attributes.set_global_attribute(_KERAS_GENERATOR, generator)


_ACCESS = {
    "random": _Access(lambda module: module.getstate(), lambda module, state: module.setstate(state), is_light=True),
    "numpy.random": _Access(
        lambda module: module.get_state(), lambda module, state: module.set_state(state), is_light=True
    ),
    "torch": _Access(_torch, _set_torch),
    "tensorflow": _Access(_tensorflow, _set_tensorflow),
    "keras": _Access(_keras, _set_keras),
}


def get(generator: str) -> object:
    """Return the generator's state."""
    return _ACCESS[generator].get(importlib.import_module(generator))


def restore(generator: str, state: object) -> None:
    """Let the generator go on from `state`."""
    _ACCESS[generator].set(importlib.import_module(generator), state)


def digests(generators: Collection[str]) -> dict[str, str | None]:
    """Return the digest of each generator's state, None for one that is not loaded."""
    return {name: digest(get(name)) if name in sys.modules else None for name in generators if name in _ACCESS}


def wake(generators: Collection[str]) -> None:
    """Import the modules that cost little, so that a step that imports one later on is known to have drawn from it."""
    for name in generators:
        if name in _ACCESS and _ACCESS[name].is_light:
            try:
                importlib.import_module(name)
            except ImportError:
                continue
