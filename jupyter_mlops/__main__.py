"""``python -m jupyter_mlops``: the command line."""

from __future__ import annotations

import sys

from jupyter_mlops.cli import main

sys.exit(main())
