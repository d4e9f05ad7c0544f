"""What holds for all tests: the default run is the same every time.

Generated examples are derived from the test's own source (`derandomize`), and none are remembered between runs. What a random
search finds becomes an explicit case; the search itself is ``make search`` (tests/pipeline/search.py).
"""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("fixed", derandomize=True, database=None, deadline=None, print_blob=True)
settings.load_profile("fixed")
