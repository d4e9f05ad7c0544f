"""Which of its arguments a call changes in place: read from the functions and classes that the notebook defines. Pure.

Changer
    a function or method: which of its parameters it surely changes, and the calls that its body makes with them.
Use
    a call in the notebook's code, with the global names that are its arguments.

What a method changes is found by its name alone, in whichever class of the notebook it stands: reading does not know
types. A method that no class of the notebook has, and that is not in `PURE_METHODS`, *may* change its object.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from jupyter_mlops.notebook.methods import PURE_METHODS
from jupyter_mlops.notebook.mutation import MUTATING_FUNCTIONS, is_mutator
from jupyter_mlops.notebook.trees import Function, Visitor, arguments, root_of

CALL = "__call__"
ATTRIBUTE = "."
"""What the name of an attribute begins with when it is looked up: a property may change its object."""
Place = int | str
"""Where an argument stands in a call: its position, or its keyword."""


@dataclass(frozen=True)
class Use:
    """A call of the function or method `name`; `owner` is what a method is called on, `given` what stands where."""

    name: str
    owner: str | None = None
    is_method: bool = False
    given: tuple[tuple[Place, str], ...] = ()


@dataclass(frozen=True)
class Changer:
    """A function: its `parameters` in order, the ones it `changes`, and the `uses` it makes of them."""

    parameters: tuple[str, ...]
    changes: frozenset[str]
    uses: tuple[Use, ...]


@dataclass(frozen=True)
class Changed:
    """Names whose objects a call changes: surely, or perhaps."""

    surely: frozenset[str] = frozenset()
    perhaps: frozenset[str] = frozenset()


def use_of(node: ast.Call, roots: Mapping[str, str] | None = None) -> Use | None:
    """Return the use that a call is, or None where it has no argument that could be changed.

    Parameters
    ----------
    roots
        names that count, with what they stand for; None: every name counts, as itself.
    """

    def named(value: ast.expr) -> str | None:
        root = root_of(value)
        return None if root is None else root.id if roots is None else roots.get(root.id)

    is_method = isinstance(node.func, ast.Attribute)
    if not isinstance(node.func, ast.Attribute | ast.Name):
        return None
    name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
    owner = named(node.func.value) if isinstance(node.func, ast.Attribute) else None
    places: list[tuple[Place, ast.expr]] = [*enumerate(node.args)]
    places += [(keyword.arg, keyword.value) for keyword in node.keywords if keyword.arg]
    given = tuple((place, found) for place, value in places if (found := named(value)) is not None)
    return Use(name, owner, is_method, given) if given or owner or not is_method else None


def changers(node: ast.stmt) -> Iterator[tuple[str, bool, Changer]]:
    """Yield (name, whether it is a method, what it changes) for each function and method that a definition makes."""
    if isinstance(node, Function):
        yield node.name, False, changer(node)
    elif isinstance(node, ast.ClassDef):
        for member in node.body:
            if isinstance(member, Function):
                decorators = {ast.unparse(decorator) for decorator in member.decorator_list}
                made = changer(member)
                if "staticmethod" in decorators:
                    made = Changer(("", *made.parameters), made.changes, made.uses)
                elif "classmethod" in decorators:
                    made = Changer(made.parameters, made.changes - set(made.parameters[:1]), made.uses)
                yield member.name, True, made
                if decorators & {"property", "cached_property", "functools.cached_property"}:
                    keeps = decorators.isdisjoint({"property"})
                    changes = made.changes | set(made.parameters[:1]) if keeps else made.changes
                    yield ATTRIBUTE + member.name, True, Changer(made.parameters, changes, made.uses)
            elif isinstance(member, ast.ClassDef):
                yield from changers(member)
    elif isinstance(node, ast.If | ast.Try):
        branches = [*node.body, *node.orelse, *(part for each in getattr(node, "handlers", ()) for part in each.body)]
        for child in branches:
            yield from changers(child)


def changer(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Changer:
    """Return what a function does to its parameters."""
    body = _Body({argument.arg: argument.arg for argument in arguments(node.args)})
    for statement in node.body:
        body.visit(statement)
    ordered = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
    keywords = [argument.arg for argument in node.args.kwonlyargs]
    return Changer((*ordered, *keywords), frozenset(body.changes), tuple(dict.fromkeys(body.uses)))


@dataclass
class _Body(Visitor):
    """Walks a function's body; `roots` maps each local name to the parameter whose object it may be a part of."""

    roots: dict[str, str]
    changes: set[str] = field(default_factory=set)
    uses: list[Use] = field(default_factory=list)

    def _bind(self, target: ast.expr, value: ast.expr | None) -> None:
        if isinstance(target, ast.Tuple | ast.List):
            values = value.elts if isinstance(value, ast.Tuple | ast.List) else [value] * len(target.elts)
            for part, given in zip(target.elts, values, strict=False):
                self._bind(part, given)
        elif isinstance(target, ast.Name):
            root = root_of(value) if value is not None else None
            found = self.roots.get(root.id) if root is not None else None
            if found is not None:
                self.roots[target.id] = found
            else:
                self.roots.pop(target.id, None)
        else:
            self.visit(target)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self._bind(target, node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)
            self._bind(node.target, node.value)

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        self._bind(node.target, node.iter)
        for statement in (*node.body, *node.orelse):
            self.visit(statement)

    visit_AsyncFor = visit_For

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._stored(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self._stored(node)

    def _stored(self, node: ast.Attribute | ast.Subscript) -> None:
        root = root_of(node.value)
        if not isinstance(node.ctx, ast.Load) and root is not None and root.id in self.roots:
            self.changes.add(self.roots[root.id])
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        use = use_of(node, self.roots)
        if use is not None:
            is_changed = use.is_method and is_mutator(use.name)
            is_changed |= any(keyword.arg == "inplace" for keyword in node.keywords)
            self.changes |= {use.owner} if is_changed and use.owner else set()
            if use.name in MUTATING_FUNCTIONS:
                self.changes |= {name for place, name in use.given if place == 0}
            self.changes |= {name for place, name in use.given if place == "out"}
            if not is_changed:
                self.uses.append(use)
        self.generic_visit(node)


class Changers:
    """The functions and methods of a notebook, by name: (name, whether it is a method, what it changes) of each."""

    def __init__(self, defined: Iterable[tuple[str, bool, Changer]]) -> None:
        self._functions: dict[str, list[Changer]] = {}
        self._methods: dict[str, list[Changer]] = {}
        self._found: dict[tuple[str, bool], list[tuple[Changer, Changed]]] = {}
        for name, is_method, made in defined:
            (self._methods if is_method else self._functions).setdefault(name, []).append(made)

    def has_method(self, name: str) -> bool:
        """Return whether a class of the notebook has a method of this name."""
        return name in self._methods

    def changed(self, use: Use, *, as_method: bool | None = None) -> Changed:
        """Return the names that a call changes, of those that it is given."""
        is_method = use.is_method if as_method is None else as_method
        known = self._effects(use.name, is_method)
        if not known:
            is_known = use.name in PURE_METHODS or use.name.startswith(("__", ATTRIBUTE))
            perhaps = {use.owner} if use.owner and use.is_method and not is_known else set()
            return Changed(frozenset(), frozenset(perhaps))
        surely: set[str] = set()
        perhaps = set()
        for made, effect in known:
            given = _given(made, use, is_method)
            surely |= {name for parameter, name in given if parameter in effect.surely}
            perhaps |= {name for parameter, name in given if parameter in effect.perhaps}
        return Changed(frozenset(surely), frozenset(perhaps - surely))

    def _effects(self, name: str, is_method: bool) -> list[tuple[Changer, Changed]]:
        key = (name, is_method)
        # a stack of its own: a chain of functions may be longer than Python's
        open_ = [] if key in self._found else [(key, self._begun(key))]
        while open_:
            at, left = open_[-1]
            inner = next((other for other in left if other not in self._found), None)
            if inner is not None:
                open_.append((inner, self._begun(inner)))
            else:
                open_.pop()
                self._found[at] = [(one, self._whole(one)) for one, _ in self._found[at]]
        return self._found[key]

    def _begun(self, key: tuple[str, bool]) -> Iterator[tuple[str, bool]]:
        """Take the functions of a name at their own word, as those that call themselves are; return what they call."""
        name, is_method = key
        made = (self._methods if is_method else self._functions).get(name, [])
        self._found[key] = [(one, Changed(one.changes)) for one in made]
        return iter([(use.name, use.is_method) for one in made for use in one.uses])

    def _whole(self, made: Changer) -> Changed:
        parts = [self.changed(use) for use in made.uses]
        surely = made.changes.union(*(part.surely for part in parts))
        return Changed(surely, frozenset[str]().union(*(part.perhaps for part in parts)) - surely)


def _given(made: Changer, use: Use, is_method: bool) -> Iterator[tuple[str, str]]:
    """Yield (parameter, name given for it)."""
    shift = 1 if is_method else 0
    if is_method and use.owner is not None and made.parameters:
        yield made.parameters[0], use.owner
    for place, name in use.given:
        parameter = _parameter(made.parameters, place, shift)
        if parameter is not None:
            yield parameter, name


def _parameter(parameters: Sequence[str], place: Place, shift: int) -> str | None:
    if isinstance(place, str):
        return place
    return parameters[place + shift] if place + shift < len(parameters) else None
