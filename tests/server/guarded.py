"""A lab whose environment holds canaries, and the search for them."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.browser.lab import Lab

NAMES = (
    "AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AZURE_CLIENT_SECRET GITHUB_TOKEN HF_TOKEN OPENAI_API_KEY PGPASSWORD "
    "KAGGLE_KEY WANDB_API_KEY MLFLOW_TRACKING_PASSWORD MLFLOW_TRACKING_TOKEN MY_OWN"
).split()


class Guarded(Lab):
    """A lab whose environment holds canaries."""

    canaries: dict[str, str]

    def environ(self) -> dict[str, str]:
        return {**super().environ(), **self.canaries}

    def keep(self, uri: str = "") -> None:
        """Put a canary into every variable, and into the password of a tracking URI."""
        self.canaries = {name: f"canary{secrets.token_hex(8)}" for name in NAMES}
        if uri:
            self.canaries["MLFLOW_TRACKING_URI"] = uri.replace("PASSWORD", f"canary{secrets.token_hex(8)}")


@contextmanager
def guarded(folder: Path, uri: str = "") -> Iterator[Guarded]:
    """Start a lab with canaries; see `Guarded.keep`."""
    found = Guarded(folder)
    found.keep(uri)
    try:
        found.start()
        yield found
    finally:
        found.stop()
        found.sweep()


def words(lab: Guarded) -> list[bytes]:
    """What must not be found, the server's token too."""
    texts = [text.partition("ada:")[2].partition("@")[0] or text for text in lab.canaries.values()]
    return [text.encode() for text in (*texts, lab.token)]


def leaks(lab: Guarded, folder: Path) -> list[tuple[Path, bytes]]:
    # Jupyter's own file for `jupyter server list`, and its file of connections, private to the user.
    theirs = ("jpserver-", "jupyter_cookie_secret", "kernel-")
    files = [f for f in folder.rglob("*") if f.is_file() and not f.name.startswith(theirs)]
    assert len(files) > 20
    return [(file, word) for file in files for word in words(lab) if word in file.read_bytes()]


def told(lab: Guarded) -> list[bytes]:
    """Return what stands in the arguments of any process; the lab's own token was given to it there."""
    found = b"\0".join(b" ".join(map(str.encode, p.info["cmdline"] or [])) for p in psutil.process_iter(["cmdline"]))
    ours = found.replace(f"--IdentityProvider.token={lab.token}".encode(), b"")
    return [word for word in words(lab) if word in ours]
