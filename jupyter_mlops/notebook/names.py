"""What one top-level statement does with the notebook's names.

read
    a global name that the statement looks up before it has surely bound it itself. *Certain* when the look-up happens
    whenever the code runs, and not on some path only. *Guarded* when the name may be absent: the code expects that
    (``try: … except NameError``), or binds the name itself on another path. *Soft* when it counts only if a statement
    above defines it (``!echo $HOME``).
late read
    a global name in the body of a function or lambda: looked up when that code is called.
bind, maybe
    the name has a new value at the end of the statement: surely, or on some path.
write
    the object behind the name is changed in place. *Direct* when it is a method called on the name itself
    (``os.remove``), a *method* when it is called on an attribute of it (``np.random.shuffle``): both are plain function
    calls when the name is a module.
path
    a dotted name that is looked up (``np.random.rand``); with ``()`` behind it, a call that draws random numbers unless
    it is told a seed.
use
    a call with the global names that it is given; `changes` says which of their objects it changes.
held, called
    names that may live on in the values bound here, and names that are only called for them; *runs* are called
    whenever the code runs.
settings
    what the statement may set in the process or in a library (``os.environ["K"] = "1"``).
definition
    an import, a function, a class or a named lambda: travels as code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from jupyter_mlops.notebook.aliases import Held
from jupyter_mlops.notebook.changes import Changer, Use
from jupyter_mlops.notebook.finding import Finding
from jupyter_mlops.notebook.settings import NONE, Settings


class Kind(StrEnum):
    """What a statement makes."""

    IMPORT = "import"
    FUNCTION = "function"
    CLASS = "class"
    CONFIGURE = "configure"
    DATA = "data"

    @property
    def is_definition(self) -> bool:
        """Whether it travels as code."""
        return self is not Kind.DATA


@dataclass
class Effects:
    """What running some code does to global names; filled by the walker, read-only afterwards."""

    reads: dict[str, int] = field(default_factory=dict)
    certain: set[str] = field(default_factory=set)
    guarded: set[str] = field(default_factory=set)
    soft: set[str] = field(default_factory=set)
    binds: set[str] = field(default_factory=set)
    maybe: set[str] = field(default_factory=set)
    writes: dict[str, str] = field(default_factory=dict)
    methods: dict[str, str] = field(default_factory=dict)
    direct: set[str] = field(default_factory=set)
    deletes: set[str] = field(default_factory=set)
    maybe_deletes: set[str] = field(default_factory=set)
    held: set[str] = field(default_factory=set)
    called: set[str] = field(default_factory=set)
    runs: set[str] = field(default_factory=set)
    uses: set[Use] = field(default_factory=set)
    paths: set[str] = field(default_factory=set)

    @property
    def mentions(self) -> set[str]:
        """Every name the code looks up."""
        return self.reads.keys() | self.held | self.called | self.soft

    @property
    def forgiven(self) -> set[str]:
        """The names that may be absent, as far as the code does not look them up elsewhere."""
        return self.guarded | (self.soft - self.reads.keys())

    def absorb(self, other: Effects) -> None:
        """Add what another function does; nothing that happens in a called body is sure or certain for the caller."""
        for name, line in other.reads.items():
            self.reads.setdefault(name, line)
        self.guarded |= other.guarded
        self.soft |= other.soft
        self.maybe |= other.binds | other.maybe
        self.writes = {**other.writes, **self.writes}
        self.methods = {**other.methods, **self.methods}
        self.direct |= other.direct
        self.maybe_deletes |= other.deletes | other.maybe_deletes
        self.held |= other.held
        self.called |= other.called
        self.uses |= other.uses
        self.paths |= other.paths


@dataclass(frozen=True)
class Star:
    """Where names come from that the notebook does not spell out: a module, or a file that `%run` executes."""

    target: str
    is_file: bool = False


GENERATOR = "(…)"
"""What `Statement.makes` says of a generator expression."""


@dataclass(frozen=True)
class Trouble:
    """Something static reading cannot follow: a finding's code, its line and the words for it."""

    code: str
    line: int
    message: str
    hint: str
    is_error: bool = True


@dataclass(frozen=True)
class FileUse:
    """A literal that looks like a file's path, and whether the code writes there."""

    path: str
    is_write: bool


@dataclass(frozen=True)
class Statement:
    """One top-level statement of a cell.

    `line` and `end_line` are 1-based in the cell's code; `source` is its transformed text. `late` is what the code
    defined here does when called; `aliases` say which names a bound name may share its object with, `together` which
    names are bound to one new object, `held` which results of calls may hold others; `makes` maps a name to the dotted
    name of the call whose result it is bound to, or to `GENERATOR`. `stars` are modules and files whose names it binds;
    with `hides` it may bind names that reading does not see, with `is_dynamic` it reads names that are given to it as
    text; with `unseen` it defines names that no file tells; `unread` are the words of a cell that is not valid Python,
    which may bind and read them. `registrations` are names of decorators that may keep what they decorate, `decorators`
    those of a class; a function that `gives_back` returns what it is given, one that `patches` is added to classes;
    `brings` maps functions of modules beside the notebook to the generator functions that they call. What `keeps` and
    `makes_keepers` mean stands in `keepers`; `texts` is what its literal texts look like (secrets, paths).
    """

    cell: int
    line: int
    end_line: int
    source: str
    kind: Kind
    eager: Effects
    late: Effects
    defines: frozenset[str] = frozenset()
    aliases: Mapping[str, frozenset[str]] = field(default_factory=dict)
    troubles: tuple[Trouble, ...] = ()
    files: tuple[FileUse, ...] = ()
    is_generator: bool = False
    is_constant: bool = False
    numbers: frozenset[str] = frozenset()
    has_nested: bool = False
    keeps_code: bool = False
    own_magic: bool = False
    makes: Mapping[str, str] = field(default_factory=dict)
    changers: tuple[tuple[str, bool, Changer], ...] = ()
    stars: tuple[Star, ...] = ()
    hides: bool = False
    is_dynamic: bool = False
    unseen: bool = False
    modules: Mapping[str, str] = field(default_factory=dict)
    registers: frozenset[str] = frozenset()
    registrations: frozenset[str] = frozenset()
    decorators: frozenset[str] = frozenset()
    gives_back: bool = False
    patches: frozenset[str] = frozenset()
    makes_figure: bool = False
    settings: Settings = NONE
    keeps: bool = False
    makes_keepers: bool = False
    texts: tuple[Finding, ...] = ()
    together: tuple[frozenset[str], ...] = ()
    held: tuple[Held, ...] = ()
    unread: frozenset[str] = frozenset()
    brings: Mapping[str, frozenset[str]] = field(default_factory=dict)
