"""Generated notebooks whose values reach the notebook's own classes by several ways, and ask which objects are one.

A part is a definition, a value made with it, and questions about the two that Python answers with True or a text. The
questions of the last step are a choice, so a step may know one class by its source and another only by a value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.pipeline.programs import cell, notebook


@dataclass(frozen=True)
class Part:
    """A definition that needs the definitions of other parts, values made of it, and questions."""

    name: str
    code: str
    value: str
    asks: tuple[str, ...]
    needs: tuple[str, ...] = ()


PARTS = (
    Part(
        "enum",
        "import enum\nclass Color(enum.Enum):\n    RED = 1\n    BLUE = 2",
        "color = Color.RED",
        ("color is Color.RED", "isinstance(color, Color)", "type(color) is Color", "Color(1) is color", "color.name"),
    ),
    Part(
        "dataclass default",
        "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\n    c: Color = Color.RED",
        "p = P(3)",
        (
            "p.c is Color.RED",
            "isinstance(p.c, Color)",
            "p == P(3)",
            "p.c is color",
            "isinstance(p, P)",
            "P(1).c is p.c",
        ),
        ("enum",),
    ),
    Part(
        "frozen dataclass with slots",
        "from dataclasses import dataclass\n@dataclass(frozen=True, slots=True)\nclass F:\n    c: Color = Color.BLUE",
        "fr = F()",
        ("fr == F()", "fr.c is Color.BLUE", "fr in {F()}", "type(fr) is F"),
        ("enum",),
    ),
    Part(
        "default factory",
        "from dataclasses import dataclass, field\n@dataclass\nclass Q:\n    colors: list = field(default_factory=lambda: [Color.RED])",
        "q = Q()",
        ("q.colors[0] is Color.RED", "q == Q()", "Q().colors[0] is q.colors[0]"),
        ("enum",),
    ),
    Part(
        "base class",
        "class Base:\n    made = []\n    def kind(self):\n        return Base\nclass Child(Base):\n    pass",
        "child = Child()",
        (
            "isinstance(child, Base)",
            "type(child).__mro__[1] is Base",
            "child.kind() is Base",
            "issubclass(type(child), Base)",
        ),
    ),
    Part(
        "class attribute",
        "class Holder:\n    kind = Base\n    one = Child()\n    color = Color.BLUE",
        "holder = Holder()",
        (
            "holder.kind is Base",
            "isinstance(holder.one, Base)",
            "type(holder.one) is Child",
            "holder.color is Color.BLUE",
            "Holder.color is holder.color",
        ),
        ("base class", "enum"),
    ),
    Part(
        "descriptor",
        "class Typed:\n    def __init__(self, kind):\n        self.kind = kind\n    def __get__(self, o, owner=None):\n        return self.kind\nclass User:\n    kind = Typed(Base)",
        "user = User()",
        ("user.kind is Base", "User.kind is Base", "type(vars(type(user))['kind']) is Typed"),
        ("base class",),
    ),
    Part(
        "registry by __init_subclass__",
        "class Plugin:\n    known = {}\n    def __init_subclass__(cls, **kw):\n        super().__init_subclass__(**kw)\n        Plugin.known[cls.__name__] = cls\nclass Csv(Plugin):\n    pass",
        "plugin = Csv()",
        (
            "type(plugin) is Plugin.known['Csv']",
            "type(plugin) is Csv",
            "isinstance(plugin, Plugin)",
            "type(plugin).known is Plugin.known",
            "len(Plugin.known)",
        ),
    ),
    Part(
        "registry by decorator",
        "registry = {}\ndef register(cls):\n    registry[cls.__name__] = cls\n    return cls\n@register\nclass Tool:\n    pass",
        "tool = Tool()",
        ("type(tool) is registry['Tool']", "registry['Tool'] is Tool", "isinstance(tool, Tool)"),
    ),
    Part(
        "closure",
        "def maker(kind):\n    def make(*a):\n        return kind(*a)\n    return make",
        "make_child = maker(Child)",
        ("type(make_child()) is Child", "isinstance(make_child(), Base)", "type(make_child()) is type(child)"),
        ("base class",),
    ),
    Part(
        "generic",
        "from typing import Generic, TypeVar\nT = TypeVar('T')\nclass Box(Generic[T]):\n    def __init__(self, v):\n        self.v = v",
        "box = Box(5)\nalias = Box[int]",
        ("type(box) is Box", "alias.__origin__ is Box", "isinstance(alias(1), Box)", "alias == Box[int]"),
    ),
    Part(
        "nested",
        "class Outer:\n    class Inner:\n        pass\n    inner = Inner()\n    def make(self):\n        return Outer.Inner()",
        "outer, inner = Outer(), Outer.Inner()",
        (
            "type(inner) is Outer.Inner",
            "type(outer.make()) is type(inner)",
            "type(outer.inner) is Outer.Inner",
            "isinstance(inner, type(outer).Inner)",
        ),
    ),
    Part(
        "metaclass",
        "class Meta(type):\n    seen = []\n    def __call__(cls, *a, **k):\n        made = super().__call__(*a, **k)\n        made.tag = cls.__name__\n        return made\nclass Tagged(metaclass=Meta):\n    pass",
        "tagged = Tagged()",
        ("type(type(tagged)) is Meta", "type(tagged) is Tagged", "tagged.tag", "Tagged().tag == tagged.tag"),
    ),
    Part(
        "single dispatch",
        "from functools import singledispatch\n@singledispatch\ndef show(x):\n    return 'any'\n@show.register\ndef _(x: Base):\n    return 'base'",
        "shown = [child, 1]",
        ("[show(s) for s in shown]", "show.dispatch(type(shown[0])) is show.registry[Base]", "Base in show.registry"),
        ("base class",),
    ),
    Part(
        "abstract",
        "import abc\nclass Shape(abc.ABC):\n    @abc.abstractmethod\n    def area(self): ...\nclass Square(Shape):\n    def area(self):\n        return 4",
        "square = Square()",
        ("isinstance(square, Shape)", "square.area()", "type(square) is Square", "Square.__mro__[1] is Shape"),
    ),
    Part(
        "virtual subclass",
        "@Shape.register\nclass Circle:\n    def area(self):\n        return 3",
        "circle = Circle()",
        ("isinstance(circle, Shape)", "issubclass(Circle, Shape)", "type(circle) is Circle"),
        ("abstract",),
    ),
    Part(
        "named tuple",
        "from typing import NamedTuple\nclass Row(NamedTuple):\n    a: int\n    c: Color = Color.RED",
        "row = Row(1)",
        (
            "row == Row(1)",
            "row.c is Color.RED",
            "type(row) is Row",
            "row._replace(a=2).c is row.c",
            "isinstance(row.c, Color)",
        ),
        ("enum",),
    ),
    Part(
        "exception",
        "class Bad(ValueError):\n    def __init__(self, kind, note=''):\n        super().__init__(str(kind))\n        self.kind = kind",
        "bad = Bad(Color.RED)",
        ("bad.kind is Color.RED", "type(bad) is Bad", "isinstance(bad, ValueError)", "str(bad)"),
        ("enum",),
    ),
    Part(
        "mark",
        "class Missing:\n    pass\nMISSING = Missing()\nclass Field:\n    default = MISSING\n    def get(self, v=MISSING):\n        return v is MISSING",
        "fld = Field()",
        ("fld.get()", "type(fld.default) is Missing", "isinstance(Field.default, Missing)"),
    ),
    Part(
        "flag and keys",
        "import enum\nclass Perm(enum.Flag):\n    R = 1\n    W = 2",
        "perms = {Perm.R: 'r', Perm.R | Perm.W: 'rw'}",
        (
            "perms[Perm.R]",
            "perms[Perm.W | Perm.R]",
            "next(iter(perms)) is Perm.R",
            "all(isinstance(k, Perm) for k in perms)",
        ),
    ),
    Part(
        "classes as values",
        "class Left:\n    pass\nclass Right(Left):\n    pass",
        "kinds = {'l': Left, 'r': Right}\nright = Right()\nkind = type(right)",
        (
            "kinds['l'] is Left",
            "kind is Right",
            "kind is kinds['r']",
            "isinstance(right, kinds['l'])",
            "type(right) is kind",
        ),
    ),
    Part(
        "made in a function",
        "def build(base):\n    class Local(base):\n        up = base\n    return Local",
        "Local = build(Base)\nlocal = Local()",
        ("type(local) is Local", "isinstance(local, Base)", "local.up is Base", "Local.up is Base"),
        ("base class",),
    ),
    Part(
        "partial and method",
        "from functools import partial\nclass Calc:\n    def __init__(self, c=Color.BLUE):\n        self.c = c\n    def same(self, o):\n        return type(o) is Calc",
        "calc = Calc()\nsame = calc.same\nnew = partial(Calc, Color.RED)",
        ("same(calc)", "new().c is Color.RED", "same(new())", "type(same.__self__) is Calc", "calc.c is Color.BLUE"),
        ("enum",),
    ),
    Part(
        "cached property",
        "import functools\nclass Lazy:\n    @functools.cached_property\n    def child(self):\n        return Child()",
        "lazy = Lazy()\nlazy.child",
        ("type(lazy.child) is Child", "isinstance(lazy.child, Base)", "type(lazy) is Lazy"),
        ("base class",),
    ),
)
_BY_NAME = {part.name: part for part in PARTS}
_PLACES = ("functions", "setup", "step:a", "step:a", "step:a")


def _closure(names: list[str]) -> list[Part]:
    wanted = set(names)
    while more := {need for name in wanted for need in _BY_NAME[name].needs} - wanted:
        wanted |= more
    return [part for part in PARTS if part.name in wanted]


@st.composite
def class_graphs(draw: st.DrawFn) -> dict[str, Any]:
    """Return a notebook: definitions in set-up or in step a, values in steps a and b, questions in the last two."""
    parts = _closure(draw(st.lists(st.sampled_from([p.name for p in PARTS]), min_size=1, max_size=3, unique=True)))
    names = [name for part in parts for name in _bound(part.value)]
    place = draw(st.sampled_from(_PLACES))
    cells = [cell(part.code, [place]) for part in parts]
    # A value that needs the value of another part comes after it, in the same step or in the next one.
    first = draw(st.integers(1, len(parts)))
    for number, part in enumerate(parts):
        cells.append(cell(part.value, ["step:a" if number < first else "step:b"]))
    kept = draw(st.sampled_from(["", f"bundle = [{', '.join(names)}]", f"kept = {{'v': ({names[0]}, [{names[-1]}])}}"]))
    if kept:
        cells.append(cell(kept, ["step:b"]))
    asks = [ask for part in parts for ask in part.asks if _knows(ask, names)]
    chosen = draw(st.lists(st.sampled_from(asks), min_size=1, max_size=4, unique=True))
    more = {"bundle": [f"bundle[0] is {names[0]}"], "kept": [f"kept['v'][0] is {names[0]}"]}.get(kept.split(" ")[0], [])
    middle, last = chosen[: draw(st.integers(0, len(chosen)))], chosen
    cells.append(cell(f"seen = [{', '.join(middle)}]", ["step:c"]))
    cells.append(cell(f"final = repr([seen, {', '.join([*last, *more])}])", ["step:d"]))
    return notebook(cells)


def _bound(value: str) -> list[str]:
    return [name for line in value.split("\n") if " = " in line for name in line.partition(" = ")[0].split(", ")]


def _knows(ask: str, names: list[str]) -> bool:
    values = {name for part in PARTS for name in _bound(part.value)}
    words = set("".join(c if c.isalnum() or c == "_" else " " for c in ask).split())
    return words & values <= set(names)
