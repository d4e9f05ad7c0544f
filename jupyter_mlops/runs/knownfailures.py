"""Failures of a step that many meet, by what their message says, each with what to do about it. Pure.

The messages are those of MLflow 3.17 and of what it calls. A row is added when a failure is met whose own message does
not say what to write.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Known:
    """A failure: what its message holds, as a regular expression, an example of the message, and the hint.

    `ename` is the name of the exception where the message alone could be that of another library. The hint may name
    groups of the expression, as ``{name}``.
    """

    pattern: str
    example: str
    hint: str
    ename: str = "MlflowException"


KNOWN: tuple[Known, ...] = (
    Known(
        r"references untrusted types.*?Untrusted types found in the file: (?P<types>\[[^\]]*\])",
        "The saved sklearn model references untrusted types. … Untrusted types found in the file: "
        "['sklearn.tree._tree.Tree'].",
        "MLflow saves scikit-learn models in the format `skops`, which wants their types named: "
        "`log_model(model, name=..., skops_trusted_types={types})`; or save the model as a pickle: "
        '`serialization_format="cloudpickle"`',
    ),
    Known(
        r"Invalid model name \('(?P<name>.*?)'\) provided",
        "Invalid model name ('a/b') provided. Model name must be a non-empty string and cannot contain …",
        'give it a name without `/`, `:`, `.`, `%` and quotes: `log_model(model, name="model")`',
    ),
    Known(
        r"Invalid value \"(?P<value>.*?)\" for parameter 'value' supplied.*valid double",
        "Invalid value \"high\" for parameter 'value' supplied: … Please specify value as a valid double",
        "a metric is a number: `mlflow.log_metric(name, float(value))`; log a text by `mlflow.set_tag(name, value)`",
    ),
    Known(
        r"Invalid value \"(?P<name>.*?)\" for parameter '(?:name|key)' supplied: Names may only contain",
        "Invalid value \"acc@1!\" for parameter 'name' supplied: Names may only contain alphanumerics, …",
        "use letters, digits, `_`, `-`, `.`, `:`, `/` and spaces in the names of metrics, parameters and tags",
    ),
    Known(
        r"Changing param values is not allowed\. Param with key='(?P<name>.*?)'",
        "Changing param values is not allowed. Param with key='a' was already logged with value='1' for run ID='…'",
        "a parameter of an MLflow run has one value: log what changes as a metric, or open a run of its own by "
        "`with mlflow.start_run(nested=True):`",
    ),
    Known(
        r"^Run with UUID \w+ is already active",
        "Run with UUID f50306b8a55e is already active. To start a new run, first end the current run …",
        "the step has its MLflow run already: leave `mlflow.start_run()` out, or write "
        "`with mlflow.start_run(nested=True):`",
        "Exception",
    ),
    Known(
        r"Registered Model with name=(?P<name>.+?) not found",
        "Registered Model with name=churn not found",
        "register it first: tag the step that logs it `model:{name}`, or look at the names: `jupyter mlops models`",
    ),
    Known(
        r"Registered model alias (?P<alias>\S+) not found",
        "Registered model alias champion not found.",
        "set the alias first: `jupyter mlops models promote MODEL VERSION --to {alias}`",
    ),
    Known(
        r"`python_model` must be a PythonModel instance",
        "`python_model` must be a PythonModel instance, callable object, or path to a script …",
        "use the flavor of the model's library, such as `mlflow.sklearn.log_model`, or derive from "
        "`mlflow.pyfunc.PythonModel`",
    ),
    Known(
        r"API request to (?P<url>https?://[^/\s]+)\S* failed with exception",
        "API request to http://127.0.0.1:5000/api/2.0/… failed with exception HTTPConnectionPool(…): Max retries",
        "the MLflow server at `{url}` cannot be reached: start it, or set `MLFLOW_TRACKING_URI`; "
        "`jupyter mlops doctor` looks at it",
    ),
)


def hint_of(ename: object, evalue: object) -> str:
    """Return what to do about a failure with this exception; empty for one that is not known.

    >>> hint_of("MlflowException", "Registered Model with name=churn not found")
    'register it first: tag the step that logs it `model:churn`, or look at the names: `jupyter mlops models`'
    >>> hint_of("KeyError", "'a'")
    ''
    """
    text = str(evalue or "")[:20_000]
    for known in KNOWN:
        found = re.search(known.pattern, text, re.DOTALL) if ename in (known.ename, "RestException") else None
        if found is not None:
            hint = known.hint
            for name, value in found.groupdict().items():
                hint = hint.replace(f"{{{name}}}", value or "")
            return hint
    return ""
