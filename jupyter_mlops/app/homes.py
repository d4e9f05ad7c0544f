"""The home folder before it is used: whether it can be, and who has to do what where it cannot."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

from jupyter_mlops.app.config import MlopsSettings
from jupyter_mlops.base.errors import UnavailableError
from jupyter_mlops.base.identity import username


def home_problem(settings: MlopsSettings) -> UnavailableError | None:
    """Return why the home folder cannot be used (``store.unavailable``); None when it can. Makes nothing."""
    home = settings.home_path
    place = home
    while not os.path.lexists(place) and place != place.parent:
        place = place.parent
    if place.is_dir() and os.access(place, os.W_OK | os.X_OK):
        return None
    why = (
        f"`{place}` belongs to {_owner(place)}, {username()} may not write"
        if place.is_dir()
        else f"`{place}` is no folder"
    )
    verb = "used" if place == home else "made"
    return UnavailableError(
        "store.unavailable", f"the home folder `{home}` cannot be {verb}: {why}", home_hint(settings)
    )


def home_hint(settings: MlopsSettings) -> str:
    """Return what to do about a home folder that cannot be used: by whom depends on who named it."""
    home = settings.home_path
    if settings.is_configured("home"):
        return (
            "the configuration names it (`MlopsSettings.home`), whatever JUPYTER_MLOPS_HOME says: an administrator has "
            f"to make `{home}` for {username()}, mode 0700, for example in the spawner's pre_spawn_hook (docs/admin.md)"
        )
    return "set JUPYTER_MLOPS_HOME to a folder of yours"


def _owner(place: Path) -> str:
    uid = place.stat().st_uid
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
