"""The sockets that the fronts of this machine listen on, held so that nobody is refused while a front is replaced."""

from __future__ import annotations

import socket
from pathlib import Path

from jupyter_mlops.base.errors import UnavailableError
from jupyter_mlops.deployments.plan import PLAN
from jupyter_mlops.deployments.serving import listening
from jupyter_mlops.runs.files import read_json


class Listeners:
    """One socket for each deployment's folder."""

    def __init__(self) -> None:
        self._held: dict[Path, socket.socket] = {}

    def adopt(self, folder: Path) -> None:
        """Hold what a living front listens on; no-op when it is held, or the front does not answer."""
        if folder not in self._held and (found := listening.received(folder)) is not None:
            self._held[folder] = found

    def get(self, folder: Path) -> socket.socket:
        """Return the socket for a front that is to be started, at the address that the plan has.

        Raises
        ------
        UnavailableError
            ``deployment.port``: the address is taken, or is none of this machine.
        """
        plan = read_json(folder / PLAN)
        host, port = str(plan.get("host") or "127.0.0.1"), int(plan.get("port") or 0)
        held = self._held.get(folder)
        if held is not None and held.getsockname()[:2] == (host, port or held.getsockname()[1]):
            return held
        self.drop(folder)
        try:
            self._held[folder] = listening.opened(host, port)
        except OSError as error:
            raise UnavailableError(
                "deployment.port",
                f"it cannot listen on {host}:{port}: {error.strerror or error}",
                "end what uses that port, or create the deployment again with another --port",
            ) from error
        return self._held[folder]

    def drop(self, folder: Path) -> None:
        """Close a socket; from now on callers are refused. No-op when it is not held."""
        held = self._held.pop(folder, None)
        if held is not None:
            held.close()
