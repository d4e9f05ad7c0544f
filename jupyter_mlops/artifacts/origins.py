"""The notebook's classes and functions, told apart by name, so that each is one object in a step, however it came.

A class that a value reaches travels with the value when not every consumer is known to define it: it is then rebuilt
from its parts. A consumer that defines the class itself, from the same source, takes its own instead, and two values
that bring the same class along get one copy. That needs a name that means one definition in the whole notebook: the
notebook's reader gives those names to every step.
"""

from __future__ import annotations

import types
from collections.abc import Collection
from typing import Any

from jupyter_mlops.artifacts.classes import ANY, is_a, module_of, qualname_of
from jupyter_mlops.artifacts.functions import ABSENT, Namespace, look_up
from jupyter_mlops.base.errors import HandoverError


def qualname_here(value: Any, namespace: Namespace) -> str | None:
    """Return the qualified name of a class or function that the notebook itself has made, or None for all else."""
    if is_a(value, type):
        module, qualname = module_of(value), qualname_of(value)
    elif is_a(value, types.FunctionType):
        module, qualname = value.__module__, value.__qualname__
    else:
        return None
    return qualname if module == namespace.get("__name__") else None


class Origins:
    """What a step knows of the notebook's definitions.

    Parameters
    ----------
    namespace
        the globals of the step.
    names
        functions and classes that the notebook defines once, and that this step defines from their source.
    """

    def __init__(self, namespace: Namespace, names: Collection[str] = ()) -> None:
        self.namespace = namespace
        self.names = frozenset(names)
        #: Name in the whole run -> class that came with a value or goes with one; a class made in a function has none
        #: but the identifier that its pickle keeps.
        self.met: dict[str, type] = {}
        self._copies: dict[str, object] = {}
        #: Classes that came with values and whose content is set.
        self._set: dict[int, type] = {}
        #: id -> methods that are not what the source of their class says: they have taken the place of another one.
        self._replacing: dict[int, object] = {}
        #: id -> the object, which keeps the id its own, and the name.
        self._came: dict[int, tuple[object, str]] = {}

    def name_of(self, value: Any) -> str | None:
        """Return the name (``C`` or ``C.Inner``) of a class or function that is one in the whole notebook, or None."""
        came = self._came.get(id(value))
        if came is not None:
            return came[1]
        if id(value) in self._replacing:
            return None
        qualname = qualname_here(value, self.namespace)
        if qualname is None:
            return None
        if qualname.partition(".")[0] in self.names and look_up(self.namespace, qualname) is value:
            return qualname
        # What a decorator returned may be called otherwise.
        return next((name for name in self.names if self.namespace.get(name, ABSENT) is value), None)

    def own(self, name: str) -> object:
        """Return the step's own object of a name, the copy that came before, or `ABSENT`.

        Raises
        ------
        HandoverError
            ``handover.definition_missing`` when the step defines the name only after its inputs are loaded.
        """
        top = name.partition(".")[0]
        if top not in self.names:
            return self._copies.get(name, ABSENT)
        found = look_up(self.namespace, name)
        if found is ABSENT:
            raise HandoverError(
                "handover.definition_missing",
                f"name '{top}' is not defined yet where a value that needs it is loaded",
                f"define `{top}` in a cell tagged `functions`, so that every step has it from the start",
            )
        return found

    def is_own(self, value: object) -> bool:
        """Return whether a class or function is the step's own one, which no state that comes along may change."""
        return id(value) not in self._came

    def is_first(self, kind: type) -> bool:
        """Return whether the content of a class that came with a value has not been set yet; it is from now on."""
        is_first = id(kind) not in self._set
        self._set[id(kind)] = kind
        return is_first

    def meet(self, kind: type, identifier: str) -> None:
        """Note a class that travels by value; the step's own ones are known already."""
        name = self.name_of(kind)
        if name is None:
            self.met[f"{qualname_of(kind)}#{identifier}"] = kind
        elif not self.is_own(kind):
            self.met[name] = kind

    def replacing(self, function: object) -> None:
        """Note a function that has taken the place of one that the source makes: it travels by value."""
        self._replacing[id(function)] = function

    def keep(self, name: str, copy: object) -> None:
        """Remember a copy that was rebuilt, for the next value that brings the same one along."""
        self._copies[name] = copy
        self._came[id(copy)] = (copy, name)


def _module_said(value: object) -> object:
    try:
        return getattr(value, "__module__", None)
    except ANY:  # a door: an object may answer for its attributes itself
        return None


class Definitions:
    """Which objects of a namespace travel by name.

    Parameters
    ----------
    namespace
        the globals of the producing step.
    names
        the names that every consumer replays; None for every function and class that the notebook defines.
    optional
        names that only some consumers replay: written by name, with a copy by value for the others, unless the names
        mean one definition in the whole notebook.
    origins
        which names do.
    """

    def __init__(
        self,
        namespace: Namespace,
        names: frozenset[str] | None,
        optional: frozenset[str] = frozenset(),
        origins: Origins | None = None,
    ) -> None:
        self.namespace = namespace
        self.origins = origins or Origins(namespace)
        self.optional = optional = optional - self.origins.names
        self._names = names
        # What a library defines travels by the library's name; this is for what the notebook itself has made.
        here = namespace.get("__name__")
        wanted = {name: namespace[name] for name in (names or frozenset()) | optional if name in namespace}
        self.by_id = {id(v): name for name, v in wanted.items() if type(v) is object or _module_said(v) == here}

    def without_names(self) -> Definitions:
        """Return the same with nothing by name."""
        return Definitions(self.namespace, frozenset(), origins=self.origins)

    def name_of(self, value: object) -> str | None:
        """Return the name (``C`` or ``C.Inner``) by which `value` travels, or None."""
        name = self.by_id.get(id(value))
        if name is not None:
            return name
        qualname = qualname_here(value, self.namespace)
        if qualname is None:
            return None
        top = qualname.partition(".")[0]
        allowed = self._names is None or top in self._names or top in self.optional
        return qualname if allowed and look_up(self.namespace, qualname) is value else None
