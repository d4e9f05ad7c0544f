"""Runs: their states, the runner that drives them, and the attempts that execute their steps."""
