"""What is kept for the front that takes the place of one that was killed; see `deployments.serving.handover`."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_mlops.base.errors import UnavailableError
from jupyter_mlops.deployments.plan import PLAN
from jupyter_mlops.deployments.serving import handover
from jupyter_mlops.deployments.serving.handover import Handed, Spare
from jupyter_mlops.runs.files import read_json


class Keep:
    """The socket to listen on and the templates that wait, for each deployment's folder."""

    def __init__(self) -> None:
        self._listeners: dict[Path, socket.socket] = {}
        self._spares: dict[Path, dict[str, Spare]] = {}

    def follow(self, folder: Path, spares: Mapping[str, Any]) -> None:
        """Keep what a living front has; no-op when that is kept, or it does not answer.

        Parameters
        ----------
        spares
            the templates that it says wait: their processes by their Pythons.
        """
        kept = self._spares.get(folder, {})
        if folder in self._listeners and {python: each.facts.get("pid") for python, each in kept.items()} == spares:
            return
        self._take(folder)

    def _take(self, folder: Path) -> None:
        found = handover.received(folder)
        if found is None or found.listener is None:
            return
        if folder in self._listeners:
            os.close(found.listener)
        else:
            self._listeners[folder] = socket.socket(fileno=found.listener)
        handover.close(spare.fd for spare in self._spares.get(folder, {}).values())
        self._spares[folder] = dict(found.spares)

    def handed(self, folder: Path, lock: int) -> Handed:
        """Return what a front that is to be started is handed, at the address that the plan has.

        Raises
        ------
        UnavailableError
            ``deployment.port``: the address is taken, or is none of this machine.
        """
        if folder not in self._listeners:
            # One that was killed while nobody kept anything for it.
            self._take(folder)
        return Handed(lock, self._listener(folder).fileno(), self._spares.get(folder, {}))

    def _listener(self, folder: Path) -> socket.socket:
        plan = read_json(folder / PLAN)
        host, port = str(plan.get("host") or "127.0.0.1"), int(plan.get("port") or 0)
        held = self._listeners.get(folder)
        if held is not None and held.getsockname()[:2] == (host, port or held.getsockname()[1]):
            return held
        if held is not None:
            held.close()
            del self._listeners[folder]
        try:
            self._listeners[folder] = handover.opened(host, port)
        except OSError as error:
            raise UnavailableError(
                "deployment.port",
                f"it cannot listen on {host}:{port}: {error.strerror or error}",
                "end what uses that port, or create the deployment again with another --port",
            ) from error
        return self._listeners[folder]

    def drop(self, folder: Path) -> None:
        """Keep nothing for a folder: from now on callers are refused, and the templates end. No-op when that is so."""
        held = self._listeners.pop(folder, None)
        if held is not None:
            held.close()
        handover.close(spare.fd for spare in self._spares.pop(folder, {}).values())
