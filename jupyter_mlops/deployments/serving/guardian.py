"""Keeps what a front leaves when it is killed, until somebody fetches it: ``python -I -S guardian.py DOOR LINE``.

`DOOR` is the Unix socket at which it is fetched, `LINE` leads to the front, which tells what there is, and says ``bye``
when it leaves by itself. A process of its own, of the standard library alone, since it must outlive the front; what
manages fronts keeps the same, but may be killed as well.
"""

import os
import signal
import socket
import struct
import sys

PATIENCE_S = 60.0
WORDS, MOST = 64 * 1024, 64


def keep(door: socket.socket, line: socket.socket) -> None:
    """Wait for the front's end, then for whoever takes its place."""
    words, fds = b"", list[int]()
    while True:
        told, given, _flags, _address = socket.recv_fds(line, WORDS, MOST)
        if told == b"bye":
            return
        if not told:
            break
        for fd in fds:
            os.close(fd)
        words, fds = told, given
    door.settimeout(PATIENCE_S)
    try:
        while not given_to_own(door, words, fds):
            pass
    except OSError:
        return


def given_to_own(door: socket.socket, words: bytes, fds: list[int]) -> bool:
    """Hand everything to the next caller if it is a process of this user or of root; return whether it was."""
    caller, _address = door.accept()
    with caller:
        # As in `jupyter_mlops.base.unix`, of which nothing can be imported here; there is no guardian but on Linux.
        credentials = caller.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        if struct.unpack("3i", credentials)[1] not in (os.geteuid(), 0):
            return False
        socket.send_fds(caller, [words], fds)
        return True


if __name__ == "__main__":
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    keep(socket.socket(fileno=int(sys.argv[1])), socket.socket(fileno=int(sys.argv[2])))
