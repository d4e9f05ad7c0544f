"""A process that scores, slowly: to be killed. ``python scoring.py INPUT OUTPUT ROWS``."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_mlops.models.facts import Column, Signature
from jupyter_mlops.models.score import score

SIGNATURE = Signature((Column("x", "double"), Column("when", "datetime"), Column("zip", "string")), (), ())


def doubled(table: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pa.table({"prediction": pc.multiply(table["x"], 2.0), "day": table["when"], "place": table["zip"]})


def slow() -> Callable[[Any], Any]:
    def predict(table: Any) -> Any:
        time.sleep(0.02)
        return doubled(table)

    return predict


if __name__ == "__main__":
    score(
        slow,
        "m/1",
        SIGNATURE,
        Path(sys.argv[1]),
        Path(sys.argv[2]),
        int(sys.argv[3]),
        lambda n, _: print(n, flush=True),
    )
