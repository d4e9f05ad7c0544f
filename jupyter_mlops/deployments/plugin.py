"""MLflow's own deployments, target ``mlops``: ``mlflow deployments create -t mlops --name churn -m models:/churn/3``.

MLflow looks for one client class and two functions in this module. A door: it says the package's own verbs in MLflow's
words, and our errors as MLflow's.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from mlflow.deployments import BaseDeploymentClient, PredictionsResponse
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE, RESOURCE_DOES_NOT_EXIST, TEMPORARILY_UNAVAILABLE

import jupyter_mlops as mlops
from jupyter_mlops.base.errors import MlopsError, NotFoundError, UnavailableError
from jupyter_mlops.deployments.serving.worker.invocations import FORMATS

HELP = """\
Target `mlops`: a process on this machine, looked after by jupyter-mlops.

The model is a registered one: `models:/NAME/VERSION`, or `models:/NAME@ALIAS`, whose moves the deployment follows.

config for create:  port, workers, python (interpreter of another environment)
config for update:  canary (version), percent (0 to 100), shadow (version)
"""
FLAVOR = "python_function"
_CREATE, _UPDATE = ("port", "workers", "python"), ("canary", "percent", "shadow")


class MlopsDeploymentClient(BaseDeploymentClient):
    """MLflow's client for deployments of ours; see MLflow's documentation of its base for the verbs."""

    def create_deployment(
        self,
        name: str,
        model_uri: str,
        flavor: str | None = None,
        config: Mapping[str, Any] | None = None,
        endpoint: str | None = None,
    ) -> dict[str, Any]:
        """Serve a registered model; waits until it answers. `token` is told this once."""
        given = _given(config, _CREATE)
        with _translated():
            made = mlops.deploy(_registered(model_uri), name, **given)
            return {**_form(made), "token": made.token, "flavor": flavor or FLAVOR}

    def update_deployment(
        self,
        name: str,
        model_uri: str | None = None,
        flavor: str | None = None,
        config: Mapping[str, Any] | None = None,
        endpoint: str | None = None,
    ) -> dict[str, Any]:
        """Serve another version, or share the requests between two. MLflow's command line reads the answer."""
        given = _given(config, _UPDATE)
        with _translated():
            found = _find(name).update(_registered(model_uri) if model_uri else None, **given).wait()
            return {**_form(found), "flavor": flavor or FLAVOR}

    def delete_deployment(
        self, name: str, config: Mapping[str, Any] | None = None, endpoint: str | None = None
    ) -> None:
        """Stop serving and delete its files; no-op if absent."""
        with _translated():
            for found in mlops.deployments():
                if found.name == name:
                    found.delete()

    def list_deployments(self, endpoint: str | None = None) -> list[dict[str, Any]]:
        """Return all."""
        with _translated():
            return [_form(found) for found in mlops.deployments()]

    def get_deployment(self, name: str, endpoint: str | None = None) -> dict[str, Any]:
        """Return one."""
        with _translated():
            return _form(_find(name))

    def predict(
        self, deployment_name: str | None = None, inputs: Any = None, endpoint: str | None = None
    ) -> PredictionsResponse:
        """Return the predictions for a data frame, an array or records."""
        name = deployment_name or endpoint
        if not name:
            raise MlflowException("name a deployment", INVALID_PARAMETER_VALUE)
        with _translated():
            return PredictionsResponse({"predictions": mlops.predict(name, _body(inputs))})


def run_local(
    target: str, name: str, model_uri: str, flavor: str | None = None, config: Mapping[str, Any] | None = None
) -> None:
    """Do as `create_deployment`: the target is this machine already."""
    client = MlopsDeploymentClient(target)  # type: ignore[no-untyped-call]
    client.create_deployment(name, model_uri, flavor, config)


def target_help() -> str:
    """Return what the target takes."""
    return HELP


def _body(inputs: Any) -> Any:
    """Return the inputs; a body of ``/invocations`` that MLflow's command has read as if it were a table, as a body."""
    columns = list(getattr(inputs, "columns", ()))
    if len(columns) != 1 or columns[0] not in FORMATS:
        return inputs
    values = inputs[columns[0]]
    is_table = list(values.index) == list(range(len(values)))
    return {columns[0]: values.tolist() if is_table else values.to_dict()}


def _registered(model_uri: str) -> str:
    if not model_uri.startswith("models:/") or model_uri.startswith("models:/m-"):
        raise MlflowException(
            f"{model_uri!r} is no registered model; register it and name it as models:/NAME/VERSION or "
            "models:/NAME@ALIAS",
            INVALID_PARAMETER_VALUE,
        )
    return model_uri


def _given(config: Mapping[str, Any] | None, known: tuple[str, ...]) -> dict[str, Any]:
    """Return the configuration; the command line of MLflow has only text for numbers."""
    given = dict(config or {})
    unknown = sorted(set(given) - set(known))
    if unknown:
        message = f"unknown configuration {', '.join(unknown)}; known: {', '.join(known)}"
        raise MlflowException(message, INVALID_PARAMETER_VALUE)
    try:
        return {name: os.fspath(value) if name == "python" else int(value) for name, value in given.items()}
    except (TypeError, ValueError) as error:
        raise MlflowException(f"the configuration cannot be read: {error}", INVALID_PARAMETER_VALUE) from error


def _find(name: str) -> Any:
    found = next((each for each in mlops.deployments() if each.name == name), None)
    if found is None:
        raise NotFoundError("deployment.not_found", f'there is no deployment "{name}"')
    return found


def _form(found: Any) -> dict[str, Any]:
    form: dict[str, Any] = found.to_json()
    return form


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except NotFoundError as error:
        raise MlflowException(str(error), RESOURCE_DOES_NOT_EXIST) from error
    except UnavailableError as error:
        raise MlflowException(str(error), TEMPORARILY_UNAVAILABLE) from error
    except MlopsError as error:
        raise MlflowException(str(error), INVALID_PARAMETER_VALUE) from error
