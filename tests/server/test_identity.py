"""Who acts: a name that a server authenticated, or one that a process says of itself and that proves nothing."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from jupyter_server.auth.identity import IdentityProvider, PasswordIdentityProvider

from jupyter_mlops.base.identity import Actor, acting, actor, username
from jupyter_mlops.db.session import Database
from jupyter_mlops.models.gates import Approval
from jupyter_mlops.models.settings import ModelSettings
from jupyter_mlops.server.handler import RouteHandler


def test_a_variable_is_no_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTERHUB_USER", "bob")
    assert actor() == Actor("bob", is_verified=False)
    with acting(Actor("ada", is_verified=True)):
        assert actor() == Actor("ada", is_verified=True)
    assert actor() == Actor("bob", is_verified=False)


def test_what_a_shell_says_does_not_change_what_an_authenticated_person_said(tmp_path: Path) -> None:
    database = Database(tmp_path)
    settings = ModelSettings(database)
    settings.approve("churn", 1, "bob", "seen it", is_verified=True)
    settings.approve("churn", 1, "bob", "forged")
    settings.approve("churn", 1, "ada", "from a shell")
    assert settings.approvals("churn", 1) == [Approval("bob", "seen it", True), Approval("ada", "from a shell")]
    settings.approve("churn", 1, "ada", "from the server", is_verified=True)
    assert settings.approvals("churn", 1)[1] == Approval("ada", "from the server", True)
    database.close()


class Hub(IdentityProvider):
    """A provider that logs people in."""


@pytest.mark.parametrize(
    ("provider", "name", "is_verified"),
    [
        (Hub, "ada", True),
        (Hub, "anonymous", False),
        (Hub, "", False),
        (IdentityProvider, "a-name-made-up-for-a-browser", False),
        (PasswordIdentityProvider, "a-name-made-up-for-a-browser", False),
    ],
)
def test_the_server_vouches_for_those_whom_it_logged_in(provider: type, name: str, is_verified: bool) -> None:
    handler = SimpleNamespace(current_user=SimpleNamespace(username=name), identity_provider=provider())
    found = RouteHandler._actor(handler)  # type: ignore[arg-type]
    assert found == (Actor(name, is_verified=True) if is_verified else Actor(username()))
