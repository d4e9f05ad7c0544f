"""The public names of the package, and the rooms that are also verbs."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest

import jupyter_mlops

VERBS = set(
    "cancel check compile deploy deployments jobs logs models predict promote register retry run runs score show".split()
)


def test_the_public_names_are_these() -> None:
    assert set(jupyter_mlops.__all__) == VERBS | {"__version__"}


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_can_be_called(verb: str) -> None:
    assert callable(getattr(jupyter_mlops, verb))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing_like_it"):
        jupyter_mlops.nothing_like_it  # noqa: B018


@pytest.mark.parametrize("room", ["deployments", "jobs", "models", "runs"])
def test_a_room_that_is_a_verb_is_still_the_room(room: str) -> None:
    found: Any = getattr(jupyter_mlops, room)
    assert isinstance(found, ModuleType)
    assert found is sys.modules[f"jupyter_mlops.{room}"]


@pytest.mark.parametrize("room", ["deployments", "jobs", "models", "runs"])
def test_calling_the_room_calls_the_verb(room: str, monkeypatch: pytest.MonkeyPatch) -> None:
    api = ModuleType("jupyter_mlops.api")
    setattr(api, room, lambda *args, **kwargs: (args, kwargs))
    monkeypatch.setitem(sys.modules, "jupyter_mlops.api", api)
    found: Any = getattr(jupyter_mlops, room)
    assert found("churn", limit=3) == (("churn",), {"limit": 3})
