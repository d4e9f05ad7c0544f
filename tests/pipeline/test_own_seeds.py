"""A seed that a module beside the notebook sets, and numbers that it draws: one stream, as in Run All."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_mlops.notebook.document import parse
from jupyter_mlops.pipeline.compile import compile_notebook
from tests.notebook.build import content
from tests.pipeline.forked import run_all, run_pipeline

FILES = {
    "own_seed_utils.py": "import random\nimport numpy as np\ndef set_seed(seed):\n    random.seed(seed)\n    np.random.seed(seed)\n"
    "def roll():\n    return random.random()\nclass Dice:\n    def go(self):\n        return roll()\n",
    "own_seed_main.py": "import random\ndef main():\n    random.seed(3)\nif __name__ == '__main__':\n    main()\n",
    "own_seed_space/inner/seeds.py": "import random\ndef fix():\n    random.seed(8)\n",
    "own_seed_now.py": "import numpy as np\nnp.random.seed(0)\n",
    "own_seed_tools.py": "from own_seed_utils import Dice\nimport own_seed_utils as u\ndef reseed(seed):\n    u.set_seed(seed)\n"
    "def make():\n    return Dice()\n",
    "own_seed_pack/__init__.py": "from .seeding import fix\n",
    "own_seed_pack/seeding.py": "def fix():\n    from own_seed_utils import set_seed\n    set_seed(4)\n",
}
DRAW = "print(random.random())"
# (what, set-up, the first step)
SEEDED = [
    ("a function", "from own_seed_utils import set_seed\nimport random\nset_seed(0)", "x = 1"),
    ("a function of a module", "import own_seed_utils as u\nimport random", "u.set_seed(seed=0)"),
    ("a star", "from own_seed_utils import *\nimport random\nset_seed(3)", "print(roll())"),
    (
        "an import that seeds",
        "import own_seed_now, random, numpy",
        "print(numpy.random.rand())\nrandom.seed(numpy.random.randint(9))",
    ),
    ("a function of a module of a module", "import own_seed_tools as t\nimport random\nt.reseed(1)", "x = 1"),
    ("a function of a package", "from own_seed_pack import fix as f\nimport random", "f()"),
    ("a module of a package", "import own_seed_pack.seeding\nimport random", "own_seed_pack.seeding.fix()"),
    ("a module of a folder in a folder", "import own_seed_space.inner.seeds as s, random", "s.fix()"),
    ("an object", "import own_seed_tools as t, random", "t.reseed(1)\nd = t.make()\nprint(d.go())"),
    (
        "a function of the notebook",
        "import random\ndef go():\n    from own_seed_utils import set_seed\n    set_seed(1)",
        "go()",
    ),
]


@pytest.mark.parametrize("row", SEEDED, ids=[row[0] for row in SEEDED])
def test_one_stream_of_numbers(row: tuple[str, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend("")
    uses = f"print(d.go())\n{DRAW}" if "d = " in row[2] else DRAW
    cells = [("setup", row[1]), ("step:a", row[2]), ("step:b", uses), ("step:c", uses)]
    printed = []
    for way in ("all", "steps"):
        folder = tmp_path / way
        for name, text in FILES.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        made = compile_notebook(parse(json.dumps(content(*cells)).encode(), folder / "case.ipynb"))
        printed.append(run_all(content(*cells), folder) if way == "all" else run_pipeline(made, folder))
    assert printed[0] == printed[1]
    assert len(set(printed[0].split())) > 1


def test_what_only_a_script_runs_is_not_imported(tmp_path: Path) -> None:
    (tmp_path / "own_seed_main.py").write_text(FILES["own_seed_main.py"])
    cells = [("step:a", "import own_seed_main, random"), ("step:b", DRAW), ("step:c", DRAW)]
    made = compile_notebook(parse(json.dumps(content(*cells)).encode(), tmp_path / "case.ipynb"))
    assert [step.after for step in made.pipeline.steps] == [(), (), ()]
