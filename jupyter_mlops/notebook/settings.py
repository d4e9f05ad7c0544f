"""Where a statement sets the state of the process or of a library: ``os.environ["K"] = "1"``. Pure.

setting
    one place in the code that sets a state, spelled as `settingtable` spells it.
plain
    a statement that does nothing but set, from values that can be had again: constants, names, paths put together. It
    can be run again in every step below. Tests around it may be plain too (``if p not in sys.path: …``).
repeated, carried
    what becomes of a setting of a step. A plain one is repeated at the start of every step below, in reading order. One
    that is not plain (in a loop, in a function, with the result of a call) is carried: the step hands on the state as
    it is at its end. A state of which one setting is carried has all of them carried, so that their order is kept.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from jupyter_mlops.notebook import settingtable
from jupyter_mlops.notebook.plaincalls import PLAIN_MAKERS, REPEATABLE
from jupyter_mlops.notebook.source import magic_call
from jupyter_mlops.notebook.trees import nodes, of

_CONTAINER_METHODS = frozenset({"append", "insert", "extend", "update", "setdefault", "appendleft"})
_STARTS = ("set_", "enable_", "disable_")
_NO_SETTER = ("seed", "rng", "random")


@dataclass(frozen=True)
class Setting:
    """One place that sets something; `spelled` begins with the name as the code has it.

    `form` says how: ``call``, ``store`` or ``magic``; `managers` are the context managers around it. `is_whole` says
    that it is all that a statement does.
    """

    spelled: str
    form: str
    line: int
    managers: tuple[str, ...] = ()
    is_whole: bool = False


@dataclass(frozen=True)
class Setter:
    """What sets a state, whether its statement does nothing else, and whether it does so itself, not in a function."""

    path: str
    is_plain: bool
    is_direct: bool = True


@dataclass(frozen=True)
class Settings:
    """What may set a state in a statement, in the order of the source, and whether the statement is plain in form."""

    found: tuple[Setting, ...] = ()
    is_plain: bool = False

    @property
    def is_store(self) -> bool:
        """Whether the statement is plain and only assigns: ``Config.size = 2``."""
        return self.is_plain and all(setting.form == "store" for setting in self.found if setting.is_whole)

    def states(self, modules: Mapping[str, str], imported: Collection[str] | None = None) -> dict[str, Setter]:
        """Return the states that are set, and by what.

        Parameters
        ----------
        modules
            names that imports bound -> what they are.
        imported
            the names that mean an import where the statement stands; None for all of `modules`.
        """
        named = [(setting, state_of(setting, modules, imported)) for setting in self.found]
        is_plain = self.is_plain and all(name is not None for setting, name in named if setting.is_whole)
        return {name: Setter(resolved(s.spelled, modules), is_plain) for s, name in named if name is not None}


NONE = Settings()
_SETATTR = 3


def settings_of(node: ast.stmt) -> Settings:
    """Return what may set a state in a statement, functions in it included; the imports above say which of it does."""
    whole = _whole(node)
    ids = {id(part) for part in whole or ()}
    if of(node, ast.With, ast.AsyncWith):
        found = tuple(_found(node, (), ids))
    else:
        parts = of(node, ast.Attribute, ast.Subscript, ast.Call)
        found = tuple(setting for part in parts if (setting := _setting(part, (), id(part) in ids)) is not None)
    return Settings(found, whole is not None) if found else NONE


def spell(node: ast.expr) -> str | None:
    """Return how the tables spell an expression, or None for one that does not begin with a name.

    >>> spell(ast.parse('os.environ["K"]', mode="eval").body), spell(ast.parse("a.b(1).c", mode="eval").body)
    ('os.environ[]', 'a.b().c')
    """
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = spell(node.value)
        return inner and f"{inner}.{node.attr}"
    if isinstance(node, ast.Subscript):
        inner = spell(node.value)
        return inner and f"{inner}[]"
    if isinstance(node, ast.Call):
        inner = spell(node.func)
        return inner and f"{inner}()"
    return None


def resolved(spelled: str, modules: Mapping[str, str]) -> str:
    """Return a spelling with its first word replaced by what it was imported as.

    >>> resolved("plt.rcParams[]", {"plt": "matplotlib.pyplot"}), resolved("environ[]", {"environ": "os.environ"})
    ('matplotlib.pyplot.rcParams[]', 'os.environ[]')
    """
    root = _root_of(spelled)
    return modules.get(root, root) + spelled[len(root) :]


def _root_of(spelled: str) -> str:
    """Return the name that a spelling begins with."""
    return spelled.partition(".")[0].partition("(")[0].partition("[")[0]


def state_of(setting: Setting, modules: Mapping[str, str], imported: Collection[str] | None = None) -> str | None:
    """Return the name of the state that a setting sets, ``module NAME`` for what no table knows, or None."""
    root = _root_of(setting.spelled)
    is_imported = root in modules and (imported is None or root in imported)
    path = resolved(setting.spelled, modules) if is_imported else setting.spelled
    known = settingtable.group_of(path)
    # a logger has a name of its own, and a magic needs no import
    if known is not None and (is_imported or setting.form == "magic" or known == "logging" or root == "get_ipython"):
        return None if any(known in settingtable.restored_by(resolved(m, modules)) for m in setting.managers) else known
    return _unknown(setting, path) if is_imported else None


def _unknown(setting: Setting, path: str) -> str | None:
    name, top = f"module {path.partition('.')[0]}", path.partition(".")[0]
    changed = path.removesuffix("()") if setting.form == "call" else path.rstrip("[]")
    inner, _, last = changed.rpartition(".")
    if "(" in changed or "[" in changed:
        # what a call gives is seldom the library's own: `plt.gca().set_title(…)`
        return None
    if setting.form == "store":
        return name
    # a list or dict inside a module: `nltk.data.path.append(…)`; `keras.layers.add(…)` is a function
    is_container = last in _CONTAINER_METHODS and "." in inner
    is_setter = last.startswith(_STARTS) and not any(word in last for word in _NO_SETTER)
    return name if is_container or (is_setter and top in settingtable.LIBRARIES) else None


def _found(node: ast.AST, managers: tuple[str, ...], whole: Collection[int]) -> Iterator[Setting]:
    if isinstance(node, ast.With | ast.AsyncWith):
        inner = managers
        for item in node.items:
            context = item.context_expr
            inner = (*inner, spell(context) or "")
            # the manager itself sets nothing that stays: `with torch.set_grad_enabled(False):`
            for child in ast.iter_child_nodes(context):
                yield from _found(child, managers, whole)
        for statement in node.body:
            yield from _found(statement, inner, whole)
        return
    setting = _setting(node, managers, id(node) in whole)
    if setting is not None:
        yield setting
    for child in ast.iter_child_nodes(node):
        yield from _found(child, managers, whole)


def _setting(node: ast.AST, managers: tuple[str, ...], is_whole: bool) -> Setting | None:
    if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
        spelled, form = spell(node), "store"
    elif isinstance(node, ast.Call):
        magic = magic_call(node)
        spelled, form = (spell(node), "call") if magic is None else (settingtable.magic(magic), "magic")
        if spelled == "setattr" or spelled == "setattr()":
            spelled, form = _attribute_set(node), "store"
    else:
        return None
    return Setting(spelled, form, node.lineno, managers, is_whole) if spelled is not None else None


def _attribute_set(node: ast.Call) -> str | None:
    """Return ``math.tau`` for ``setattr(math, "tau", 3)``."""
    owner = spell(node.args[0]) if len(node.args) == _SETATTR else None
    name = node.args[1].value if owner and isinstance(node.args[1], ast.Constant) else None
    return f"{owner}.{name}" if isinstance(name, str) and name.isidentifier() else None


# -- plain statements


def _whole(node: ast.stmt) -> list[ast.expr] | None:
    """Return what a plain statement calls or assigns, for each statement in it; None when it is not plain."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return [node.value] if _is_plain_call(node.value) else None
    if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        parts = [part for target in targets for part in _parts(target)]
        return parts if node.value is not None and all(map(_is_target, parts)) and _is_repeatable(node.value) else None
    if isinstance(node, ast.Delete):
        return list(node.targets) if all(map(_is_target, node.targets)) else None
    if isinstance(node, ast.If):
        return _all_whole([*node.body, *node.orelse]) if _is_repeatable(node.test) else None
    if isinstance(node, ast.Try):
        handled = [statement for handler in node.handlers for statement in handler.body]
        return _all_whole([*node.body, *handled, *node.orelse, *node.finalbody])
    return None


