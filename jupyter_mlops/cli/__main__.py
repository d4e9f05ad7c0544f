"""``python -m jupyter_mlops.cli``: the command line where the script is not on the path."""

from __future__ import annotations

import sys

from jupyter_mlops.cli.main import main

sys.exit(main())
