"""Secrets on command lines of this user's processes, which every user of the machine and every process can read."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterable, Sequence

# `--IdentityProvider.token=abc`, `--token abc`, `http://x/?token=abc`, `postgresql://user:abc@host`
_GIVEN = re.compile(r"(?i)(^|[-_.?&])(token|password|passwd|secret|api_?key|access_?key|hashed_password)=[^\s&]{4,}")
_NAMED = re.compile(r"(?i)^--?([\w.-]*[-_.])?(token|password|passwd|secret|api-?key|access-?key)$")
_IN_ADDRESS = re.compile(r"(?i)^[\w+.-]*?(?:=)?[a-z][\w+.-]*://[^/@\s:]*:[^/@\s]+@")


def has_secret(arguments: Sequence[str]) -> bool:
    """Return whether the arguments of a process hold what looks like a secret.

    >>> has_secret(["jupyter", "lab", "--IdentityProvider.token=abcdef"]), has_secret(["x", "--token", "abcdef"])
    (True, True)
    >>> has_secret(["x", "--token="]), has_secret(["x", "--token-file", "f"]), has_secret(["x", "sqlite:///a"])
    (False, False, False)
    """
    pairs = zip(arguments, [*arguments, ""][1:], strict=True)
    return any(
        _GIVEN.search(word) or _IN_ADDRESS.search(word) or (_NAMED.match(word) and after and not after.startswith("-"))
        for word, after in pairs
    )


def exposed(processes: Iterable[tuple[int, Sequence[str]]] | None = None) -> list[str]:
    """Return the processes of this user whose arguments hold a secret, like ``1234 (jupyter-lab)``; no value is shown.

    Parameters
    ----------
    processes
        ids and arguments; None are those of this machine.
    """
    return [
        f"{pid} ({_program(words)})" for pid, words in (_own() if processes is None else processes) if has_secret(words)
    ]


def _program(words: Sequence[str]) -> str:
    # The program, and what a Python or a shell runs: nothing behind the first option.
    names = list(itertools.takewhile(lambda word: not word.startswith("-") and not has_secret([word]), words[:2]))
    return " ".join(map(os.path.basename, names))[:60] or "?"


def _own() -> Iterable[tuple[int, Sequence[str]]]:
    import psutil

    for process in psutil.process_iter(["cmdline", "uids"]):
        uids, words = process.info["uids"], process.info["cmdline"]
        if uids is not None and uids.real == os.getuid() and words:
            yield process.pid, words