def _all_whole(body: Iterable[ast.stmt]) -> list[ast.expr] | None:
    found: list[ast.expr] = []
    for statement in body:
        if not isinstance(statement, ast.Pass):
            parts = _whole(statement)
            if parts is None:
                return None
            found += parts
    return found


def _parts(target: ast.expr) -> list[ast.expr]:
    if isinstance(target, ast.Tuple | ast.List):
        return [part for element in target.elts for part in _parts(element)]
    return [target]


def _is_plain_call(node: ast.Call) -> bool:
    if magic_call(node) is not None:
        return True
    values = [*node.args, *[keyword.value for keyword in node.keywords]]
    registers = getattr(node.func, "attr", getattr(node.func, "id", "")).startswith(("register", "add", "define_"))
    is_again = all(map(_is_made_again, values)) if registers else all(map(_is_repeatable, values))
    return _is_reached(node.func) and is_again and not _begins_file(node)


def _is_made_again(node: ast.expr) -> bool:
    """Whether what a library is given to keep can be made again: by its class, or a constructor of that."""
    for child in nodes(node):
        if isinstance(child, ast.Await | ast.Yield | ast.YieldFrom | ast.NamedExpr):
            return False
        if isinstance(child, ast.Call):
            words = (spell(child.func) or "").split(".")
            is_made = any(word[:1].isupper() for word in words) or words[-1] in PLAIN_MAKERS
            if magic_call(child) is not None or not (is_made or words[-1] in REPEATABLE):
                return False
    return True


