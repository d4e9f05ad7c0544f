"""State that a module beside the notebook keeps: the value of Run All, or a conflict that names it; each step is a process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notebook.build import compiled, content
from tests.pipeline.forked import Told, run_all, run_pipeline

SETUP = ("setup", "import sys\nsys.path.insert(0, '')")
# (what the module keeps, its source)
KEPT = [
    ("a generator", "import random\n_r = random.Random(1)\ndef go():\n    return _r.random()"),
    ("a class attribute", "class Dog:\n    count = 0\ndef go():\n    Dog.count += 1\n    return Dog.count"),
    ("an object", "class S:\n    v = 0\ns = S()\ndef go():\n    s.v += 1\n    return s.v"),
    ("an iterator", "import itertools\n_ids = itertools.count()\ndef go():\n    return next(_ids)"),
    (
        "a closure",
        "def _mk():\n    n = 0\n    def inc():\n        nonlocal n\n        n += 1\n        return n\n    return inc\ngo = _mk()",
    ),
    ("a list of a class", "class R:\n    items = []\ndef go():\n    R.items.append(1)\n    return len(R.items)"),
    ("a default", "def go(acc=[]):\n    acc.append(1)\n    return len(acc)"),
    ("an attribute of a function", "def go():\n    go.n += 1\n    return go.n\ngo.n = 0"),
    ("a number", "n = 0\ndef go():\n    global n\n    n += 1\n    return n"),
]


@pytest.mark.parametrize(("number", "source"), list(enumerate(row[1] for row in KEPT)), ids=[row[0] for row in KEPT])
def test_what_a_module_keeps_is_told(number: int, source: str, tmp_path: Path) -> None:
    name = f"own_module_{number}"
    (tmp_path / f"{name}.py").write_text(source)
    cells = [SETUP, ("step:a", f"import {name}\nx = {name}.go()"), ("step:b", f"print(x, {name}.go())")]
    assert run_all(content(*cells), tmp_path).split()[0] != run_all(content(*cells), tmp_path).split()[1]
    with pytest.raises(Told, match=name):
        run_pipeline(compiled(*cells), tmp_path)


@pytest.mark.parametrize(
    "source",
    [
        "import random\n_r = random.Random()\ndef go():\n    return 0 * _r.random()",
        "import uuid\nclass S:\n    id = uuid.uuid4()\ns = S()\ns.id = uuid.uuid4()\ndef go():\n    return 0",
        "import logging, re\nlog = logging.getLogger('x')\nword = re.compile('a')\n_cache = {}\ndef go():\n    _cache[1] = 2\n    return 0",
    ],
    ids=["a generator without a seed", "another value in each process", "what can be made again"],
)
def test_what_does_not_count_is_not_told(source: str, tmp_path: Path) -> None:
    (tmp_path / "own_quiet.py").write_text(source)
    cells = [SETUP, ("step:a", "import own_quiet\nx = own_quiet.go()"), ("step:b", "print(x, own_quiet.go())")]
    assert run_pipeline(compiled(*cells), tmp_path) == run_all(content(*cells), tmp_path)
