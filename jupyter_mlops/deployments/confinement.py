"""What holds for every process that runs a model's code: deployments, batch scoring and the trial of the gates.

The worker applies it (`serving.worker.confine`); here is what it is given. ``JUPYTER_MLOPS_REQUIRE_SANDBOX``, which an
administrator's setting ``MlopsSettings.require_sandbox`` sets, says that where the sandbox is not in force no model is
loaded at all.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

REQUIRE = "JUPYTER_MLOPS_REQUIRE_SANDBOX"
# Set by the Jupyter server of the notebooks (server/extension.py), for the processes that come of it.
ROOT = "JUPYTER_MLOPS_NOTEBOOKS"


def hidden(home: Path | None, variables: Mapping[str, str] = os.environ) -> list[str]:
    """Return the folders that no model reads: the home of this product, and the notebooks' root where it is known.

    Parameters
    ----------
    home
        None where the caller has none.
    """
    root = os.path.expanduser(variables.get(ROOT, ""))
    found = [str(home.resolve())] if home is not None else []
    return found + ([os.path.realpath(root)] if os.path.isabs(root) and os.path.realpath(root) != "/" else [])


def is_required(variables: Mapping[str, str] = os.environ) -> bool:
    """Return whether a model may be loaded only in the sandbox.

    >>> is_required({"JUPYTER_MLOPS_REQUIRE_SANDBOX": "True"}), is_required({})
    (True, False)
    """
    return variables.get(REQUIRE, "").strip().lower() in ("1", "true", "yes", "on")


def of(home: Path | None) -> dict[str, Any]:
    """Return this as a part of a worker's order; see `serving.wire`."""
    return {"hidden": hidden(home), "require_sandbox": is_required()}
