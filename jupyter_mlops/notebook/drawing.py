"""Follows random generators through a notebook: which statement draws, and which names may draw later on. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from jupyter_mlops.notebook import randomness
from jupyter_mlops.notebook.changes import Use
from jupyter_mlops.notebook.facts import Fact, Link
from jupyter_mlops.notebook.names import Kind, Statement
from jupyter_mlops.notebook.ties import Ties


class Drawing:
    """What is known of names at a point of the notebook.

    Parameters
    ----------
    env
        each name's link at the point reached.
    ties
        which names share an object.

    Attributes
    ----------
    seeded
        the states of global generators that the notebook seeds.
    marks
        name -> the states that its object may draw from.
    own
        functions of modules beside the notebook -> the generator functions that they call.
    objects
        names of generator objects, and of objects that hold one.
    """

    def __init__(self, statements: Sequence[tuple[str, Statement]], env: Mapping[str, Link], ties: Ties) -> None:
        self.seeded = randomness.seeded(statement for _, statement in statements)
        self.marks: dict[str, frozenset[str]] = {}
        self.objects: set[str] = set()
        self.own = {name: paths for _, statement in statements for name, paths in statement.brings.items()}
        self._env = env
        self._ties = ties

    def draw(self, fact: Fact, uses: Iterable[Use], modules: Mapping[str, str]) -> None:
        """Let a statement that draws read and change the state of the seeded global generator."""
        if not self.seeded:
            return
        # a definition draws what the calls of its defaults, decorators and class body draw
        is_definition = fact.statement.kind.is_definition
        touch = randomness.touched(path for path in fact.paths if path.endswith("()") or not is_definition)
        drawn = (touch.drawn | self._through_objects(fact, uses, modules)) & self.seeded
        fact.draws, fact.seeds = drawn - randomness.CARRIED, touch.seeded - randomness.CARRIED
        # an object of a class whose methods draw, in a module beside the notebook, draws later
        made = (path for bound in fact.makes.values() for path in self.own.get(bound, ()))
        fact.marks = (touch.marks | randomness.touched(made).drawn) & self.seeded
        for state in (drawn | touch.seeded) & self.seeded & randomness.CARRIED:
            if state in drawn:
                fact.reads[state] = self._env.get(state)
                fact.guarded.add(state)
            fact.binds.add(state)

    def _through_objects(self, fact: Fact, uses: Iterable[Use], modules: Mapping[str, str]) -> frozenset[str]:
        if fact.statement.kind.is_definition:
            return frozenset()
        # `for x in loader` and `y = loader` go through the object, too
        names = {root for roots in fact.statement.aliases.values() for root in roots}
        names.update(name for use in uses for name in randomness.active(use, modules))
        return frozenset().union(*(self.marks.get(name, frozenset()) for name in names))

    def used_objects(self, uses: Iterable[Use], modules: Mapping[str, str]) -> dict[str, str]:
        """Return the generator objects that calls may draw from, and the names of the calls."""
        found: dict[str, str] = {}
        for use in uses if self.objects else ():
            active = (name for name in randomness.active(use, modules) if name in self.objects)
            found.update(dict.fromkeys(active, f"{use.name}(…)"))
        return found

    def mark(self, fact: Fact) -> None:
        """Note which of the names that a statement binds may draw later on, or are generators."""
        if fact.statement.kind.is_definition:
            return
        mentions = fact.statement.eager.mentions if self.marks else ()
        marks = fact.marks.union(*(self.marks.get(name, frozenset()) for name in mentions))
        has_maker = any(map(randomness.makes_generator, fact.paths))
        for name in fact.binds | fact.maybe:
            made = fact.makes.get(name, "")
            kept = self.marks.get(name, frozenset()) if name not in fact.binds else frozenset()
            found = kept if randomness.gives_data(made) else kept | marks
            if found or name in self.marks:
                self.marks[name] = found
            if has_maker and self._is_object(made):
                self.objects.add(name)
            elif name in fact.binds:
                self.objects.discard(name)
        self._hold(fact)

    def _is_object(self, made: str) -> bool:
        """Whether the result of a call is a generator, or an object of the notebook's own that has one."""
        link = self._env.get(made.partition(".")[0])
        return not made or randomness.makes_generator(made) or (link is not None and link.kind is Kind.CLASS)

    def _hold(self, fact: Fact) -> None:
        """An object that is made with a generator holds it: ``KMeans(random_state=rng)``."""
        if not self.objects:
            return
        for use in fact.statement.eager.uses:
            for _, name in use.given if use.name[:1].isupper() else ():
                for bound in fact.binds if name in self.objects else ():
                    self._ties.tie(bound, self._ties.group(name))
