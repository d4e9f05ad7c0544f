"""Values that a step hands over behave as in Run All: order of sets, memory of arrays, global generators, observers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.pipeline import forked
from tests.pipeline.forked import Cells

pytestmark = pytest.mark.usefixtures("warm")

_TEXT = (
    "the quick brown fox jumps over the lazy dog while many other small animals sleep under old green trees near "
    "quiet rivers and hills of sand where nobody ever walks alone at night"
)

EQUAL: dict[str, Cells] = {
    "set order": [
        ("step:a", f"vocab = set({_TEXT!r}.split())\nword2id = {{w: i for i, w in enumerate(vocab)}}"),
        ("step:b", "id2word = list(vocab)\nprint(all(id2word[i] == w for w, i in word2id.items()), id2word)"),
        ("step:c", "vocab |= {'a', 'bit', 'more', 'than', 'there', 'was', 'before'}\nprint(list(vocab))"),
        ("step:d", "print(list(vocab))"),
    ],
    "order of a set in a value, twice": [
        ("step:a", f"words = set({_TEXT!r}.split())\nheld = {{'vocab': words, 'again': [words], 'n': 3}}"),
        ("step:b", "print(list(held['vocab']), held['again'][0] is held['vocab'])\nheld['vocab'].discard('fox')"),
        ("step:c", "print(list(words), words is held['vocab'])"),
    ],
    "order of a frozen set": [
        ("step:a", "words = frozenset(n * 1.7 for n in range(60))\ncopy = frozenset(set(words))"),
        ("step:b", "print(list(words), list(copy))"),
    ],
    "order after removals": [
        (
            "step:a",
            "s = set(range(0, 4000, 7)) | {n + 0.5 for n in range(300)} | {(n, n) for n in range(50)}\n"
            "for n in range(0, 2000, 7):\n    s.discard(n)\nt = s & set(range(3000))",
        ),
        ("step:b", "print(list(s), list(t))\ns.update(range(5000, 5100))\nprint(list(s))"),
        ("step:c", "print(list(s), s.pop())"),
    ],
    "order of a set that an object holds": [
        ("step:a", f"class V:\n    def __init__(self, t):\n        self.words = set(t.split())\nv = V({_TEXT!r})"),
        ("step:b", "print(list(v.words))"),
    ],
    # iterators
    "two iterators over one list": [
        ("step:a", "names = ['b', 'a']\nit = iter(names)\nfirst = next(it)\nz = zip(names, [1, 2])"),
        ("step:b", "print(next(it))"),
        ("step:c", "print(list(z))"),
        ("step:d", "print(list(z), list(it))"),
    ],
    "iterator over a list that grows": [
        ("step:a", "names = ['b', 'a']\nit = iter(names)"),
        ("step:b", "names.append(next(it))"),
        ("step:c", "print(list(it), names)"),
    ],
    # arrays own their memory
    "resize": [
        ("step:a", "import numpy as np\na = np.zeros(3)\nk = [np.arange(6)]"),
        ("step:b", "a.resize(5, refcheck=False)\nk[0].resize(7, refcheck=False)\nprint(a, k)"),
        ("step:c", "print(a, k)"),
    ],
    # the global generators
    "numpy's global generator": [
        (
            "step:a",
            "import numpy as np\nrng = np.random.mtrand._rand\nh = [np.random.rand]\nnp.random.seed(1)\nprint(rng.rand())",
        ),
        ("step:b", "import numpy as np\nprint(np.random.rand())"),
        ("step:c", "import numpy as np\nprint(rng.rand(), np.random.rand(), h[0](), rng is np.random.mtrand._rand)"),
    ],
    "random's global generator": [
        (
            "step:a",
            "import random\nr = random.random\nh = [random._inst, random.shuffle]\nrandom.seed(1)\nprint(r())",
        ),
        ("step:b", "import random\nprint(random.random())"),
        (
            "step:c",
            "import random\nl = [1, 2, 3, 4, 5]\nh[1](l)\nprint(r(), random.random(), h[0] is random._inst, l)",
        ),
    ],
    # observers
    "observers": [
        (
            "step:a",
            "from traitlets import HasTraits, Int, observe, link\nclass T(HasTraits):\n    v = Int()\n    w = Int()\n"
            "    @observe('v')\n    def _c(self, ch):\n        self.w += 1\n    def hit(self, ch):\n"
            "        print('hit', ch['name'])\nm, n, seen = T(), T(), []\nl = link((m, 'v'), (n, 'v'))\n"
            "def f(ch):\n    seen.append(ch['new'])\nm.observe(m.hit)\nm.observe(f, 'v')\nm.v = 3",
        ),
        ("step:b", "m.v = 4\nprint(n.v, m.w)"),
        ("step:c", "print(m.v, n.v, m.w, n.w, seen)"),
    ],
    # classes of a metaclass that refuses attributes
    "metaclass with a __setattr__": [
        (
            "step:a",
            "def make():\n    class M(type):\n        def __setattr__(cls, k, v):\n            raise TypeError('no')\n"
            "    class C(metaclass=M):\n        x = 1\n        def f(self):\n            return self.x\n    return C()\n"
            "c = make()",
        ),
        ("step:b", "print(c.f(), type(c).x)"),
    ],
}

TOLD: dict[str, tuple[Cells, str, str]] = {
    "mock": (
        [
            ("step:a", "from unittest.mock import MagicMock\nm = MagicMock(name='db')\nm.get('a').rows = [1]"),
            ("step:b", "print(m.get('a').rows)"),
        ],
        "`m",
        "make the mock in",
    ),
    "logging handler": (
        [
            (
                "step:a",
                "import logging\nclass H(logging.Handler):\n    def emit(self, r):\n        pass\nlh = H()",
            ),
            ("step:b", "print(lh.level)"),
        ],
        "`lh` (H)",
        "make the handler in",
    ),
}


@pytest.mark.parametrize("case", EQUAL)
def test_it_is_as_in_run_all(case: str, tmp_path: Path) -> None:
    forked.check(EQUAL[case], tmp_path)


@pytest.mark.parametrize("case", TOLD)
def test_it_is_refused_by_name(case: str, tmp_path: Path) -> None:
    cells, name, hint = TOLD[case]
    with pytest.raises(forked.Told, match=re.escape(name)) as told:
        forked.check(cells, tmp_path)
    assert hint in str(told.value)
