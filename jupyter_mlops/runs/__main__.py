"""``python -m jupyter_mlops.runs --home HOME``: the runner. A package's `__main__` is not imported by its children."""

import sys

from jupyter_mlops.runs.serve import main

if __name__ == "__main__":
    sys.exit(main())
