"""Clients that ask a front without a pause."""

from __future__ import annotations

import threading
import time
from typing import Any

from tests.deployments.front_process import Front, _with


class Load:
    """Clients that ask without a pause and keep every answer's status and version."""

    def __init__(self, front: Front, clients: int = 8, body: bytes = b'{"x": 1}') -> None:
        self._front, self._body = front, body
        self.statuses: list[int] = []
        self.versions: list[str | None] = []
        self.errors: list[BaseException] = []
        self.slowest = 0.0
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(clients)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        connection = self._front.connect()
        try:
            while not self._end.is_set():
                began = time.monotonic()
                connection.request("POST", "/invocations", self._body, _with("a-token-of-this-deployment", {}))
                response = connection.getresponse()
                response.read()
                self.slowest = max(self.slowest, time.monotonic() - began)
                self.statuses.append(response.status)
                self.versions.append(response.getheader("x-mlops-model-version"))
        except BaseException as error:
            self.errors.append(error)
        finally:
            connection.close()

    def bad(self) -> list[Any]:
        return [*self.errors, *[status for status in self.statuses if not 200 <= status < 300]]
