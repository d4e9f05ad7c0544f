"""The magics: ``%%mlops`` marks a cell, ``%mlops`` is the command line without leaving the notebook.

Loading them imports nothing heavy: a verb's rooms are imported when the verb is used.
"""

from __future__ import annotations

from typing import Any

_STATE = "_jupyter_mlops_magics"


def load_ipython_extension(shell: Any) -> None:
    """Register the magics, the cell form and the completion with `shell`; loading twice is loading once."""
    from jupyter_mlops.magics.cells import CellForm
    from jupyter_mlops.magics.completer import complete
    from jupyter_mlops.magics.here import Executed
    from jupyter_mlops.magics.magic import MlopsMagics

    unload_ipython_extension(shell)
    executed, form = Executed(), CellForm()
    shell.events.register("pre_run_cell", executed.remember)
    shell.input_transformers_cleanup.append(form)
    shell.register_magics(MlopsMagics(shell, executed))
    shell.set_hook("complete_command", complete, str_key="%mlops")
    setattr(shell, _STATE, (executed, form))


def unload_ipython_extension(shell: Any) -> None:
    """Take away what `load_ipython_extension` registered and what can be taken away."""
    state = getattr(shell, _STATE, None)
    if state is None:
        return
    executed, form = state
    shell.events.unregister("pre_run_cell", executed.remember)
    shell.input_transformers_cleanup.remove(form)
    for kind in ("line", "cell"):
        shell.magics_manager.magics[kind].pop("mlops", None)
    delattr(shell, _STATE)
