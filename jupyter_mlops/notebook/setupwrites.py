"""Set-up that writes runs again at the start of every step, and undoes what the steps above have written. Pure.

Run All runs a set-up cell once. A pipeline runs it in each step below, which is harmless for what only defines and
reads, and for a file that is written again the same. It is not harmless where set-up overwrites a file, removes it or
adds to it while steps change it: the lines that a step has written are gone when the next step begins.

undoing
    set-up overwrites or removes what one step changes. The step below that uses it finds what set-up left.
repeating
    set-up adds to a file, or makes what must not be there yet: the second step finds it twice, or fails.
memory
    a database in memory that set-up connects to: each step has one of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jupyter_mlops.notebook.facts import Fact, Reading
from jupyter_mlops.notebook.filechanges import How, Operation, operations
from jupyter_mlops.notebook.finding import Finding, Severity
from jupyter_mlops.notebook.layout import SETUP, Layout
from jupyter_mlops.notebook.literaltexts import memory_databases, named_places, named_texts
from jupyter_mlops.notebook.names import Kind

_HINT = (
    "move what writes to a cell tagged `step:NAME`, which runs once; set-up may hold what can run in every step: "
    "imports, connections to a file, `os.makedirs(…, exist_ok=True)`"
)
_WRITES = re.compile(r"write|print\(|dump|to_\w+\(|save|get_ipython")
_RESETS = (How.BEGIN, How.REMOVE)


@dataclass(frozen=True)
class _Done:
    """An operation with the statement that does it."""

    fact: Fact
    what: Operation

    @property
    def name(self) -> str:
        path = self.what.place.pattern or self.what.place.path
        return f"table `{path}`" if self.what.is_table else f"`{path}`"

    def meets(self, other: _Done) -> bool:
        return self.what.is_table == other.what.is_table and self.what.place.meets(other.what.place)

    def holds(self, other: _Done) -> bool:
        return self.what.is_table == other.what.is_table and self.what.place.holds(other.what.place)


def setup_writes(layout: Layout, reading: Reading) -> Iterator[Finding]:
    """Yield what set-up does again in every step although it must be done once."""
    if len(layout.regions) < 2 or not reading.setup:
        return
    yield from _Writes(layout, reading).findings()


class _Writes:
    def __init__(self, layout: Layout, reading: Reading) -> None:
        self.layout = layout
        self.reading = reading
        sources = [(fact.statement.source, fact.statement) for fact in reading.facts]
        self.named = named_places(sources)
        self.texts = named_texts(sources)
        self.memory = memory_databases(reading)
        self.in_setup = [done for fact in reading.setup for done in self._of(fact)]

    def findings(self) -> Iterator[Finding]:
        yield from self._of_memory()
        resets: list[_Done] = []
        if not any(done.what.how.is_change or done.what.how is How.MAKE for done in self.in_setup):
            return
        in_steps = [done for fact in self.reading.facts if fact.owner != SETUP for done in self._of(fact)]
        told: set[tuple[int, str]] = set()
        for done in self.in_setup:
            if done.what.is_table and self.memory:
                continue
            finding = None
            if done.what.how in _RESETS:
                finding = self._undone(done, in_steps)
                resets.append(done)
            elif not any(reset.holds(done) for reset in resets):
                finding = self._repeated(done, in_steps)
            key = (done.fact.statement.cell, done.what.place.path)
            if finding is not None and key not in told:
                told.add(key)
                yield finding

    def _of(self, fact: Fact) -> Iterator[_Done]:
        statement = fact.statement
        if statement.kind.is_definition and statement.kind is not Kind.CONFIGURE:
            return
        called = [self.reading.facts[pos].statement for pos in sorted(fact.followed)]
        for made in (statement, *(each for each in called if each.kind is Kind.FUNCTION)):
            mentions = made.eager.mentions | made.late.mentions
            named = tuple((name, self.named[name]) for name in sorted(mentions & self.named.keys()))
            texts = tuple((name, self.texts[name]) for name in sorted(mentions & self.texts.keys()))
            for what in operations(made.source, named, texts):
                yield _Done(fact, what)

    def _running(self, fact: Fact) -> list[str]:
        """Return the steps that run a set-up cell, in reading order."""
        return [name for name, region in self.layout.regions.items() if region.last > fact.statement.cell]

    def _undone(self, done: _Done, in_steps: Sequence[_Done]) -> Finding | None:
        steps = self._running(done.fact)
        later = [other for other in in_steps if other.fact.pos > done.fact.pos]
        lost: Finding | None = None
        for change in (other for other in later if other.what.how.is_change and done.holds(other)):
            writer = change.fact.owner
            for step in steps[steps.index(writer) + 1 :] if writer in steps else ():
                user = self._first_use(change, step, later)
                if user is not None:
                    is_sure = done.what.is_sure and change.what.is_sure and user.what.is_sure
                    message = (
                        f'step "{step}" uses {user.name} as step "{writer}" leaves it, but set-up {done.what.how} '
                        f"{done.name} at the start of every step"
                    )
                    return _finding(done, message, "error" if is_sure else "warning")
                message = (
                    f'step "{writer}" changes {change.name}, but set-up {done.what.how} {done.name} again at the start '
                    f'of step "{step}"'
                )
                is_rewritten = any(other.fact.owner == step and other.what == change.what for other in later)
                lost = lost or (None if is_rewritten else _finding(done, message, "warning"))
        return lost

    def _first_use(self, change: _Done, step: str, later: Sequence[_Done]) -> _Done | None:
        """Return how a step uses what another one has changed, unless it begins that anew itself."""
        for other in later:
            if other.fact.owner == step and other.fact.pos > change.fact.pos and change.meets(other):
                if other.what.how is How.BEGIN and other.what.is_sure and other.holds(change):
                    return None
                if other.what.how is not How.MAKE:
                    return other
        return None

    def _repeated(self, done: _Done, in_steps: Sequence[_Done]) -> Finding | None:
        steps = self._running(done.fact)
        if len(steps) < 2:
            return None
        if done.what.how is How.MAKE and done.what.is_sure:
            message = f'set-up makes {done.name}, which is there already when step "{steps[1]}" runs it again'
            return _finding(done, message, "warning")
        if done.what.how is How.ADD and (done.what.is_table or self._writes(done.fact)):
            users = [
                other
                for other in in_steps
                if other.fact.pos > done.fact.pos and done.meets(other) and other.what.how is How.READ
            ]
            late = next((other for other in users if other.fact.owner in steps[1:]), None)
            message = f"set-up adds to {done.name} at the start of every step, and Run All does it once"
            if late is not None:
                message += f'; step "{late.fact.owner}" reads it'
            is_sure = late is not None and late.what.is_sure and done.what.is_sure
            return _finding(done, message, "error" if is_sure else "warning")
        return None

    def _writes(self, fact: Fact) -> bool:
        """Whether the cell writes what it has opened; opening a file to add to it changes nothing."""
        cell = [other for other in self.reading.setup if other.statement.cell == fact.statement.cell]
        called = [self.reading.facts[pos] for other in cell for pos in other.followed]
        return any(_WRITES.search(other.statement.source) for other in (*cell, *called))

    def _of_memory(self) -> Iterator[Finding]:
        """Two steps use a database in memory, and the first changes it: the second has one of its own."""
        for made, names in self.memory:
            steps = self._running(made)
            uses: dict[str, list[_Done]] = {}
            for fact in self.reading.facts:
                if fact.owner in steps and fact.statement.eager.mentions & names:
                    uses.setdefault(fact.owner, []).extend(done for done in self._of(fact) if done.what.is_table)
            changes = [done for found in uses.values() for done in found if done.what.how.is_change or _makes(done)]
            for change in changes:
                below = steps[steps.index(change.fact.owner) + 1 :]
                users = [u for step in below for u in uses.get(step, ()) if _same_table(change, u) and not _makes(u)]
                if users:
                    is_sure = any(u.what.is_sure for u in users) and change.what.is_sure
                    name = sorted(made.statement.eager.binds & names)[0]
                    yield Finding(
                        "notebook.setup_writes",
                        "error" if is_sure else "warning",
                        made.statement.cell,
                        made.statement.line,
                        f'step "{users[0].fact.owner}" uses {_table(change)} as step "{change.fact.owner}" leaves it, '
                        f"but the database of `{name}` is in memory, and every step has one of its own",
                        "connect to a file, in a cell tagged `setup`, and remove that file in a step of its own",
                        name,
                    )
                    break


def _makes(done: _Done) -> bool:
    return done.what.how is How.MAKE


def _table(done: _Done) -> str:
    return done.name if done.what.place.path else "the database"


def _same_table(change: _Done, user: _Done) -> bool:
    names = {change.what.place.path, user.what.place.path}
    return "" in names or len(names) == 1


def _finding(done: _Done, message: str, severity: Severity) -> Finding:
    statement = done.fact.statement
    line = statement.line if statement.source.count("\n") == 0 else statement.line + done.what.line - 1
    in_bounds = min(max(line, statement.line), statement.end_line)
    return Finding("notebook.setup_writes", severity, statement.cell, in_bounds, message, _HINT)
