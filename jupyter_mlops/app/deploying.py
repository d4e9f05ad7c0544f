"""What has to be known before a model is served: which version is meant, where it is registered, which port is free."""

from __future__ import annotations

import socket
from collections.abc import Collection
from pathlib import Path

from jupyter_mlops.base.errors import NotFoundError, UnavailableError, UsageError
from jupyter_mlops.base.uris import without_password
from jupyter_mlops.deployments.serving.worker.readable import homes_of_others, is_below
from jupyter_mlops.models.registry import Registry
from jupyter_mlops.models.version import CHAMPION, reference

_PORT_TRIES = 50


def resolve(registry: Registry, model: str) -> tuple[str, str | None, int]:
    """Return the name, the alias and the version that a user means by ``NAME@ALIAS``, ``NAME/VERSION`` or ``NAME``.

    Raises
    ------
    NotFoundError
        ``model.not_found``, ``model.no_version``, ``model.no_alias``.
    """
    asked = reference(model)
    if asked.number is not None:
        return asked.name, None, registry.version(asked.name, asked.number).number
    alias = asked.alias or CHAMPION
    aliases = registry.model(asked.name).aliases
    if alias not in aliases:
        known = ", ".join(sorted(aliases)) or "none"
        raise NotFoundError(
            "model.no_alias",
            f'model "{asked.name}" has no alias "{alias}"',
            f"its aliases: {known}; name one, or a version: {asked.name}/1",
        )
    return asked.name, alias, aliases[alias]


def address_of(registry: Registry) -> str | None:
    """Return where a registry is, without a password; None for one that has no address."""
    uri = getattr(registry, "uri", None)
    return without_password(uri) if isinstance(uri, str) else None


def readable_paths(paths: Collection[str], home: Path) -> tuple[str, ...]:
    """Return what a model may read beside its own files, as whole paths.

    Raises
    ------
    UsageError
        ``deployment.readable``: it is not there, or leads to the store, where tokens and other models are.
    """
    found = []
    for text in paths:
        path, store = Path(text).expanduser().resolve(), home.resolve()
        why = "" if path.exists() else "does not exist"
        if path.is_relative_to(store) or store.is_relative_to(path):
            why = "leads to the folder of jupyter-mlops, which no model may read"
        if any(is_below(str(path), other) for other in homes_of_others()):
            why = "is in the home of another user, which no model may read"
        if why:
            raise UsageError("deployment.readable", f"{text} {why}", "name files and folders that a model may read")
        found.append(str(path))
    return tuple(found)


def free_port(host: str, taken: Collection[int]) -> int:
    """Return a port of `host` on which nobody listens and that is not promised to somebody else.

    Raises
    ------
    UnavailableError
        ``deployment.no_port``.
    """
    for _ in range(_PORT_TRIES):
        try:
            with socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET) as tried:
                port = int(tried.getsockname()[1])
        except OSError as error:
            raise UnavailableError(
                "deployment.no_port", f"nothing can listen on {host}: {error}", "name an address of this machine"
            ) from error
        if port not in taken:
            return port
    raise UnavailableError("deployment.no_port", f"there is no free port on {host}", "name one with --port")
