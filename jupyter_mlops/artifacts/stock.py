"""What a step finds at its start and leaves at its end besides its inputs, for the manifest, to compare steps by."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from jupyter_mlops.artifacts import random_state
from jupyter_mlops.artifacts.digest import digest, state_digest
from jupyter_mlops.artifacts.process import Process


class Stock:
    """Digests of set-up, of what definitions keep, of global random generators and of the process.

    Parameters
    ----------
    setup
        what set-up has made.
    met
        classes that travel by value, by a name in the whole run.
    seeded
        the global generators that the notebook seeds -> whether this step seeds it before it draws.
    process
        the process, in which what steps above left has been restored.
    """

    def __init__(
        self,
        namespace: Mapping[str, Any],
        setup: Mapping[str, object],
        definitions: Collection[str],
        seeded: Mapping[str, bool],
        process: Process,
        met: Mapping[str, type],
    ) -> None:
        self._namespace = namespace
        self._names = definitions
        self._seeded = seeded
        self._met = met
        self._setup = {name: digest(value) for name, value in setup.items()}
        self._definitions = self._states()
        self._defined = {name: namespace.get(name) for name in definitions}
        self._classes = self._class_states()
        random_state.wake(seeded)
        self._random = random_state.digests(seeded)
        self._process = process
        self._start = self._process.start()

    def started(self) -> dict[str, Any]:
        """Return the fields of a manifest, with no ends yet."""
        return {
            "setup": self._setup,
            "definitions": {name: [start, None] for name, start in self._definitions.items()},
            "classes": {name: [start, None] for name, start in self._classes.items()},
            "random": {
                name: {"start": start, "end": None, "seeded": self._seeded[name]}
                for name, start in self._random.items()
            },
            "process": {key: [start, None] for key, start in self._start.items()},
        }

    def ended(self) -> dict[str, Any]:
        """Return the fields of a manifest."""
        process, states = self._process.end()
        return {
            "setup": self._setup,
            "definitions": {name: [self._began(name), end] for name, end in self._states().items()},
            "random": {
                name: {"start": self._random.get(name), "end": end, "seeded": self._seeded[name]}
                for name, end in random_state.digests(self._seeded).items()
            },
            "process": process,
            "states": states,
        }

    def classes(self) -> dict[str, list[str | None]]:
        """Return one more field; to be asked when the outputs are written, because that is how classes are met."""
        return {name: [self._classes.get(name), end] for name, end in self._class_states().items()}

    def has_changed_class(self) -> bool:
        """Tell whether a class that came with a value keeps something else than at the start."""
        return any(self._classes.get(name) not in (None, end) for name, end in self._class_states().items())

    def _began(self, name: str) -> str | None:
        """Return the digest that a definition had at the start; None for one that the step has defined again."""
        return self._definitions.get(name) if self._namespace.get(name) is self._defined[name] else None

    def _class_states(self) -> dict[str, str | None]:
        return {name: state_digest(kind) for name, kind in self._met.items()}

    def _states(self) -> dict[str, str | None]:
        here = self._namespace
        return {name: state_digest(here[name]) if name in here else None for name in self._names}
