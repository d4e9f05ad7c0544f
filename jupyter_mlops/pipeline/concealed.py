"""Parameters named like secrets: their values go into kernels alone, everything that is written and shown has a mark.

The mark is ``***`` with a keyed sum of the value (HMAC with a key of the home folder), so that two runs can be told to
have had the same value, and results are not taken from a run with another one. The value itself travels as a variable
of the run's environment, which is handed to the runner in memory; the step's notebook reads it from there. A default
that stands in the notebook's own cell needs no variable: the cell sets it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_mlops.base.errors import UsageError
from jupyter_mlops.base.uris import without_password
from jupyter_mlops.notebook.credentials import has_secret_form, says_secret
from jupyter_mlops.pipeline.spec import Parameter, Pipeline

Key = Callable[[], bytes]
KEY = "parameters.key"
VARIABLE = "JUPYTER_MLOPS_PARAMETER_{}"
_MARK = re.compile(r"\*\*\* [0-9a-f]{12}")
# ``<eos>``, ``[MASK]``: what tokenizers call tokens.
_TEXT_TOKEN = re.compile(r"<\S{1,20}>|\[[A-Z]{1,10}\]")
# What an environment takes for one variable is 128 kB.
_MOST = 100_000


@dataclass(frozen=True)
class Concealed:
    """A value in a kernel's environment, as the step's notebook is to read it."""

    value: Any
    variable: str

    def source(self, parameter: Parameter) -> str:
        """Return Python source whose value is the parameter's."""
        text = f"__import__('json').loads(__import__('os').environ[{self.variable!r}])"
        return f"__import__('ast').literal_eval({text})" if parameter.type.endswith("literal") else text


def is_secret(name: str, value: Any) -> bool:
    """Return whether a parameter holds what is not to be shown: by its name a text or a number chosen as a password, by
    its form an address with a password or a key.

    >>> is_secret("api_key", "abc"), is_secret("api_key", None), is_secret("pad_token", "<pad>"), is_secret("pwd", 1234)
    (True, False, False, True)
    >>> is_secret("passwords", ["a"]), is_secret("n_secrets", 5), is_secret("db_url", "postgres://ada:pw@db/x")
    (True, False, True)
    """
    if isinstance(value, bool) or value in (None, "", [], {}):
        return False
    if isinstance(value, str):
        is_of_texts = _TEXT_TOKEN.fullmatch(value) is not None and name.lower().endswith("token")
        return (bool(says_secret(name)) and not is_of_texts) or _has_secret(value)
    if isinstance(value, list | dict):
        is_many = name.endswith("s") and not name.lower().endswith("tokens")
        return bool(says_secret(name) or (is_many and says_secret(name.removesuffix("s"))))
    return says_secret(name) == "chosen"


def _has_secret(text: str) -> bool:
    return has_secret_form(text) or ("://" in text and without_password(text) != text)


def shown(values: Mapping[str, Any], key: Key = lambda: b"") -> dict[str, Any]:
    """Return values with marks in place of secrets; without a key, bare ``***``.

    Parameters
    ----------
    key
        returns the key of the home; called only when there is a secret.

    >>> shown({"lr": 0.1, "password": "hunter2"})
    {'lr': 0.1, 'password': '***'}
    """
    return {name: mark(value, key()) if is_secret(name, value) else value for name, value in values.items()}


def mark(value: Any, key: bytes) -> str:
    """Return what stands for a secret; a mark stands for itself."""
    if isinstance(value, str) and _MARK.fullmatch(value):
        return value
    if not key:
        return "***"
    return f"*** {hmac.new(key, json.dumps(value, sort_keys=True).encode(), hashlib.sha256).hexdigest()[:12]}"


def injected(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values for notebooks: secrets as `Concealed`."""
    return {
        name: Concealed(value, VARIABLE.format(name)) if is_secret(name, value) else value
        for name, value in values.items()
    }


def variables(values: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, str]:
    """Return the variables of a run's environment that hold its secrets.

    Parameters
    ----------
    own
        what the cells of the notebook set themselves.

    Raises
    ------
    UsageError
        ``parameter.secret_size``.
    """
    found = {}
    for name, value in values.items():
        if is_secret(name, value) and (name not in own or own[name] != value):
            text = found[VARIABLE.format(name)] = json.dumps(value)
            if len(text) > _MOST:
                raise UsageError("parameter.secret_size", f"the secret `{name}` is longer than {_MOST:,} characters")
    return found


def given_again(pipeline: Pipeline, values: Mapping[str, Any], key: Key) -> dict[str, Any]:
    """Return the values of a run that is repeated, without marks: those of today's defaults are left to them.

    Raises
    ------
    UsageError
        ``parameter.secret``: a value was not kept, and has to be given again.
    """
    defaults = {p.name: p.default for p in pipeline.parameters if not p.required and not p.computed}
    kept = {}
    for name, value in values.items():
        if not (isinstance(value, str) and _MARK.fullmatch(value)):
            kept[name] = value
        elif name not in defaults or mark(defaults[name], key()) != value:
            raise UsageError(
                "parameter.secret",
                f"the value of `{name}` was not kept, because it is named like a secret",
                f"start a new run with it: -p {name}=VALUE",
            )
    return kept


def key_of(home: Path) -> bytes:
    """Return the key of a home folder; it is made at first."""
    file = home / KEY
    try:
        return file.read_bytes()
    except FileNotFoundError:
        pass
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = home / f".{KEY}-{os.getpid()}-{os.urandom(4).hex()}"
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, os.urandom(32))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        # Two who make it at once agree on the first.
        os.link(new, file)
    except FileExistsError:
        pass
    finally:
        os.unlink(new)
    return file.read_bytes()
