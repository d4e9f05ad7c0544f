"""MLflow's entities as our values, and its filters. Imports nothing of MLflow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from jupyter_mlops.models.registry import moment
from jupyter_mlops.models.version import AUTHOR, READY, Model, ModelVersion

_LOGGED = re.compile(r"(?:^models:/|/models/)(m-[0-9a-f]{8,})(?:/artifacts)?/?$")
_PAGE = 1000


def pages(search: Any, wanted: str | None = None) -> Iterator[Any]:
    """Yield what a search of the client finds, page by page."""
    token = None
    while True:
        page = search(filter_string=wanted, max_results=_PAGE, page_token=token)
        yield from page
        token = page.token
        if not token:
            return


def model(found: Any) -> Model:
    """Return a registered model."""
    latest = max((int(v.version) for v in found.latest_versions or ()), default=None)
    aliases = {alias: int(number) for alias, number in (found.aliases or {}).items()}
    updated = moment(found.last_updated_timestamp or found.creation_timestamp)
    return Model(found.name, found.description or "", dict(found.tags or {}), aliases, latest, updated)


def version(found: Any, aliases: Mapping[str, int]) -> ModelVersion:
    """Return a version with those of `aliases` that point to it."""
    number = int(found.version)
    tags = dict(found.tags or {})
    return ModelVersion(
        found.name,
        number,
        found.source or "",
        moment(found.creation_timestamp),
        str(found.status or READY),
        found.description or "",
        found.user_id or tags.get(AUTHOR),
        found.run_id or None,
        getattr(found, "model_id", None) or _logged_id(found.source or ""),
        tags,
        tuple(sorted(alias for alias, at in aliases.items() if at == number)),
    )


def _logged_id(source: str) -> str | None:
    """Return the logged model that a source is of: MLflow forgets it, but keeps its files under its id."""
    found = _LOGGED.search(source)
    return found[1] if found else None


def where(field: str, value: str) -> str | None:
    """Return a filter. MLflow knows no way to write both quotes: then everything is asked for, and sorted out here."""
    quote = next((quote for quote in "'\"" if quote not in value), None)
    return f"{field} = {quote}{value}{quote}" if quote else None


def first_line(error: Exception) -> str:
    """Return what an error says, cut."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]
