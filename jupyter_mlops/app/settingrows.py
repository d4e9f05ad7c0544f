"""The rows of `doctor` about settings: each one in force, where it comes from, and where this shell differs."""

from __future__ import annotations

from jupyter_mlops.app.check import Check
from jupyter_mlops.app.config import MlopsSettings
from jupyter_mlops.app.sources import in_force


def setting_rows(used: MlopsSettings) -> list[Check]:
    """Return a row for every setting, and one for every file of configuration that cannot be read.

    Parameters
    ----------
    used
        the settings of this process: what a configuration names is for Jupyter servers, a shell has only variables.
    """
    found = in_force()
    here = {"home": str(used.home_path)} | {n: str(getattr(used, n)) for n in ("store", "tracking_uri")}
    rows = [Check("settings", "error", problem, "mend the file") for problem in found.problems]
    for each in found.listed:
        shown = f"{each.value or 'not set'} (from {each.source})"
        there = str(found.settings.home_path) if each.name == "home" else str(getattr(found.settings, each.name))
        if each.is_locked and here.get(each.name, there) != there:
            shell = next(one for one in found.shell if one.name == each.name)
            message = f"a server has {shown}; this shell has {shell.value or 'not set'} (from {shell.source})"
            rows.append(
                Check(f"setting {each.name}", "warning", message, f"set {each.variable} here to what servers have")
            )
        else:
            rows.append(Check(f"setting {each.name}", "ok", shown))
    return rows
