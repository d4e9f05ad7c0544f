"""Completion of ``%mlops`` lines in IPython, from the same parser that reads them."""

from __future__ import annotations

from typing import Any

from jupyter_mlops.app.complete import candidates
from jupyter_mlops.app.known import known
from jupyter_mlops.app.words import build


def complete(shell: Any, event: Any) -> list[str]:
    """Return what the word under the cursor may become; registered as IPython's ``complete_command`` hook."""
    before = str(getattr(event, "text_until_cursor", None) or event.line).lstrip()
    words = before.split(" ")[1:]
    return candidates(build("%mlops", notebook_known=True), [*(w for w in words[:-1] if w), *words[-1:]], known)
