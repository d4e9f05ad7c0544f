"""MLflow's pyfunc, imported without the warnings that its own start gives; import it before anything that needs it."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import mlflow.pyfunc
    import mlflow.pyfunc.scoring_server
    import mlflow.sklearn

__all__ = ["mlflow"]
