"""What a step sets for a while is not repeated below: the pipeline prints what Run All prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipeline.forked import check

Cells = list[tuple[str, str]]
BUFFER = "import sys, io\nbuf = io.StringIO()\n"
CASES: list[tuple[str, Cells]] = [
    (
        "standard output",
        [
            (
                "step:a",
                BUFFER + "old = sys.stdout\nsys.stdout = buf\nprint('hidden')\nsys.stdout = old\nprint('shown')",
            ),
            ("step:b", "print('b', buf.getvalue())"),
        ],
    ),
    (
        "standard output, kept and set at once",
        [
            ("step:a", BUFFER + "old, sys.stdout = sys.stdout, buf\nprint('hidden')\nsys.stdout = old"),
            ("step:b", "print('b', buf.getvalue())"),
        ],
    ),
    (
        "a number of a module",
        [
            ("step:a", "import math\nold = math.pi\nmath.pi = 3\nprint(math.pi)\nmath.pi = old"),
            ("step:b", "import math\nprint(math.pi)"),
        ],
    ),
    (
        "a variable of the environment",
        [
            (
                "step:a",
                "import os\nold = os.environ['PATH']\nos.environ['PATH'] = '/own'\nos.environ['PATH'] = old",
            ),
            ("step:b", "import os\nprint(os.environ['PATH'] == '/own')"),
        ],
    ),
    (
        "what is set anew after it was taken back stays",
        [
            ("step:a", "import math\nold = math.pi\nmath.pi = 3\nmath.pi = old\nmath.pi = 4"),
            ("step:b", "import math\nprint(math.pi)"),
        ],
    ),
]


@pytest.mark.parametrize("row", CASES, ids=[row[0] for row in CASES])
def test_taken_back(row: tuple[str, Cells], tmp_path: Path) -> None:
    check(row[1], tmp_path)
