"""The repositories of the corpus as local clones: lists their files, reads one, and checks a commit's tree out.

``JUPYTER_MLOPS_CORPUS`` names a folder with one clone per repository, at ``OWNER/NAME`` (bare or with a work tree).
Trees are checked out to ``trees/OWNER/NAME`` in the same folder, once, without touching the clone.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

VARIABLE = "JUPYTER_MLOPS_CORPUS"
HERE = Path(__file__).parent
LIST = HERE / "list.json"


@dataclass(frozen=True, order=True)
class Entry:
    """One notebook of the corpus: where it is published and the sha256 of its bytes."""

    repository: str
    path: str
    commit: str
    sha256: str

    @property
    def key(self) -> str:
        """The name under which the tables of the corpus know the notebook."""
        return f"{self.repository}/{self.path}"


def entries() -> list[Entry]:
    """Return the committed list."""
    return [Entry(**row) for row in json.loads(LIST.read_text(encoding="utf-8"))]


def write_entries(found: list[Entry]) -> None:
    """Replace the committed list, one notebook a line."""
    rows = ",\n".join(json.dumps(asdict(entry), ensure_ascii=False) for entry in sorted(found))
    LIST.write_text(f"[\n{rows}\n]\n", encoding="utf-8")


def folder() -> Path | None:
    """Return the folder of the clones, or None where the variable names none."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named and Path(named).is_dir() else None


def git(clone: Path, *arguments: str) -> bytes:
    """Return what a git command prints, run in a clone that may belong to another user."""
    command = ["git", "-c", "safe.directory=*", "-C", str(clone), *arguments]
    return subprocess.run(command, capture_output=True, check=True).stdout


def head(clone: Path) -> str:
    """Return the clone's newest commit."""
    return git(clone, "rev-parse", "HEAD").decode().strip()


def blobs(clone: Path, commit: str) -> dict[str, str]:
    """Return path and object id of all regular files at a commit, by path."""
    listed = git(clone, "ls-tree", "-r", "-z", commit).decode("utf-8", "surrogateescape")
    rows = [row.partition("\t") for row in listed.split("\0") if row.startswith("100")]
    return {path: about.split()[2] for about, _, path in sorted(rows, key=lambda row: row[2])}


def contents(clone: Path, names: Iterable[str]) -> Iterator[bytes | None]:
    """Yield the objects' bytes in order; None for one that the clone lacks (a partial clone leaves large files out)."""
    command = ["git", "-c", "safe.directory=*", "-C", str(clone), "cat-file", "--batch"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None  # noqa: PT018
        for name in names:
            process.stdin.write(name.encode() + b"\n")
            process.stdin.flush()
            told = process.stdout.readline().split()
            if len(told) < 3 or not told[2].isdigit():
                yield None
                continue
            yield process.stdout.read(int(told[2]))
            process.stdout.read(1)
        process.stdin.close()


def tree(corpus: Path, repository: str, commit: str) -> Path:
    """Return the folder with the repository's files at the commit; it is checked out on the first call."""
    target = corpus / "trees" / repository
    stamp = target / ".commit"
    if stamp.exists() and stamp.read_text() == commit:
        return target
    found = blobs(corpus / repository, commit)
    for path, raw in zip(found, contents(corpus / repository, found.values()), strict=True):
        if raw is not None:
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            (target / path).write_bytes(raw)
    stamp.write_text(commit)
    return target


def notebooks(corpus: Path) -> Iterator[tuple[Entry, Path]]:
    """Yield the corpus with the checked-out files; raise when a file is not the one listed."""
    for entry in entries():
        path = tree(corpus, entry.repository, entry.commit) / entry.path
        if hashlib.sha256(path.read_bytes()).hexdigest() != entry.sha256:
            raise RuntimeError(f"{entry.key} is not the file that the list names")
        yield entry, path


if __name__ == "__main__":
    for repository, commit in sorted({(entry.repository, entry.commit) for entry in entries()}):
        print(repository, commit)
