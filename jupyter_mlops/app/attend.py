"""Starting the runner for work that has none: what every door does, whatever the command is.

A runner that was killed, or a machine that was booted, leaves accepted runs and deployments behind. The next command,
magic, function call or Jupyter server start finds them and starts a runner.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from jupyter_mlops.app.config import MlopsSettings
from jupyter_mlops.base.errors import MlopsError


def attend(settings: MlopsSettings, note: Callable[[str], None]) -> None:
    """Start a runner when there is work and none is alive, and note that; a living one gets our credentials.

    A failure is a note.
    """
    from jupyter_mlops.app.runner import ensure
    from jupyter_mlops.runs.launch import act, is_runner_alive
    from jupyter_mlops.runs.unattended import unattended

    # Nothing was ever accepted here: asking makes no folder.
    if not os.path.isdir(settings.home_path):
        return
    try:
        left = unattended(settings.home_path, settings.store or None)
        if not left:
            if is_runner_alive(settings.home_path):
                act(settings.home_path, settings.store or None)
            return
        ensure(settings)
    except (MlopsError, OSError) as error:
        note(f"no runner could be started: {getattr(error, 'message', error)}")
        return
    if left.runs or left.has_deployments:
        note(f"no runner was alive ({left}); one was started")
