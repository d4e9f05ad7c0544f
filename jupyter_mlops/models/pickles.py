"""What a pickle would call, read off its opcodes; it is never loaded.

A pickle is a program for a small stack machine. Its data opcodes are harmless; what matters is which names it looks up,
because only what was looked up can be called. The machine is followed just far enough to know every name. Whatever
cannot be followed counts as unsafe.
"""

from __future__ import annotations

import io
import itertools
import pickletools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any

# Ways to a name that is not in the stream itself.
_BLIND = frozenset({"PERSID", "BINPERSID", "EXT1", "EXT2", "EXT4", "NEXT_BUFFER", "READONLY_BUFFER"})
# What runs something; looking up a name imports its module.
_RUNS = frozenset({"REDUCE", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "BUILD", "STOP"})
_NAME = re.compile(r"[\w.]+")
# More opcodes take longer to follow than anybody waits.
MOST_OPCODES = 10_000_000
# One behind the other; each costs as much as many opcodes.
MOST_PICKLES = 1_000
_UNKNOWN = object()
_MARK = object()


@dataclass(frozen=True)
class Pickled:
    """What was found: the names looked up, as ``module.name``, in order, and what could not be followed."""

    names: tuple[str, ...]
    problems: tuple[str, ...] = ()


def names_in(data: bytes, steps: Iterator[int] | None = None) -> Pickled:
    """Return every name that the pickles in `data`, one behind the other, look up; `steps` counts their opcodes."""
    names: dict[str, None] = {}
    problems: list[str] = []
    stream, steps = io.BytesIO(data), steps or itertools.count()
    try:
        while stream.tell() < len(data):
            for name in _followed(stream, steps):
                names.setdefault(name)
            if not stream.getbuffer()[stream.tell() : stream.tell() + 1]:
                break
    except _LostError as lost:
        problems.append(str(lost))
    except (ValueError, IndexError, KeyError, OverflowError, MemoryError, RecursionError, UnicodeError) as error:
        problems.append(f"at byte {stream.tell():,} it is no pickle that can be followed: {error}")
    return Pickled(tuple(names), tuple(problems))


def is_program(stream: IO[bytes], steps: Iterator[int] | None = None) -> bool:
    """Whether a file, whatever it is called, would run something when it is loaded as a pickle.

    Protocols 0 and 1 begin as texts do. A text that looks a name up by chance, and then comes to nothing, is a text.
    """
    looked_up, steps = False, steps or itertools.count()
    try:
        while stream.read(1):
            stream.seek(-1, io.SEEK_CUR)
            for name, opcode in _steps(stream, steps, is_strict=False):
                looked_up |= name is not None and _NAME.fullmatch(name) is not None
                if looked_up and opcode in _RUNS:
                    return True
    except _LostError:
        # It was understood so far, and goes where it cannot be followed.
        return True
    except (ValueError, IndexError, KeyError, OverflowError, MemoryError, RecursionError, UnicodeError):
        return False
    return False


class _LostError(Exception):
    """The machine cannot be followed."""


def _followed(stream: IO[bytes], steps: Iterator[int]) -> Iterator[str]:
    return (name for name, _ in _steps(stream, steps) if name is not None)


def _steps(stream: IO[bytes], steps: Iterator[int], *, is_strict: bool = True) -> Iterator[tuple[str | None, str]]:
    """Yield each opcode of a pickle, with the name that it looks up; `steps` counts those of all."""
    if next(itertools.islice(steps, MOST_OPCODES // MOST_PICKLES, None)) > MOST_OPCODES:
        raise _LostError(f"it has more than {MOST_PICKLES:,} pickles, and was not followed to its end")
    stack: list[Any] = []
    memo: dict[int, Any] = {}
    for opcode, argument, position in pickletools.genops(stream):
        name = opcode.name
        if next(steps) > MOST_OPCODES:
            raise _LostError(f"it has more than {MOST_OPCODES:,} opcodes, and was not followed to its end")
        if name in _BLIND and is_strict:
            raise _LostError(f"at byte {position or 0:,} it takes something from outside ({name})")
        found: str | None = None
        if name in ("GLOBAL", "INST"):
            module, _, attribute = str(argument).partition(" ")
            found = f"{module}.{attribute}"
        elif name == "STACK_GLOBAL":
            module, attribute = stack[-2:]
            if not isinstance(module, str) or not isinstance(attribute, str):
                raise _LostError(f"at byte {position or 0:,} it computes the name that it looks up")
            found = f"{module}.{attribute}"
        if is_strict:
            yield found, name
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
        if not is_strict:
            # Only what it had enough on its stack for was done.
            yield found, name


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
        raise ValueError("it takes more from its stack than there is")
    del stack[len(stack) - len(takes) :]
    for given in opcode.stack_after:
        if given is pickletools.markobject:
            stack.append(_MARK)
        else:
            stack.append(argument if isinstance(argument, str) and opcode.name != "GLOBAL" else _UNKNOWN)


def unsafe(names: Iterable[str], allowed: frozenset[str]) -> list[str]:
    """Return the names that are not exactly in `allowed`."""
    return [name for name in names if name not in allowed]
