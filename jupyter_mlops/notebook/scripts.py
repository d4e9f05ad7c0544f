"""Scripts that are notebooks: Python files in a format of jupytext, such as cells between ``# %%`` lines.

A script is read as the notebook that jupytext makes of it, and never written. The only file that names jupytext.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from jupyter_mlops.base.errors import UnavailableError, UsageError

SUFFIX = ".py"
# A line that begins a cell (percent, light, as exported by nbconvert), or a header that says who wrote it.
_CELLS = re.compile(r"^#[ \t]*(%%(?!%)|\+(?=\s|$)|In\[[ \d]*\]|jupytext:|  jupytext:)", re.MULTILINE)


def is_script(path: Path, raw: bytes) -> bool:
    """Whether a file is a Python script; a notebook under such a name is a notebook."""
    return path.suffix.lower() == SUFFIX and not raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def as_notebook(raw: bytes, path: Path) -> bytes:
    """Return the notebook file (nbformat 4, JSON) that a script is; the same for the same script.

    Raises
    ------
    UsageError
        ``notebook.wrong_file``: the script has no cells; ``notebook.unreadable``: it is no text, or jupytext fails.
    UnavailableError
        ``extra.missing``: jupytext is not installed.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError("notebook.unreadable", f"script `{path.name}` is not in UTF-8", "save it as UTF-8") from error
    if not _CELLS.search(text):
        raise UsageError(
            "notebook.wrong_file",
            f"`{path.name}` is no notebook: it is a Python script without cells",
            'begin each cell with a line `# %%`, its tags behind it: `# %% tags=["step:load"]`',
        )
    try:
        import jupytext
    except ImportError as error:
        raise UnavailableError(
            "extra.missing",
            f"script `{path.name}` can only be read with the package jupytext, which is not installed",
            "pip install 'jupyter-mlops[jupytext]'",
        ) from error
    try:
        book: dict[str, Any] = dict(jupytext.reads(text, fmt={"extension": SUFFIX}))
    except Exception as error:
        # jupytext raises whatever its readers of headers and cells raise.
        raise UsageError("notebook.unreadable", f"jupytext cannot read `{path.name}`: {error}") from error
    for number, cell in enumerate(book["cells"]):
        # Made anew at every reading, they would make another notebook of the same script.
        cell["id"] = f"cell-{number}"
    return json.dumps({**book, "nbformat": 4, "nbformat_minor": 5}, indent=1).encode()
