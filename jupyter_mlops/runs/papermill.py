"""The papermill engine ``mlops``: ``papermill --engine mlops in.ipynb out.ipynb``, and what every step goes through.

papermill loads the engines of its entry points while it is itself being imported. So this module imports nothing
of it at its top: the class is made when it is first asked for, whoever is imported first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_mlops.runs.execution import Execution

NAME = "mlops"


def _engine() -> Any:
    from papermill.engines import Engine

    class MlopsEngine(Engine):  # type: ignore[misc]
        """Executes a notebook in a kernel of its own over ipc; loses no output, names a kernel's death."""

        @classmethod
        def execute_notebook(
            cls,
            nb: Any,
            kernel_name: str,
            output_path: str | None = None,
            execution: Execution | None = None,
            **options: Any,
        ) -> Any:
            """Execute `nb` and return it.

            Parameters
            ----------
            execution
                What an attempt has prepared; without it, the kernel and the files are made here.
            options
                papermill's own; of these, ``start_timeout`` and ``execution_timeout`` have a meaning here.
            """
            from jupyter_mlops.runs.execution import alone

            if execution is not None:
                execution.run(nb)
            else:
                alone(nb, kernel_name, output_path, **options)
            return nb

    return MlopsEngine


def __getattr__(name: str) -> Any:
    if name != "MlopsEngine":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    engine = _engine()
    # Importing papermill may have come back here and made the class already.
    return globals().setdefault(name, engine)
