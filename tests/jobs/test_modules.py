from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlops.jobs.modules import imported, local_modules

TREE = {
    "alone.py": "import other\n",
    "other.py": "from pkg.deep import x\n",
    "unused.py": "",
    "pkg/__init__.py": "",
    "pkg/deep.py": "from . import sibling\nimport numpy\n",
    "pkg/sibling.py": "",
    "pkg/words.json": "{}",
    "pkg/__pycache__/deep.pyc": "",
    "bare/inside.py": "import alone\n",
    "bare/big.csv": "1",
    "random.py": "",
    "venv/lib.py": "",
    "broken.py": "def (",
}
PKG = ["pkg/__init__.py", "pkg/deep.py", "pkg/sibling.py", "pkg/words.json"]
CASES = {
    "import alone": ["alone.py", "other.py", *PKG],
    "import pkg": PKG,
    "from pkg import deep": PKG,
    "import pkg.deep as d": PKG,
    "import bare.inside": ["alone.py", "bare/inside.py", "other.py", *PKG],
    "import random": ["random.py"],
    "import venv": [],
    "import numpy, os": [],
    "import broken": ["broken.py"],
    "def f():\n    import other": ["other.py", *PKG],
    "import importlib\nm = importlib.import_module('unused')": ["unused.py"],
    "this is ( not python": [],
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in TREE.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


@pytest.mark.parametrize("source", CASES)
def test_local_modules(root: Path, source: str) -> None:
    assert [str(f) for f in local_modules([source], root).files] == sorted(CASES[source])


def test_paths_that_code_adds_are_told(root: Path) -> None:
    assert local_modules(["import sys\nsys.path.insert(0, '../lib')"], root).live_paths == ("../lib",)
    assert imported("sys.path.append(somewhere)").paths == ()
