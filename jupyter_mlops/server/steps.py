"""Steps of a run at the door: attempts, log, executed notebook, report, values.

The log is asked for in pieces (``Range: bytes=N-``): a reader that has N bytes asks for what is behind them, and with
`wait_s` the answer waits until there is more. ``X-Mlops-Complete: true`` says that nothing will come any more, and
``X-Mlops-Attempt`` whose log it is: another number than before means to begin anew.
"""

from __future__ import annotations

import asyncio
import time
from urllib.parse import quote

from jupyter_mlops.app.handed import Handed
from jupyter_mlops.app.page import HEADERS
from jupyter_mlops.app.place import AttemptPlace
from jupyter_mlops.app.ranges import Piece, piece_of, pieces, read_piece, size_of
from jupyter_mlops.server.desk import Call, Raw
from jupyter_mlops.server.forms.runs import (
    Artifact,
    Artifacts,
    Attempt,
    Attempts,
    LogQuery,
    Preview,
    PreviewQuery,
    ReportQuery,
    StepQuery,
)
from jupyter_mlops.server.rows import failure

POLL_S = 0.15
LOOK_S = 1.0
"""How often a log that grows is looked at, and how often it is asked whether the attempt is over."""
IN_MEMORY = 4 * 1024 * 1024
"""Bytes of a log that are sent at once; more is sent as it is read."""
PLAIN = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'; base-uri 'none'; form-action 'none'",
}


def attempts(call: Call) -> Attempts:
    """List the attempts of a run."""
    found = call.desk.workbench.steps.attempts(call.segments["run"])
    return Attempts(
        attempts=[
            Attempt(
                step=each.step,
                number=each.number,
                status=each.status.value,
                reason=each.reason.value if each.reason else None,
                started_at=each.started_at.isoformat(),
                finished_at=each.finished_at.isoformat() if each.finished_at else None,
                error=failure(each.error),
                log_bytes=size_of(each.folder / "log.txt"),
            )
            for each in found
        ]
    )


async def log(call: Call) -> Raw:
    """Send a piece of a log, or all of it; waits for more when there is nothing yet."""
    query = call.query
    assert isinstance(query, LogQuery)
    wanted = call.headers.get("Range")
    end = time.monotonic() + query.wait_s

    def look() -> AttemptPlace:
        return call.desk.workbench.steps.place(call.segments["run"], query.step, query.attempt)

    first = place = await asyncio.to_thread(look)
    looked = time.monotonic()
    while True:
        # Whether it is over was asked before the size: what is written in between is not missed.
        piece = piece_of(wanted, await asyncio.to_thread(size_of, place.log))
        now = time.monotonic()
        if not piece.is_behind or place.is_over or place.number != first.number or now >= end:
            break
        if now - looked >= LOOK_S:
            place, looked = await asyncio.to_thread(look), now
            continue
        await asyncio.sleep(min(POLL_S, end - now))
    media_type, headers, size = "text/plain; charset=utf-8", _log_headers(place, piece), piece.end - piece.start
    if size > IN_MEMORY and place.log is not None:
        headers["Content-Length"] = str(size)
        return Raw(b"", media_type, headers, _status(piece), more=pieces(place.log, piece))
    # Who waits asks for what may not be there: that nothing came is no mistake, and no error in the browser's console.
    status = 204 if piece.is_behind and query.wait_s > 0 else _status(piece)
    return Raw(await asyncio.to_thread(read_piece, place.log, piece), media_type, headers, status)


def _status(piece: Piece) -> int:
    return 200 if piece.is_whole else 416 if piece.is_behind else 206


def _log_headers(place: AttemptPlace, piece: Piece) -> dict[str, str]:
    headers = {
        **PLAIN,
        "Accept-Ranges": "bytes",
        "Cache-Control": "no-store",
        "X-Mlops-Attempt": str(place.number),
        "X-Mlops-Complete": "true" if place.is_over and piece.end == piece.size else "false",
    }
    return headers if piece.is_whole else {**headers, "Content-Range": piece.content_range}


def notebook(call: Call) -> Raw:
    """Send the executed notebook as a file."""
    query = _step(call)
    place = call.desk.workbench.steps.place(call.segments["run"], query.step, query.attempt)
    name = quote(f"{query.step}.ipynb", safe="")
    headers = {**PLAIN, "Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Cache-Control": "no-store"}
    return Raw(place.notebook().read_bytes(), "application/x-ipynb+json", headers)


def report(call: Call) -> Raw:
    """Send the executed notebook as a page that runs nothing and loads nothing."""
    query = call.query
    assert isinstance(query, ReportQuery)
    page = call.desk.workbench.steps.page(call.segments["run"], query.step, query.attempt, query.theme)
    return Raw(page, "text/html; charset=utf-8", {**HEADERS, "Cache-Control": "no-store"})


def artifacts(call: Call) -> Artifacts:
    """List what a step was given and what it hands over."""
    query = _step(call)
    found = call.desk.workbench.steps.values(call.segments["run"], query.step, query.attempt)
    return Artifacts(inputs=[_artifact(v) for v in found.inputs], outputs=[_artifact(v) for v in found.outputs])


def _artifact(value: Handed) -> Artifact:
    return Artifact(
        name=value.name,
        step=value.step,
        type=value.ref.type,
        summary=value.ref.summary,
        size_bytes=value.ref.size_bytes,
        serializer=value.ref.serializer,
        digest=value.ref.digest,
        is_code=value.is_code,
    )


def preview(call: Call) -> Preview:
    """Show a value, without running code of it."""
    query = call.query
    assert isinstance(query, PreviewQuery)
    _, found = call.desk.workbench.steps.look(call.segments["run"], query.step, query.name, query.attempt)
    table = found.table
    return Preview(
        kind=found.kind,
        columns=list(table.columns) if table else [],
        rows=[list(row) for row in table.rows] if table else [],
        total_rows=table.total_rows if table else None,
        text=found.text,
        is_cut=found.is_cut,
        data_url=found.data_url,
        reason=found.reason,
    )


def _step(call: Call) -> StepQuery:
    assert isinstance(call.query, StepQuery)
    return call.query
