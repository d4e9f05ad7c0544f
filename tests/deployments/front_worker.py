"""The in-memory twin of a template and its workers: ``python -I front_worker.py --control FD``; stdlib only.

A "model folder" is a file of JSON: ``{"load_s", "fail", "check", "die", "hard", "then"}``; ``hard`` are the
inputs that it fails with, by what ``then`` says: raise, die or hang. A request's body says what else is to happen.
"""

import json
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "jupyter_mlops" / "deployments" / "serving"))
from wire import Reader, write  # type: ignore[import-not-found]


def answer(model: dict[str, Any], version: str, head: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    if head["call"] != "invocations":
        status = 500 if head["call"] == "check" and model.get("check") else 200
        words: dict[str, Any] = {"name": "m", "versions": [version], "message": "the example fails"}
        return {"status": status, "type": "application/json"}, json.dumps(words).encode()
    asked: dict[str, Any] = json.loads(body) if body[:1] == b"{" else {}
    is_hard = asked.get("x") in model.get("hard", ())
    time.sleep(asked.get("sleep", model.get("slow", 0)))
    if asked.get("die") or model.get("die") or (is_hard and model["then"] == "die"):
        os.kill(os.getpid(), signal.SIGKILL)
    if is_hard and model["then"] == "hang":
        time.sleep(3600)
    if asked.get("fail") or model.get("broken") or is_hard:
        out = {"code": "model.failed", "message": "it failed", "hint": ""}
        return {"status": 500, "type": "application/json", "fault": "model"}, json.dumps(out).encode()
    if asked.get("refuse") or asked.get("gap"):
        fault = "client" if asked.get("refuse") else "input"
        return {"status": 400, "type": "application/json", "fault": fault}, b'{"code":"x","message":"y","hint":""}'
    if asked.get("large"):
        return {"status": 200, "type": "text/plain"}, b"x" * asked["large"]
    said: dict[str, Any] = {"predictions": [asked.get("x", len(body))], "by": model.get("by", version)}
    return {"status": 200, "type": "application/json"}, json.dumps(said).encode()


def work(order: dict[str, Any], fd: int) -> None:
    model = json.loads(Path(order["folder"]).read_text())
    sock = socket.socket(fileno=fd)
    time.sleep(model.get("load_s", 0))
    if model.get("fail") == "die":
        os._exit(1)
    state = "failed" if model.get("fail") else "ready"
    error = {"code": "model.load", "message": "it does not load", "hint": ""} if model.get("fail") else None
    write(sock, {"id": 0, "status": 200, "state": state, "error": error, "signature": None, "sandbox": "none"})
    reader = Reader(sock)
    while (frame := reader.read()) is not None:
        head, body = answer(model, order["version"], *frame)
        write(sock, {"id": frame.head["id"], "rows": 1, "predict_ms": 0.1, **head}, body)


def serve(control: socket.socket) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    write(control, {"id": 0, "event": "ready", "pid": os.getpid(), "python": "3", "mlflow": "0"})
    reader = Reader(control, with_fds=True)
    while (frame := reader.read()) is not None:
        fd = reader.fds.pop()
        if frame.head["call"] == "spare":
            if os.fork() == 0:
                control.close()
                serve(socket.socket(fileno=fd))
                os._exit(0)
            os.close(fd)
            continue
        if (pid := os.fork()) == 0:
            control.close()
            work(frame.head, fd)
            os._exit(0)
        os.close(fd)
        write(control, {"id": frame.head["id"], "status": 200, "pid": pid})


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[2])))
