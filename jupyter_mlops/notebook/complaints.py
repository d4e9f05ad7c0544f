"""What a pipeline could not give as Run All gives it, said as findings. Pure."""

from __future__ import annotations

from jupyter_mlops.base.cells import cell_text
from jupyter_mlops.notebook.facts import Fact, Link, Reading
from jupyter_mlops.notebook.finding import Finding, Severity
from jupyter_mlops.notebook.known import KNOWN, is_history
from jupyter_mlops.notebook.layout import SETUP
from jupyter_mlops.notebook.randomness import STATES
from jupyter_mlops.notebook.settingtable import CARRIED
from jupyter_mlops.notebook.source import AUTOMAGICS


class Complaints:
    """Collects findings about a reading; each is told once per step and name."""

    def __init__(self, reading: Reading, declared: frozenset[str]) -> None:
        self.reading = reading
        self.declared = declared
        self.findings: list[Finding] = []
        self._told: set[tuple[str, str, str]] = set()

    def tell(self, code: str, fact: Fact, name: str, message: str, hint: str, *, severe: bool = True) -> None:
        """Note a finding at the line where the statement of `fact` mentions `name`."""
        key = (code, fact.owner, name)
        if key not in self._told:
            self._told.add(key)
            line = fact.lines.get(name, fact.statement.line)
            severity: Severity = "error" if severe else "warning"
            self.findings.append(Finding(code, severity, fact.statement.cell, line, message, hint, name))

    def undefined(self, fact: Fact, name: str) -> None:
        """Tell that nobody above defines a name, and where it is defined instead."""
        if name in fact.guarded or name in self.declared:
            return
        if self.reading.unseen is not None and self.reading.unseen <= fact.pos:
            return
        # that cell is not valid Python, which is a finding of its own
        if self.reading.may_be_bound(name, fact.pos + 1):
            return
        if is_history(name):
            self._history(fact, name)
        if name in KNOWN or is_history(name):
            return
        below = [link.pos for link in self.reading.links.get(name, []) if link.pos > fact.pos]
        cell = self.reading.skipped_names.get(name)
        hint = f"define or import `{name}` in a cell above"
        if name in AUTOMAGICS:
            hint = f"write `%{name}`: in a cell of several lines it is no magic without the sign"
        elif cell is not None:
            hint = f"{cell_text(cell)} defines it but is tagged `skip`; tag it `step:NAME`"
        elif below:
            defined = cell_text(self.reading.facts[below[0]].statement.cell)
            hint = f"{defined} defines it, further down; move that cell up"
        severe = name in fact.certain and not (name in fact.late and below) and name not in AUTOMAGICS
        verb = f"calls code that reads `{name}`" if name in fact.late else f"reads `{name}`"
        where = "which no step above it defines" if fact.owner != SETUP else "which nothing above it defines"
        self.tell("notebook.undefined_name", fact, name, f"{_who(fact)} {verb}, {where}", hint, severe=severe)

    def _history(self, fact: Fact, name: str) -> None:
        """Tell that the last result (`_`), `In` and `Out` begin anew in every step."""
        steps = [other.owner for other in self.reading.facts[: fact.pos] if other.owner != SETUP]
        is_own = name.strip("_") == "" and fact.owner in steps
        if steps and not is_own:
            self.tell(
                "notebook.history",
                fact,
                name,
                f"{_who(fact)} reads `{name}`, the results of cells above; every step has results of its own",
                "give the result a name where it is made",
                severe=name in fact.certain,
            )

    def deleted(self, fact: Fact, name: str, link: Link, *, is_last: bool) -> None:
        """Tell that a name was deleted above; unless that `is_last`, it may have been bound again since."""
        is_bound_again = self.reading.may_be_bound(name, fact.pos + 1, link.pos)
        if name not in fact.guarded and name not in KNOWN and not is_bound_again:
            who = f'step "{link.owner}"' if link.owner != SETUP else "a set-up cell"
            place = self.reading.facts[link.pos].statement
            self.tell(
                "notebook.deleted_name",
                fact,
                name,
                f"{_who(fact)} reads `{name}`, which {who} deleted",
                f"take out the `del` in {cell_text(place.cell)}, or define `{name}` again",
                severe=is_last and name in fact.certain,
            )

    def setup_reads_step(self, fact: Fact, name: str, owner: str) -> None:
        """Tell that a set-up cell of several steps needs a value that one of them makes."""
        called = f"the random numbers of `{STATES[name].module}`" if name in STATES else f"`{name}`"
        self.tell(
            "notebook.setup_reads_step",
            fact,
            name,
            f'a set-up cell reads {called}, which step "{owner}" makes; set-up runs at the start of every step',
            "take the tag off the cell, or move what it needs above the first step",
        )

    def changed_after_use(self, fact: Fact, name: str, user: str, *, severe: bool = True) -> None:
        """Tell that a step changes a value again, in a cell below one of another step that takes the value from it."""
        self.tell(
            "notebook.interleaved",
            fact,
            name,
            f'step "{fact.owner}" changes `{name}` again below, after step "{user}" has used it',
            f'split step "{fact.owner}" in two',
            severe=severe,
        )

    def lost_settings(self) -> None:
        """Tell that what a step sets in a module is not so below: it can be neither repeated nor carried there."""
        for fact in self.reading.settled.lost:
            for name, use in fact.states.items():
                if name not in CARRIED:
                    self._lost(fact, use.path.rstrip("()[]"), use.is_direct)

    def _lost(self, fact: Fact, path: str, is_direct: bool) -> None:
        below = [other for other in self.reading.facts[fact.pos :] if other.owner not in (fact.owner, SETUP)]
        certain = [other for other in below if any(f"{used}.".startswith(f"{path}.") for used in other.paths)]
        top = path.partition(".")[0]
        users = certain or [other for other in below if any(used.partition(".")[0] == top for used in other.paths)]
        if users:
            self.tell(
                "notebook.process_state",
                fact,
                path,
                f'step "{fact.owner}" sets `{path}`, and step "{users[0].owner}" uses `{top}` in a process of its own, '
                "where the line is not run: it may do more than to set",
                "put the line in a cell tagged `setup`, so that every step runs it",
                # a function that sets something may set it back
                severe=bool(certain and is_direct),
            )

    def begun_anew(self) -> None:
        """Tell that two steps draw from a seeded generator whose state cannot be read: the second would begin anew."""
        for state in {state for fact in self.reading.facts for state in fact.draws}:
            touched, seeding = "", set[str]()
            for fact in self.reading.facts:
                if fact.owner == SETUP or state not in fact.draws | fact.seeds:
                    continue
                if state in fact.seeds:
                    seeding.add(fact.owner)
                elif fact.owner not in seeding and touched not in ("", fact.owner):
                    self._anew(fact, state, touched)
                touched = fact.owner

    def _anew(self, fact: Fact, state: str, touched: str) -> None:
        library = STATES[state].module
        # `sample` and `shuffle` are methods of pandas, too
        is_certain = not any("pandas" in other.statement.modules.values() for other in self.reading.facts)
        self.tell(
            "notebook.random_state",
            fact,
            library,
            f'step "{fact.owner}" draws random numbers of `{library}`, which step "{touched}" has drawn or seeded; '
            f"`{library}` does not tell its state, so they would begin anew",
            f'seed `{library}` in step "{fact.owner}", or pass `seed=` to what draws',
            severe=is_certain,
        )

    def set_in_between(self, step: str, fact: Fact) -> None:
        """Tell that a state is set while another step is under way, which does not see it."""
        name, use = next(iter(fact.states.items()))
        self.tell(
            "notebook.process_state",
            fact,
            name,
            f'step "{fact.owner}" sets `{use.path.rstrip("()[]")}` between two cells of step "{step}", which runs in a '
            "process of its own",
            f'move the cells of step "{step}" together, or put the line in a cell tagged `setup`',
            severe=False,
        )

    def changed_in_between(self, step: str, fact: Fact, name: str, *, severe: bool) -> None:
        """Tell that what a class or function keeps is changed while another step is under way."""
        what = fact.changed_definitions.get(name, name)
        self.tell(
            "notebook.definition_changed",
            fact,
            name,
            f'step "{fact.owner}" changes `{what}` between two cells of step "{step}", which runs in a process of its '
            "own",
            f'move the cells of step "{step}" together',
            severe=severe,
        )

    def changed_before_another(self, fact: Fact, name: str) -> None:
        """Tell that a class or function is changed whose name means another one further down."""
        self.tell(
            "notebook.definition_changed",
            fact,
            name,
            f'step "{fact.owner}" changes `{fact.changed_definitions.get(name, name)}`, and `{name}` is defined again '
            "below: objects of the first one are without the change in other steps",
            "give the second definition another name",
            severe=False,
        )


def _who(fact: Fact) -> str:
    return f'step "{fact.owner}"' if fact.owner != SETUP else "a set-up cell"
