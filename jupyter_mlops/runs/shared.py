"""Which values of a run are, or hold, one object of Run All, across all its steps. Pure.

node
    a value as one step hands it over: its name and that step, or no step for what set-up makes in every one. A value
    that a step passes on as it came is the node that it was before.
group
    the nodes that reached one object at the end of a step, as its manifest says (`aliases`). A value that was made of
    another one, under whatever name, is in a group with it: so an object is followed through every value that holds it.
copies
    two inputs of a step that hold one object of Run All, but came to the step as two: from different artifacts.

A path from node to node never uses two groups of one step, because their objects are different ones.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_mlops.artifacts.ref import IN, INSIDE, OUT, SETUP
from jupyter_mlops.pipeline.spec import Pipeline, Step

Manifests = Mapping[str, Mapping[str, Any]]
Node = tuple[str, str]


@dataclass(frozen=True)
class Held:
    """A value that a step has at its start; `source` is the step that hands it over, or empty for set-up."""

    name: str
    source: str
    node: Node


def precedes(step: Step, other: Step) -> bool:
    """Return whether Run All runs a cell of `step` before the last cell of `other`."""
    return step.name != other.name and step.cells[:1] < other.cells[-1:]


class Sharing:
    """The groups of all finished steps.

    Parameters
    ----------
    pipeline
        its steps are in a topological order.
    manifests
        step -> manifest, of the steps that have finished.
    """

    def __init__(self, pipeline: Pipeline, manifests: Manifests) -> None:
        self._pipeline = pipeline
        self._manifests = manifests
        #: Node -> the steps that have groups with it, and the other nodes of those groups.
        self._links: dict[Node, dict[str, set[Node]]] = {}
        #: Node -> pairs of names of inputs in it that are copies of one object, and the step that put them together.
        self._copies: dict[Node, set[tuple[str, str, str]]] = {}
        for step in pipeline.steps:
            groups = [self._nodes(step, group) for group in self._said(step, "aliases")]
            self._find_copies(step, groups)
            for group in groups:
                for node in group:
                    self._links.setdefault(node, {}).setdefault(step.name, set()).update(group - {node})

    def held(self, step: Step) -> list[Held]:
        """Return what a step has at its start."""
        found = [Held(name, "", (name, "")) for name in step.setup]
        return found + [Held(name, source, self._origin((name, source))) for name, source in step.inputs.items()]

    def changed(self, step: Step) -> list[Held]:
        """Return what a step was given and changed."""
        return [self._labelled(step, label) for label in self._said(step, "changed")]

    def touched(self, changer: Step, value: Held) -> set[Node]:
        """Return every node that may hold an object that `changer` changed through `value`."""
        same = [self._labelled(changer, label) for label in self._said(changer, "unchanged")]
        # A copy that came apart from `value` is unchanged just because it is a copy.
        unchanged = {other.node for other in same if not self.is_apart(changer, value, other)}
        return self._reached(value.node, unchanged, self._before(changer))

    def is_apart(self, step: Step, one: Held, other: Held) -> bool:
        """Return whether two values that a step has at its start came to it as different objects."""
        if one == other or not (one.source or other.source):
            return False
        if not (one.source and other.source):
            return True
        taken = self._said(step, "inputs")
        first, second = taken.get(one.name), taken.get(other.name)
        # Two names of one bundle are what they were in it.
        return not first or not second or first["key"] is None or first["digest"] != second["digest"]

    def came_by(self, taker: Step, value: Held) -> set[str]:
        """Return the steps whose changes an input has: the one that hands it over, and those that it came by."""
        taken = self._said(taker, "inputs") or {}
        ref = taken.get(value.name)
        routes = list(taker.via.get(value.name, ()))
        if ref is not None:
            routes = [route for route in routes if self._place(value.node, route) == (ref["digest"], ref["key"])]
        return {value.source, value.node[1], *self._chain(value.node, routes)}

    def _place(self, node: Node, route: str) -> tuple[str, str | None] | None:
        """Return digest and key by which a step passes a value on, inside an output or as one."""
        name, step = node[0], self._pipeline.step(route)
        ref = (self._said(step, "inside") or {}).get(":".join(node))
        if ref is None and self._origin((name, route)) == node:
            ref = (self._said(step, "outputs") or {}).get(name)
        return None if ref is None else (ref["digest"], ref["key"])

    def copies(self, nodes: Collection[Node]) -> list[tuple[str, str, str]]:
        """Return pairs of names that two copies of one object in the nodes came by, and the step that holds both."""
        return sorted({copy for node in nodes for copy in self._copies.get(node, ())})

    def _said(self, step: Step, field: str) -> Any:
        return self._manifests.get(step.name, {}).get(field, ())

    def _origin(self, node: Node) -> Node:
        name, step = node
        return name, self._manifests.get(step, {}).get("same", {}).get(name, step)

    def _labelled(self, step: Step, label: str) -> Held:
        name = label.removeprefix(SETUP)
        # Version 1 of the manifest does not say which of the two it is.
        source = "" if label != name else step.inputs.get(name, "")
        return Held(name, source, self._origin((name, source)))

    def _nodes(self, step: Step, group: Collection[str]) -> set[Node]:
        found: set[Node] = set()
        for label in group:
            place, colon, name = label.partition(":")
            if place + colon == OUT:
                found.add((name, step.name))
            elif place + colon == IN:
                found.add((name, step.inputs.get(name, "")))
            elif place + colon == SETUP:
                found.add((name, ""))
            elif place + colon == INSIDE:
                inner, _, maker = name.partition(":")
                found.add((inner, maker))
            else:
                # Version 1 of the manifest: the name as it came and as it is handed on.
                found |= {(label, step.inputs[label])} if label in step.inputs else set()
                found |= {(label, step.name)} if label in step.outputs else set()
                found |= {(label, "")} if label in step.setup else set()
        return {self._origin(node) for node in found}

    def _before(self, changer: Step) -> set[str]:
        """Return the steps whose groups say what a change in `changer` touches.

        What shares an object only later takes it from a step that did so already, and that one is looked at itself.
        """
        return {step.name for step in self._pipeline.steps if precedes(step, changer)}

    def _chain(self, node: Node, routes: Sequence[str]) -> Iterator[str]:
        for route in routes:
            step = self._pipeline.step(route)
            if self._place(node, route) is not None:
                yield route
                for value in self.held(step):
                    if value.node == node:
                        yield from self.came_by(step, value)
                yield from self._chain(node, step.passes.get(node[0], ())[1:])
                return

    def _find_copies(self, step: Step, groups: list[set[Node]]) -> None:
        before, given = self._before(step), self.held(step)
        for node in {node for group in groups for node in group if node[1] == step.name}:
            parts = [value for value in given if any({node, value.node} <= group for group in groups)]
            for place, one in enumerate(parts):
                found = set(self._copies.get(one.node, ()))
                for other in parts[place + 1 :]:
                    if self.is_apart(step, one, other) and other.node in self._reached(one.node, (), before):
                        found.add((one.name, other.name, step.name))
                if found:
                    self._copies.setdefault(node, set()).update(found)

    def _reached(self, start: Node, unchanged: Collection[Node], steps: Collection[str]) -> set[Node]:
        """Return the nodes on every path from `start` by groups of `steps`, not through those that are unchanged."""
        seen: set[tuple[Node, str]] = {(start, "")}
        queue = [(start, "")]
        while queue:
            node, came_by = queue.pop()
            for step, others in self._links.get(node, {}).items():
                if step == came_by or step not in steps:
                    continue
                for other in others:
                    if other not in unchanged and (other, step) not in seen:
                        seen.add((other, step))
                        queue.append((other, step))
        return {node for node, _ in seen}
