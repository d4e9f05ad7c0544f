"""How others ask a deployment, ready to be copied. ``$TOKEN`` stands for its token, which is kept nowhere."""

from __future__ import annotations

import json
import shlex
from typing import Any

from jupyter_mlops.deployments.deployment import Deployment

_ANY: dict[str, Any] = {"dataframe_records": [{}]}
_LONGEST = 2000


def curl(found: Deployment, example: Any = None) -> str:
    """Return a command for a shell."""
    return (
        f"curl {found.url}/invocations \\\n"
        f'  -H "Authorization: Bearer $TOKEN" \\\n'
        f"  -H 'Content-Type: application/json' \\\n"
        f"  -d {shlex.quote(json.dumps(_short(example), ensure_ascii=False))}"
    )


def python(found: Deployment, example: Any = None) -> str:
    """Return lines of Python that need nothing but its standard library."""
    return (
        "import json, os, urllib.request\n\n"
        f"body = {_short(example)!r}\n"
        "request = urllib.request.Request(\n"
        f'    "{found.url}/invocations",\n'
        "    data=json.dumps(body).encode(),\n"
        '    headers={"Authorization": f"Bearer {os.environ[\'TOKEN\']}", "Content-Type": "application/json"},\n'
        ")\n"
        'print(json.load(urllib.request.urlopen(request))["predictions"])'
    )


def _short(example: Any) -> Any:
    """Return a body that fits into a snippet: one row of the example, or a place for one."""
    if not isinstance(example, dict):
        return _ANY
    split = example.get("dataframe_split")
    if isinstance(split, dict) and isinstance(split.get("data"), list):
        example = {**example, "dataframe_split": {**split, "data": split["data"][:1]}}
        example["dataframe_split"].pop("index", None)
    for key in ("dataframe_records", "inputs", "instances"):
        if isinstance(example.get(key), list):
            example = {**example, key: example[key][:1]}
    return example if len(json.dumps(example)) <= _LONGEST else _ANY
