"""Which names may share an object at the point reached, as groups that are joined and left. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Group = set[str]


class Ties:
    """Each name is in one group; the names of a group may share objects."""

    def __init__(self) -> None:
        self._groups: dict[str, Group] = {}

    def group(self, name: str) -> Group:
        """Return the group of a name; it stays the same object while names join and leave."""
        return self._groups.setdefault(name, {name})

    def part(self, name: str) -> None:
        """Take a name out of its group: it has another object from now on."""
        group = self._groups.pop(name, None)
        if group is not None:
            group.discard(name)

    def tie(self, name: str, group: Group) -> None:
        """Put a name, with its group, into a group that was looked up before; no-op when all others have left that."""
        if not group:
            return
        other = self._groups.get(next(iter(group)), group)
        own = self.group(name)
        if own is other:
            return
        small, large = sorted((own, other), key=len)
        large |= small
        for member in small:
            self._groups[member] = large

    def reached(self, name: str, aliases: Mapping[str, Iterable[str]]) -> Group:
        """Return the names that may share an object with `name`, also through the `aliases` that a statement makes."""
        found: Group = set()
        queue = [name]
        while queue:
            known = queue.pop()
            if known in found:
                continue
            found |= self._groups.get(known, set()) | {known}
            for target, roots in aliases.items():
                if target in found:
                    queue += [root for root in roots if root not in found]
                elif not found.isdisjoint(roots):
                    queue.append(target)
        return found
