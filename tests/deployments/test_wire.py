"""Frames: whatever is written is read again, however it is cut; what is no frame is refused, whatever it claims."""

from __future__ import annotations

import json
import os
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.deployments.serving.wire import (
    BODY_LIMIT,
    HEAD_LIMIT,
    LENGTHS,
    Frame,
    Frames,
    Reader,
    WireError,
    encode,
    write,
    write_with,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
FRAMES = st.lists(st.tuples(st.dictionaries(st.text(), JSON, max_size=3), st.binary(max_size=200)), max_size=5)


@given(FRAMES, st.lists(st.integers(1, 60), max_size=40))
def test_frames_survive_every_cut(frames: list[tuple[dict[str, Any], bytes]], cuts: list[int]) -> None:
    stream = b"".join(encode(head, body) for head, body in frames)
    reader, found, at = Frames(), [], 0
    for cut in [*cuts, len(stream)]:
        found += reader.feed(stream[at : at + cut])
        at += cut
    assert found == [Frame(json.loads(json.dumps(head)), body) for head, body in frames]


@given(st.binary(max_size=300))
def test_noise_is_refused_or_waited_on(noise: bytes) -> None:
    try:
        for frame in Frames(body_limit=1000).feed(noise):
            assert isinstance(frame.head, dict)
    except WireError:
        pass


@pytest.mark.parametrize(
    "stream",
    [
        LENGTHS.pack(HEAD_LIMIT + 1, 0),
        LENGTHS.pack(2, 1001) + b"{}",
        LENGTHS.pack(2, BODY_LIMIT + 1) + b"{}",
        LENGTHS.pack(2, 0) + b"[]",
        LENGTHS.pack(4, 0) + b"null",
        LENGTHS.pack(1, 0) + b"{",
        LENGTHS.pack(2, 0) + b"\xff\xfe",
        LENGTHS.pack(100_000, 0) + b"[" * 100_000,
    ],
)
def test_what_is_no_frame_is_refused(stream: bytes) -> None:
    with pytest.raises(WireError):
        Frames(body_limit=1000).feed(stream)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(stream)
        theirs.shutdown(socket.SHUT_WR)
        with pytest.raises(WireError):
            Reader(ours, body_limit=1000).read()


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 3_000_000])
def test_a_reader_reads_what_was_written(size: int) -> None:
    from threading import Thread

    ours, theirs = socket.socketpair()
    bodies = [bytes([number]) * size for number in range(3)]

    def send() -> None:
        for number, body in enumerate(bodies):
            write(theirs, {"id": number}, body)

    writer = Thread(target=send)
    with ours, theirs:
        writer.start()
        reader = Reader(ours)
        assert [reader.read() for _ in bodies] == [Frame({"id": number}, body) for number, body in enumerate(bodies)]
        writer.join()
        theirs.close()
        assert reader.read() is None


def test_an_end_within_a_frame_is_an_error() -> None:
    for cut in (3, 9, 12):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            theirs.sendall(encode({"id": 1}, b"body")[:cut])
            theirs.close()
            with pytest.raises(WireError):
                Reader(ours).read()


def test_a_file_descriptor_goes_along() -> None:
    ours, theirs = socket.socketpair()
    one, other = os.pipe()
    with ours, theirs:
        write_with(theirs, {"call": "spawn"}, other)
        os.close(other)
        reader = Reader(ours, with_fds=True)
        assert reader.read() == Frame({"call": "spawn"}, b"")
        os.write(reader.fds[0], b"hi")
        assert os.read(one, 2) == b"hi"
        os.close(reader.fds[0])
    os.close(one)
