"""What the object behind a name is, as far as the statement that bound it says. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jupyter_mlops.notebook.facts import Link
from jupyter_mlops.notebook.names import Kind, Statement
from jupyter_mlops.notebook.randomness import resolve

_ITERATORS = frozenset({"iter", "map", "zip", "filter", "enumerate", "reversed"})


class Objects:
    """The objects of a notebook at the point reached.

    Parameters
    ----------
    env
        each name's link at the point reached.
    modules
        what the names of imports are.
    """

    def __init__(
        self,
        statements: Sequence[tuple[str, Statement]],
        env: Mapping[str, Link],
        modules: Mapping[str, str],
    ) -> None:
        self._statements, self._env, self._modules = statements, env, modules

    def is_shareable(self, name: str) -> bool:
        """Whether other names may hold the object, too, and see its changes."""
        link = self._env.get(name)
        return link is not None and link.kind in (Kind.DATA, Kind.CLASS) and not link.is_constant

    def is_figure(self, name: str) -> bool:
        """Whether matplotlib draws on it."""
        link = self._env.get(name)
        return link is not None and link.kind is Kind.DATA and self._statements[link.made][1].makes_figure

    def is_iterator(self, name: str) -> bool:
        """Whether whatever is given the name may take values out of it."""
        return self._call_of(name) in _ITERATORS

    def is_defaultdict(self, name: str | None) -> bool:
        """Whether looking a key up may add it."""
        return resolve(self._call_of(name or ""), self._modules) == "collections.defaultdict"

    def _call_of(self, name: str) -> str:
        """Return what was called to make the value of a name, as the code spells it."""
        link = self._env.get(name)
        return self._statements[link.made][1].makes.get(name, "") if link is not None else ""
