"""Which steps may start: on generated graphs, every run comes to its end, and no step starts too early or for nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.pipeline.graph import ancestors, descendants
from jupyter_mlops.runs.drive import NOTHING, Room, allot, decide
from jupyter_mlops.runs.run import Status

Graph = dict[str, list[str]]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    names = [f"s{i}" for i in range(draw(st.integers(1, 9)))]
    return {
        name: draw(st.lists(st.sampled_from(names[:i]), unique=True, max_size=3)) if i else []
        for i, name in enumerate(names)
    }


@given(graph=graphs(), data=st.data())
def test_every_run_ends_and_every_step_is_where_it_belongs(graph: Graph, data: st.DataObject) -> None:
    bad = data.draw(st.sets(st.sampled_from(sorted(graph))))
    states = dict.fromkeys(graph, Status.PENDING)
    order: list[str] = []
    while (decision := decide(graph, states)).final is None:
        states |= dict.fromkeys(decision.skipped, Status.SKIPPED)
        assert decision.ready, "nothing runs and nothing may start, but the run is not over"
        step = data.draw(st.sampled_from(decision.ready))
        assert all(states[before] is Status.SUCCEEDED for before in ancestors(graph, step))
        states[step] = Status.FAILED if step in bad else Status.SUCCEEDED
        order.append(step)
    states |= dict.fromkeys(decision.skipped, Status.SKIPPED)
    assert len(order) == len(set(order))
    failed = {step for step in order if step in bad}
    below = {step for name in failed for step in descendants(graph, name)}
    assert {step for step, state in states.items() if state is Status.SKIPPED} == below
    assert {step for step, state in states.items() if state is Status.SUCCEEDED} == set(graph) - below - failed
    assert decision.final is (Status.FAILED if failed else Status.SUCCEEDED)


@given(graph=graphs(), data=st.data())
def test_a_cancel_ends_all_that_has_not_started(graph: Graph, data: st.DataObject) -> None:
    running = data.draw(st.sets(st.sampled_from(sorted(graph))))
    states = {step: Status.RUNNING if step in running else Status.PENDING for step in graph}
    decision = decide(graph, states, is_cancelled=True)
    assert decision.ready == ()
    assert set(decision.cancelled) == set(graph) - running
    assert (decision.final is None) == bool(running)


def test_whoever_finished_before_the_cancel_has_won() -> None:
    states = {"a": Status.SUCCEEDED, "b": Status.SUCCEEDED}
    assert decide({"a": [], "b": ["a"]}, states, is_cancelled=True).final is Status.SUCCEEDED


rooms = st.builds(Room, st.sampled_from([0.5, 1.0, 2.0, 4.0]), st.sampled_from([0.0, 1e9, 4e9]))
MACHINE = Room(4.0, 4e9)


@given(
    wanted=st.dictionaries(
        st.sampled_from("rstuv"), st.lists(st.tuples(st.uuids().map(str), rooms), max_size=5), max_size=5
    ),
    taken=st.integers(0, 4),
)
def test_the_machine_is_never_given_out_twice(wanted: dict[str, list[tuple[str, Room]]], taken: int) -> None:
    free = MACHINE - Room(float(taken))
    started = allot(wanted, {}, free)
    sizes = {(run, step): room for run, steps in wanted.items() for step, room in steps}
    assert free.holds(sum((sizes[pair] for pair in started), NOTHING))
    for run, steps in wanted.items():
        mine = [step for owner, step in started if owner == run]
        assert mine == [step for step, _ in steps][: len(mine)], "a step overtook another of its run"
    if taken == 0 and any(wanted.values()):
        assert started, "an empty machine, and nobody starts"


@given(st.integers(1, 40), st.integers(1, 40))
def test_two_runs_get_the_same_share(first: int, second: int) -> None:
    wanted = {"r": [(str(i), Room(1)) for i in range(first)], "s": [(str(i), Room(1)) for i in range(second)]}
    started = allot(wanted, {}, Room(8))
    counts = [sum(run == name for run, _ in started) for name in "rs"]
    assert sum(counts) == min(8, first + second)
    assert abs(counts[0] - counts[1]) <= 1 or min(counts) == min(first, second)


def test_a_step_that_wants_the_whole_machine_is_not_overtaken() -> None:
    wanted = {"r": [("big", Room(2))], "s": [("small", Room(1))]}
    assert allot(wanted, {"s": Room(1)}, Room(1)) == []
    assert allot(wanted, {}, Room(2)) == [("r", "big")]
