"""What the steps above a step have left in their processes, done again in this one before its cells run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
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
        self._step = step
        self._left = list(names)
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
        try:
            changed = self._read(name).states
        except HandoverError as error:
            # By hand, or when only some steps are run: one that hands over no value need not have been.
            if error.code == "handover.missing":
                return
            raise
        if changed:
            for what in self.process.restore(changed, only_unchanged=only_unchanged):
                words = f'note: step "{name}" changed {what}, which cannot be handed on to "{self._step}"'
                print(words, file=sys.stderr)

    def restore_rest(self) -> None:
        """Do the same for the steps that `restore` was not called for: their code does not say that they set one."""
        for name in list(self._left):
            self.restore(name, only_unchanged=True)
