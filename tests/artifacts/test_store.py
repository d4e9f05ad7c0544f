"""The contract of a store, on both of them, and what only a folder has: permissions, renames, a full disk."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from jupyter_mlops.artifacts.store import ArtifactStore, FolderStore, MemoryStore, write_atomically
from jupyter_mlops.base.errors import HandoverError


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ArtifactStore:
    return FolderStore(tmp_path / "artifacts") if request.param == "folder" else MemoryStore()


def put(store: ArtifactStore, content: bytes) -> tuple[str, int]:
    def write(file: BinaryIO) -> None:
        half = len(content) // 2
        file.write(content[:half])
        file.write(memoryview(content)[half:])

    return store.put(write)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("content", [b"", b"x", bytes(range(256)) * 10_000])
def test_bytes_come_back_under_their_sha256(store: ArtifactStore, content: bytes) -> None:
    digest, size = put(store, content)
    assert digest == hashlib.sha256(content).hexdigest()
    assert size == len(content)
    assert store.has(digest)
    with store.open(digest) as file:
        assert file.read() == content


def test_same_bytes_twice(store: ArtifactStore) -> None:
    assert put(store, b"same") == put(store, b"same")


def test_absent_bytes(store: ArtifactStore) -> None:
    digest = hashlib.sha256(b"never").hexdigest()
    assert not store.has(digest)
    with pytest.raises(HandoverError) as caught:
        store.open(digest)
    assert caught.value.code == "artifact.missing"


def test_nothing_stays_of_a_write_that_fails(tmp_path: Path) -> None:
    def write(file: BinaryIO) -> None:
        file.write(b"x" * 5_000_000)
        raise ValueError("half way")

    with pytest.raises(ValueError, match="half way"):
        FolderStore(tmp_path).put(write)
    assert files(tmp_path) == []


@pytest.mark.parametrize("digest", ["../../etc/passwd", "", "ab", "A" * 64, "é" * 64])
def test_only_digests_are_paths(tmp_path: Path, digest: str) -> None:
    with pytest.raises(ValueError, match="not a sha256"):
        FolderStore(tmp_path).path(digest)


def test_permissions(tmp_path: Path) -> None:
    root = tmp_path / "artifacts"
    put(FolderStore(root), b"secret")
    folders = [root, *(path for path in root.rglob("*") if path.is_dir())]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files(root)} == {0o600}


def test_many_writers_of_the_same_bytes(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    content = os.urandom(300_000)
    found: list[tuple[str, int]] = []
    threads = [threading.Thread(target=lambda: found.append(put(store, content))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert len(files(tmp_path)) == 1


def test_atomic_write_replaces(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "file.json"
    write_atomically(path, b"one")
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert [p.name for p in path.parent.iterdir()] == ["file.json"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    folder = tmp_path / "small"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_full_disk(small_disk: Path) -> None:
    store = FolderStore(small_disk)
    kept, _ = put(store, b"kept")
    with pytest.raises(HandoverError) as caught:
        put(store, bytes(3_000_000))
    assert caught.value.code == "artifact.disk_full"
    assert files(small_disk) == [store.path(kept)]
    manifest = small_disk / "outputs.json"
    write_atomically(manifest, b"old")
    with pytest.raises(HandoverError):
        write_atomically(manifest, bytes(3_000_000))
    assert manifest.read_bytes() == b"old"
    assert put(store, b"room again")[1] == 10


@pytest.mark.parametrize("kind", ["array", "frame", "polars", "pickle", "json"])
def test_full_disk_is_named_by_every_serializer(small_disk: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import numpy as np
    import pandas as pd
    import polars as pl

    from jupyter_mlops.artifacts.incell import Handover

    array = np.arange(400_000.0)
    values: dict[str, object] = {
        "array": array,
        "frame": pd.DataFrame({"a": array}),
        "polars": pl.DataFrame({"a": array}),
        "pickle": {"a": array},
        "json": ["x" * 3_000_000],
    }
    monkeypatch.chdir(small_disk)
    monkeypatch.delenv("JUPYTER_MLOPS_ATTEMPT_DIR", raising=False)
    handover = Handover({"v": values[kind]}, step="s", outputs=["v"])
    handover.load()
    with pytest.raises(HandoverError) as caught:
        handover.save()
    assert caught.value.code == "artifact.disk_full"
    assert files(small_disk) == []
