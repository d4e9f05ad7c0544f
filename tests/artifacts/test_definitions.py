"""Functions and classes on their way: by name where they are replayed, over the live namespace where they are not."""

from __future__ import annotations

import pytest

from jupyter_mlops.base.errors import HandoverError
from tests.artifacts.conftest import Notebook

CLASS = """
class C:
    made = []
    class Inner:
        pass
    def __init__(self, v): self.v = v
    def rate(self): return self.v * K
"""


def test_instance_of_a_replayed_class(notebook: Notebook) -> None:
    notebook.step("a", "c, i = C(2), C.Inner()", replay=CLASS, outputs="c i", carried={"c": ["C"], "i": ["C"]})
    space, _ = notebook.step(
        "b",
        "K = 10; ok = isinstance(c, C) and isinstance(i, C.Inner); r = c.rate()",
        replay=CLASS,
        inputs={"c": "a", "i": "a"},
    )
    assert space["ok"]
    assert space["r"] == 20


def test_nobody_has_said_what_is_replayed(notebook: Notebook) -> None:
    notebook.step("a", "c = C(2)", replay=CLASS, outputs="c")
    space, _ = notebook.step("b", "ok = isinstance(c, C)", replay=CLASS, inputs={"c": "a"})
    assert space["ok"]


def test_class_that_is_not_replayed_travels_by_value(notebook: Notebook) -> None:
    notebook.step("a", "c, d = C(2), C(3)", replay=CLASS, outputs="c d", carried={"c": [], "d": []})
    space, _ = notebook.step("b", "K = 10; r = c.rate()", inputs={"c": "a", "d": "a"})
    assert space["r"] == 20
    assert type(space["c"]) is type(space["d"])


def test_missing_definition(notebook: Notebook) -> None:
    notebook.step("a", "c = C(2)", replay=CLASS, outputs="c", carried={"c": ["C"]})
    with pytest.raises(HandoverError) as caught:
        notebook.step("b", inputs={"c": "a"})
    assert caught.value.code == "handover.definition_missing"
    assert "'C' is not defined" in caught.value.message


def test_missing_cached_function(notebook: Notebook) -> None:
    code = "import functools\n@functools.lru_cache\ndef f(x): return x + K\nd = {'f': f}"
    notebook.step("a", code, outputs="d", carried={"d": ["f"]})
    space, _ = notebook.step("b", "K = 1; r = d['f'](1)", replay=code, inputs={"d": "a"})
    assert space["r"] == 2
    assert space["d"]["f"] is space["f"]
    with pytest.raises(HandoverError) as caught:
        notebook.step("c", inputs={"d": "a"})
    assert caught.value.code == "handover.definition_missing"


def test_bundle_whose_names_are_replayed_differently(notebook: Notebook) -> None:
    notebook.step("a", "c = C(2); d = [c]", replay=CLASS, outputs="c d", carried={"c": ["C"], "d": []})
    space, _ = notebook.step("b", "ok = isinstance(c, C)", replay=CLASS, inputs={"c": "a"})
    assert space["ok"]
    space, _ = notebook.step("e", "K = 3; r = d[0].rate()", inputs={"d": "a"})
    assert space["r"] == 6


