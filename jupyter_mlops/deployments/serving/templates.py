"""The templates that workers are forked from, one per Python; each is started when first needed.

A template's workers end with it. So a lost one costs every version on that Python its workers, and each version asks
for new ones by itself. Each template has a spare, a fork of it that waits, so that a lost one is replaced at once;
where that is lost too, another one is made, and who asks meanwhile waits for it. A spare outlives this process too,
as long as somebody keeps our end of its control socket for the next front.

Before a template imports anything, the other fronts of the home are asked for a copy of theirs (`lending`).
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_mlops.deployments.serving import lending, worker
from jupyter_mlops.deployments.serving.handover import Spare
from jupyter_mlops.deployments.serving.template import Template, TemplateFailed, ready
from jupyter_mlops.deployments.serving.worker.environment import is_fresh, minimal

_log = logging.getLogger(__name__)
MAIN = Path(worker.__file__).with_name("__main__.py")
LOG = "template-{}.log"
# What the copy of a template may take to say that it is ready.
COPY_S = 15.0
_NONE: Mapping[str, Spare] = {}


class Templates:
    """The templates of a front.

    Parameters
    ----------
    folder
        Where their logs are written.
    main
        The program of a template; another one in tests.
    spares
        Those that a front before this one left.
    """

    def __init__(self, folder: Path, main: Path = MAIN, spares: Mapping[str, Spare] = _NONE) -> None:
        self._folder, self._main = folder, main
        self._templates: dict[str, Template] = {}
        self._making: dict[str, asyncio.Lock] = {}
        self._spares = {python: Template.left(spare, folder / LOG.format(0)) for python, spare in spares.items()}
        self.facts: dict[str, dict[str, Any]] = {}

    async def get(self, python: str) -> Template:
        """Return a template of this Python that is ready; starts one where there is none.

        Raises
        ------
        TemplateFailed
            When it does not start.
        """
        async with self._making.setdefault(python, asyncio.Lock()):
            template = self._templates.get(python)
            if template is None or template.lost.done():
                spare = self._spares.pop(python, None)
                if spare is not None and not spare.lost.done():
                    template = self._templates[python] = spare
                else:
                    template = await self._made(python)
            self.facts[python] = await ready(template, python)
            self._keep_spare(python, template)
        return template

    async def _made(self, python: str) -> Template:
        """Borrow a template, or start one."""
        async with lending.turn(self._folder.parent, self._program(python)):
            template = await self._borrowed(python)
            if template is None:
                template = self._start(python)
            self._templates[python] = template
            await ready(template, python)
        return template

    async def _borrowed(self, python: str) -> Template | None:
        """Return a copy of another front's template that has what a new one would have; None when there is none."""
        controls = lending.lent(self._folder.parent, self._program(python))
        loop = asyncio.get_running_loop()
        while (control := await loop.run_in_executor(None, next, controls, None)) is not None:
            template = Template(control, self._log(), None)
            try:
                facts = await asyncio.wait_for(asyncio.shield(template.ready), COPY_S)
                if is_fresh(facts, os.environ):
                    _log.info("template %d is a copy of another front's", template.pid)
                    return template
            except (TimeoutError, TemplateFailed):
                pass
            template.end()
        return None

    def _program(self, python: str) -> str:
        """Return what a template executes; those with the same one can stand in for each other."""
        return f"{python} {self._main}"

    def forks(self) -> dict[str, socket.socket]:
        """Fork every template that is ready, for another front: our ends of their control sockets by their programs."""
        ready = {python: each for python, each in self._templates.items() if each.as_spare is not None}
        forks = {self._program(python): template.fork() for python, template in ready.items()}
        return {program: fork for program, fork in forks.items() if fork is not None}

    def _keep_spare(self, python: str, template: Template) -> None:
        spare = self._spares.get(python)
        if (spare is None or spare.lost.done()) and not template.lost.done():
            found = template.spare()
            if found is not None:
                self._spares[python] = found

    def _start(self, python: str) -> Template:
        try:
            template = Template.start([python, "-I", str(self._main)], minimal(os.environ), self._log())
        except OSError as error:
            raise TemplateFailed(f"`{python}` does not start: {error.strerror}") from error
        _log.info("template %d started", template.pid)
        return template

    def _log(self) -> Path:
        return self._folder / LOG.format(len(self._templates))

    def spares(self) -> dict[str, Spare]:
        """Return those that wait, by Python."""
        found = {python: template.as_spare for python, template in self._spares.items()}
        return {python: spare for python, spare in found.items() if spare is not None}

    def pids(self) -> list[int]:
        """Return the processes that are up."""
        return [template.pid for template in self._templates.values() if not template.lost.done()]

    def end(self) -> None:
        """End all; their workers end with them."""
        for template in (*self._templates.values(), *self._spares.values()):
            template.end()
