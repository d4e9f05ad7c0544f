"""A model folder, loaded by MLflow: the only place where a model's code begins to run."""

from __future__ import annotations

import contextlib
import os
from typing import Any


class Model:
    """A loaded model with what its ``MLmodel`` says of it.

    Parameters
    ----------
    pyfunc
        MLflow's ``PyFuncModel``.
    folder
        Where it lies.
    name, version
        What clients call it.
    """

    def __init__(self, pyfunc: Any, folder: str, name: str, version: str) -> None:
        self.pyfunc = pyfunc
        self.folder = folder
        self.name = name
        self.version = version
        self.metadata = pyfunc.metadata
        self.inputs = self.metadata.get_input_schema()
        self.outputs = self.metadata.get_output_schema()
        self.params = self.metadata.get_params_schema() if hasattr(self.metadata, "get_params_schema") else None

    @classmethod
    def load(cls, folder: str, name: str, version: str) -> Model:
        """Load the model in `folder`; what its requirements say of versions has been checked by others."""
        from mlflow.pyfunc import load_model

        return cls(load_model(folder, suppress_warnings=True), folder, name, version)

    def signature_json(self) -> dict[str, Any] | None:
        """Return ``{"inputs", "outputs", "params"}``, each a list or None; None without a signature."""
        parts = {"inputs": self.inputs, "outputs": self.outputs, "params": self.params}
        if all(part is None for part in parts.values()):
            return None
        return {key: None if part is None else part.to_dict() for key, part in parts.items()}

    def serving_example(self) -> bytes | None:
        """Return the input example as the body of a request, None when the model has none."""
        about = self.metadata.saved_input_example_info or {}
        example = self._read(str(about.get("serving_input_path") or "serving_input_example.json"))
        if example is not None or "artifact_path" not in about:
            return example
        # Before MLflow 2.15 there was the example alone.
        raw = self._read(str(about["artifact_path"]))
        if raw is None or about.get("type") not in ("dataframe", "ndarray"):
            return None
        if about["type"] == "dataframe":
            return b'{"dataframe_split": ' + raw + b"}"
        return raw if raw.lstrip().startswith(b"{") else b'{"inputs": ' + raw + b"}"

    def _read(self, name: str) -> bytes | None:
        with contextlib.suppress(OSError), open(os.path.join(self.folder, name), "rb") as file:
            return file.read()
        return None
