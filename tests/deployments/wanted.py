"""A deployment to begin with."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jupyter_mlops.deployments.deployment import Deployment, DeploymentName


def wanted(folder: Path = Path("/nowhere"), **changes: Any) -> Deployment:
    given: dict[str, Any] = {
        "id": "0" * 32,
        "name": DeploymentName("churn"),
        "model": "churn",
        "alias": None,
        "version": 1,
        "folder": folder / "d",
        "port": 4000,
        "created_at": datetime(2026, 11, 21, tzinfo=UTC),
    }
    return Deployment(**{**given, **changes})
