"""The command line, ``jupyter mlops``: translates words to verbs and answers to text; decides nothing."""

from __future__ import annotations

from jupyter_mlops.cli.main import main

__all__ = ["main"]
