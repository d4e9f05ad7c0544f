"""Completion of ``%mlops`` lines in IPython, from the same parser that reads them."""

from __future__ import annotations

from typing import Any

from jupyter_mlops.app.complete import candidates
from jupyter_mlops.app.known import known
from jupyter_mlops.app.words import build
from jupyter_mlops.base.errors import MlopsError
from jupyter_mlops.magics.here import notebook_here


def complete(shell: Any, event: Any) -> list[str]:
    """Return what the word under the cursor may become; registered as IPython's ``complete_command`` hook."""
    before = str(getattr(event, "text_until_cursor", None) or event.line).lstrip()
    words = before.split(" ")[1:]
    given = [w for w in words[:-1] if w]
    parser = build("%mlops", notebook_known=True)
    return candidates(parser, [*given, *words[-1:]], lambda kind: known(kind, [*given, *_here(shell)]))


def _here(shell: Any) -> list[str]:
    """The notebook of this kernel, which a line need not name; nothing when it is not known."""
    try:
        return [str(notebook_here(shell.user_ns))]
    except MlopsError:
        return []
