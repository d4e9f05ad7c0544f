"""The server itself at the door: that it is there, what it speaks, what goes on."""

from __future__ import annotations

import json

import jupyter_mlops
from jupyter_mlops.base.uris import without_password
from jupyter_mlops.server.desk import Call, Raw
from jupyter_mlops.server.forms.common import Activity, ServerStatus
from jupyter_mlops.server.openapi import describe


def status(call: Call) -> ServerStatus:
    """Say that the extension is there, and where it keeps things."""
    bench = call.desk.workbench
    return ServerStatus(
        package=jupyter_mlops.__version__,
        home=str(bench.home),
        tracking_uri=without_password(bench.settings.tracking_uri) or None,
    )


def openapi(call: Call) -> Raw:
    """Send the description of all routes."""
    return Raw(json.dumps(describe()).encode(), "application/json")


def activity(call: Call) -> Activity:
    """Count the runs that are queued and running."""
    queued, running, last_event = call.desk.workbench.activity()
    return Activity(queued=queued, running=running, last_event=last_event)