def _is_target(node: ast.expr) -> bool:
    if isinstance(node, ast.Subscript):
        return _is_reached(node.value) and _is_repeatable(node.slice)
    return isinstance(node, ast.Attribute) and _is_reached(node.value)


def _is_reached(node: ast.expr) -> bool:
    """Whether an expression gets at an object without doing anything: ``logging.getLogger("x").handlers``."""
    while isinstance(node, ast.Attribute):
        node = node.value
    if isinstance(node, ast.Subscript):
        return _is_reached(node.value) and _is_repeatable(node.slice)
    return isinstance(node, ast.Name) or (isinstance(node, ast.Call) and _is_repeatable(node))


def _is_repeatable(node: ast.expr) -> bool:
    """Whether evaluating an expression again gives the same and leaves no trace."""
    for child in _evaluated(node):
        if isinstance(child, ast.Await | ast.Yield | ast.YieldFrom | ast.NamedExpr):
            return False
        if isinstance(child, ast.Call):
            name = child.func.attr if isinstance(child.func, ast.Attribute) else getattr(child.func, "id", "")
            if name not in REPEATABLE or _begins_file(child) or magic_call(child) is not None:
                return False
    return True


def _evaluated(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the parts of an expression that are evaluated with it: the body of a lambda is not."""
    yield node
    defaults = [d for d in (*node.args.defaults, *node.args.kw_defaults) if d] if isinstance(node, ast.Lambda) else None
    for child in ast.iter_child_nodes(node) if defaults is None else defaults:
        yield from _evaluated(child)


def _begins_file(node: ast.Call) -> bool:
    """Whether a handler of logging begins its file anew, which would lose what the step above has written."""
    is_handler = (spell(node.func) or "").endswith("FileHandler")
    named = ("mode", "filemode") if is_handler else ("filemode",)
    modes = [keyword.value for keyword in node.keywords if keyword.arg in named]
    modes += node.args[1:2] if is_handler else []
    return any(not (isinstance(m, ast.Constant) and str(m.value).startswith("a")) for m in modes)
