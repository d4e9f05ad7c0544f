"""Which values of a run are, or hold, one object of Run All, across all its steps. Pure.

node
    a value as one step hands it over: its name and that step, or no step for what set-up makes in every one.
group
    the nodes that reached one object at the end of a step, as its manifest says (`aliases`). A value that was made of
    another one, under whatever name, is in a group with it: so an object is followed through every value that holds it.
copies
    two inputs of a step that hold one object of Run All, but came to the step as two: from different artifacts.

A path from node to node never uses two groups of one step, because their objects are different ones.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from jupyter_mlops.artifacts.ref import IN, OUT, SETUP
from jupyter_mlops.pipeline.spec import Pipeline, Step

Manifests = Mapping[str, Mapping[str, Any]]
Node = tuple[str, str]


def held(step: Step) -> dict[str, str]:
    """Return what a step has at its start: names and the steps that hand them over, or no step for set-up."""
    return {**dict.fromkeys(step.setup, ""), **step.inputs}


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
        #: Node -> pairs of inputs in it that are copies of one object, and the step that put them together.
        self._copies: dict[Node, set[tuple[str, str, str]]] = {}
        for step in pipeline.steps:
            groups = [_nodes(step, group) for group in manifests.get(step.name, {}).get("aliases", ())]
            self._find_copies(step, groups)
            for group in groups:
                for node in group:
                    self._links.setdefault(node, {}).setdefault(step.name, set()).update(group - {node})

    def touched(self, changer: Step, name: str) -> set[Node]:
        """Return every value that may hold an object that `changer` changed through its input `name`."""
        same = self._manifests.get(changer.name, {}).get("unchanged", ())
        # A copy that came apart from `name` is unchanged just because it is a copy.
        unchanged = {
            (other, source)
            for other, source in held(changer).items()
            if other in same and not self.is_apart(changer, name, other)
        }
        return self._reached((name, held(changer).get(name, "")), unchanged, self._before(changer))

    def _before(self, changer: Step) -> set[str]:
        """Return the steps whose groups say what a change in `changer` touches.

        What shares an object only later takes it from a step that did so already, and that one is looked at itself.
        """
        return {step.name for step in self._pipeline.steps if precedes(step, changer)}

    def is_apart(self, step: Step, name: str, other: str) -> bool:
        """Return whether two names that a step has at its start came to it as different objects."""
        if name == other:
            return False
        taken = self._manifests.get(step.name, {}).get("inputs", {})
        one, two = taken.get(name), taken.get(other)
        if one is None and two is None:
            return False
        return one is None or two is None or one["key"] is None or one["digest"] != two["digest"]

    def copies(self, nodes: Collection[Node]) -> Iterator[tuple[str, str, str]]:
        """Yield pairs of names that two copies of one object in the nodes came by, and the step that holds both."""
        found = {copy for node in nodes for copy in self._copies.get(node, ())}
        yield from sorted(found)

    def _find_copies(self, step: Step, groups: list[set[Node]]) -> None:
        inputs = list(held(step).items())
        made = {node for group in groups for node in group if node[1] == step.name}
        parts = {
            node: [pair for pair in inputs if any(node in group and pair in group for group in groups)] for node in made
        }
        before = self._before(step)
        for node, pairs in parts.items():
            for place, one in enumerate(pairs):
                inherited = self._copies.get(one, set())
                if inherited:
                    self._copies.setdefault(node, set()).update(inherited)
                for other in pairs[place + 1 :]:
                    if self.is_apart(step, one[0], other[0]) and other in self._reached(one, (), before):
                        self._copies.setdefault(node, set()).add((one[0], other[0], step.name))

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


def _nodes(step: Step, group: Collection[str]) -> set[Node]:
    found: set[Node] = set()
    for label in group:
        place, _, name = label.partition(":")
        if place + ":" == OUT:
            found.add((name, step.name))
        elif place + ":" == IN:
            found.add((name, step.inputs.get(name, "")))
        elif place + ":" == SETUP:
            found.add((name, ""))
        else:
            # Version 1 of the manifest: the name as it came and as it is handed on.
            found |= {(label, step.inputs[label])} if label in step.inputs else set()
            found |= {(label, step.name)} if label in step.outputs else set()
            found |= {(label, "")} if label in step.setup else set()
    return found
