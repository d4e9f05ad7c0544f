"""The links of a notebook by the step that made them, and what a step takes of a chain of links. Pure.

A step that changes a value a thousand times makes a chain of a thousand links: each is looked at once.
"""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_mlops.notebook.facts import Link, Reading
from jupyter_mlops.notebook.names import Kind


class Chains:
    """The links of a reading, which keeps them: they are known by their `id`."""

    def __init__(self, reading: Reading) -> None:
        self._own: dict[tuple[str, str], list[Link]] = {}
        for name, links in reading.links.items():
            for link in links:
                self._own.setdefault((link.owner, name), []).append(link)
        self._given: dict[int, Link | None] = {}

    def own(self, owner: str, name: str) -> Sequence[Link]:
        """Return the links of a name that a step made, in reading order."""
        return self._own.get((owner, name), ())

    def given(self, owner: str, link: Link) -> Link | None:
        """Return the link that a step depends on: the first of the chain that is not its own, or a deletion.

        None where the step itself makes the whole value.
        """
        passed: list[Link] = []
        found: Link | None = link
        while found is not None and found.owner == owner and not (found.is_deleted and found.is_sure):
            if id(found) in self._given:
                found = self._given[id(found)]
                break
            passed.append(found)
            is_whole = found.is_sure and (found.kind is not Kind.DATA or found.before is None)
            found = None if is_whole else found.before
        self._given.update((id(own), found) for own in passed)
        return found
