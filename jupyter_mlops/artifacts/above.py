"""What the steps above a step have left in their processes, done again in this one before its cells run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from jupyter_mlops.base.errors import HandoverError

if TYPE_CHECKING:
    from jupyter_mlops.artifacts.process import Process
    from jupyter_mlops.artifacts.ref import Manifest


class Above:
    """The steps that must have run before this one.

    Parameters
    ----------
    step
        name of this step, for messages.
    names
        theirs, in reading order.
    read
        name -> the step's manifest.
    """

    def __init__(self, step: str, names: Iterable[str], read: Callable[[str], Manifest]) -> None:
        self.names = tuple(names)
        self._step = step
        self._left = list(self.names)
        self._read = read

    @cached_property
    def process(self) -> Process:
        """The process of this step."""
        from jupyter_mlops.artifacts.process import Process

        return Process()

    def restore(self, name: str, *, only_unchanged: bool = False) -> None:
        """Do again what the cells of one step changed; no-op for a step that was not run.

        What cannot be done is written to stderr, which is the log.

        Parameters
        ----------
        only_unchanged
            leave alone what is not as it was there before the change: something further down has set it.
        """
        self._left = [other for other in self._left if other != name]
        changed = self._read(name).states if self.has_run(name) else {}
        if changed:
            for what in self.process.restore(changed, only_unchanged=only_unchanged):
                words = f'note: step "{name}" changed {what}, which cannot be handed on to "{self._step}"'
                print(words, file=sys.stderr)

    def has_run(self, name: str) -> bool:
        """Tell whether a step has left a manifest.

        By hand, or when only some steps are run, one that hands over no value need not have been.
        """
        try:
            self._read(name)
        except HandoverError as error:
            if error.code == "handover.missing":
                return False
            raise
        return True

    def kept(self, names: Collection[str]) -> dict[str, str]:
        """Return the step that hands over what each definition keeps: the first since it last changed.

        The latest step is the first in the order.
        """
        found: dict[str, str] = {}
        ends: dict[str, str | None] = {}
        for step in filter(self.has_run, self.names):
            manifest = self._read(step)
            for name in manifest.kept.keys() & set(names):
                end = manifest.definitions.get(name, [None, None])[1]
                if name not in found or end is None or end != ends[name]:
                    found[name], ends[name] = step, end
        return {name: step for step in reversed(self.names) for name in sorted(found) if found[name] == step}

    def restore_rest(self) -> None:
        """Do the same for the steps that `restore` was not called for: their code does not say that they set one."""
        for name in list(self._left):
            self.restore(name, only_unchanged=True)
