"""What a pickle would call, read off its opcodes; it is never loaded.

A pickle is a program for a small stack machine. Its data opcodes are harmless; what matters is which names it looks up,
because only what was looked up can be called. The machine is followed just far enough to know every name. Whatever
cannot be followed counts as unsafe.
"""

from __future__ import annotations

import io
import pickletools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

LONGEST_BYTES = 1_000_000_000
# Ways to a name that is not in the stream itself.
_BLIND = frozenset({"PERSID", "BINPERSID", "EXT1", "EXT2", "EXT4", "NEXT_BUFFER", "READONLY_BUFFER"})
_UNKNOWN = object()
_MARK = object()


@dataclass(frozen=True)
class Pickled:
    """What was found: the names looked up, as ``module.name``, in order, and what could not be followed."""

    names: tuple[str, ...]
    problems: tuple[str, ...] = ()


def names_in(data: bytes) -> Pickled:
    """Return every name that the pickles in `data`, one behind the other, look up."""
    names: dict[str, None] = {}
    problems: list[str] = []
    stream = io.BytesIO(data)
    try:
        while stream.tell() < len(data):
            for name in _followed(stream):
                names.setdefault(name)
            if not stream.getbuffer()[stream.tell() : stream.tell() + 1]:
                break
    except _LostError as lost:
        problems.append(str(lost))
    except (ValueError, IndexError, KeyError, OverflowError, MemoryError, RecursionError, UnicodeError) as error:
        problems.append(f"at byte {stream.tell():,} it is no pickle that can be followed: {error}")
    return Pickled(tuple(names), tuple(problems))


class _LostError(Exception):
    """The machine cannot be followed."""


def _followed(stream: io.BytesIO) -> Iterator[str]:
    stack: list[Any] = []
    memo: dict[int, Any] = {}
    for opcode, argument, position in pickletools.genops(stream):
        name = opcode.name
        if name in _BLIND:
            raise _LostError(f"at byte {position or 0:,} it takes something from outside ({name})")
        if name in ("GLOBAL", "INST"):
            module, _, attribute = str(argument).partition(" ")
            yield f"{module}.{attribute}"
        elif name == "STACK_GLOBAL":
            module, attribute = stack[-2:]
            if not isinstance(module, str) or not isinstance(attribute, str):
                raise _LostError(f"at byte {position or 0:,} it computes the name that it looks up")
            yield f"{module}.{attribute}"
        if name in ("PUT", "BINPUT", "LONG_BINPUT"):
            memo[_index(argument)] = stack[-1]
        elif name == "MEMOIZE":
            memo[len(memo)] = stack[-1]
        elif name in ("GET", "BINGET", "LONG_BINGET"):
            stack.append(memo[_index(argument)])
        elif name == "DUP":
            stack.append(stack[-1])
        else:
            _move(stack, opcode, argument)


def _index(argument: Any) -> int:
    return int(argument)


def _move(stack: list[Any], opcode: pickletools.OpcodeInfo, argument: Any) -> None:
    """Take from the stack what an opcode takes, and put on it what it gives; only texts are known."""
    takes = opcode.stack_before
    if pickletools.markobject in takes:
        while stack[-1] is not _MARK:
            stack.pop()
        stack.pop()
        takes = takes[: takes.index(pickletools.markobject)]
    if len(takes) > len(stack):
        raise _LostError("it takes more from its stack than there is")
    del stack[len(stack) - len(takes) :]
    for given in opcode.stack_after:
        if given is pickletools.markobject:
            stack.append(_MARK)
        else:
            stack.append(argument if isinstance(argument, str) and opcode.name != "GLOBAL" else _UNKNOWN)


def unsafe(names: Iterable[str], allowed: frozenset[str]) -> list[str]:
    """Return the names that are not exactly in `allowed`."""
    return [name for name in names if name not in allowed]