FUNCTIONS = {
    "lambda": ("f = lambda: K", "r = f()"),
    "by name later": ("def g(): return K\ndef f(): return g()\nf = [f]", "def g(): return 7\nr = f[0]()"),
    "default": ("def f(x=[]): x.append(1); return len(x) + K - 1\nf = [f]; f[0]()", "r = f[0]() - 1"),
    "nested": ("def make(n):\n    def f(): return n + K\n    return f\nf = make(0)", "r = f()"),
    "recursive": ("def make():\n    def f(n): return K if n == 0 else f(n - 1)\n    return f\nf = make()", "r = f(3)"),
    "method": ("class A:\n    def go(self): return K\nf = A().go", "r = f()"),
    "super": (
        "class A:\n    def go(self): return K\nclass B(A):\n    def go(self): return super().go()\nf = B()",
        "r = f.go()",
    ),
    "generator function": ("def f():\n    yield K\nf = {'f': f}", "r = next(f['f']())"),
    "attribute": ("def f(): return K\nf.note = 'x'\nf = [f]", "assert f[0].note == 'x'; r = f[0]()"),
    "cached property": (
        "import functools\nclass A:\n    @functools.cached_property\n    def p(self): return K\nf = A()",
        "r = f.p; assert 'p' in vars(f)",
    ),
    "cached method": (
        "import functools\nclass A:\n    @functools.lru_cache(maxsize=5)\n    def p(self): return K\nf = A()",
        "r = f.p(); assert type(f).p.cache_parameters()['maxsize'] == 5",
    ),
    "property": ("class A:\n    @property\n    def p(self): return K\nf = A()", "r = f.p"),
    "writes a global": ("def f():\n    global made\n    made = K\nf = [f]", "f[0](); r = made"),
    "empty cell": (
        "def make():\n    def f(): return K\n    def g(): return x\n    if False: x = 1\n    return f, g\nf = make()",
        "r = f[0]()",
    ),
    "keyword default": (
        "def f(*, k: int = 0) -> int: return K + k\nf = [f]",
        "assert f[0].__annotations__; r = f[0]()",
    ),
}


@pytest.mark.parametrize("case", FUNCTIONS)
def test_function_reads_the_live_namespace(notebook: Notebook, case: str) -> None:
    made, used = FUNCTIONS[case]
    notebook.step("a", f"K = 1\n{made}", outputs="f", carried={})
    space, _ = notebook.step("b", f"K = 7\n{used}", inputs={"f": "a"})
    assert space["r"] == 7
    assert isinstance(space["__builtins__"], dict), "loading must not change the builtins of the namespace"


def test_two_closures_go_on_sharing_their_variable(notebook: Notebook) -> None:
    code = """
def make():
    n = 0
    def up():
        nonlocal n
        n += 1
    def get(): return n
    return up, get
up, get = make()
up()
"""
    _, manifest = notebook.step("a", code, outputs="up get", carried={})
    assert manifest["aliases"] == [["out:up", "out:get"]]
    space, _ = notebook.step("b", "up(); r = get()", inputs={"up": "a", "get": "a"})
    assert space["r"] == 2


def test_unchanged_input_is_written_again_for_consumers_without_its_definitions(notebook: Notebook) -> None:
    notebook.step("a", "c = C(2)", replay=CLASS, outputs="c", carried={"c": ["C"]})
    notebook.step("b", replay=CLASS, inputs={"c": "a"}, outputs="c", carried={"c": []})
    space, _ = notebook.step("d", "K = 5; r = c.rate()", inputs={"c": "b"})
    assert space["r"] == 10


def test_definitions_that_only_some_consumers_have(notebook: Notebook) -> None:
    from jupyter_mlops.artifacts.incell import Handover

    space: dict[str, object] = {"__name__": "__main__"}
    exec(CLASS + "c = C(2)", space)
    handover = Handover(space, step="a", outputs=["c"], carried={}, sometimes={"c": ["C"]})
    handover.load()
    handover.save()
    has_it, _ = notebook.step("b", "ok = isinstance(c, C)", replay=CLASS, inputs={"c": "a"})
    assert has_it["ok"]
    has_not, _ = notebook.step("d", "K = 3; r = c.rate()", inputs={"c": "a"})
    assert has_not["r"] == 6


def test_what_a_library_defines_needs_no_replay(notebook: Notebook) -> None:
    code = "from fractions import Fraction\nfrom json import dumps\nv = [Fraction(1, 2), dumps]"
    notebook.step("a", code, outputs="v", carried={"v": ["Fraction", "dumps"]})
    space, _ = notebook.step("b", "r = v[1](str(v[0]))", inputs={"v": "a"})
    assert space["r"] == '"1/2"'
