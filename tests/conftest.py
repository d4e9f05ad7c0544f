"""What holds for all tests: the default run is the same every time, and its slow files come first.

Generated examples are derived from the test's own source (`derandomize`), and none are remembered between runs. What a random
search finds becomes an explicit case; the search itself is ``make search`` (tests/pipeline/search.py).
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("fixed", derandomize=True, database=None, deadline=None, print_blob=True)
settings.load_profile("fixed")


# What takes minutes starts before the rest, so that two workers end together; `--no-loadscope-reorder` keeps the order.
_FIRST = ("slow", "browser", "kernel")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave long tests out, and put files with slow ones before those without; the order within a file stays."""
    slow: dict[Path, int] = {}
    for item in items:
        if item.get_closest_marker("long") and not os.environ.get("MLOPS_TEST_LONG"):
            item.add_marker(pytest.mark.skip(reason="takes minutes: `make test-long`"))
        is_run = item.get_closest_marker("skip") is None
        is_slow = is_run and any(item.get_closest_marker(name) for name in _FIRST)
        slow[item.path] = slow.get(item.path, 0) + is_slow
    items.sort(key=lambda item: -min(slow[item.path], 1))
