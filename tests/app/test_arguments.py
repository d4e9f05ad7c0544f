"""Doctor warns of secrets on command lines, and does not repeat them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from jupyter_mlops.app.arguments import exposed, has_secret

SECRET = [
    ["jupyter", "lab", "--ServerApp.token=canary1"],
    ["jupyter", "lab", "--IdentityProvider.token", "canary1"],
    ["jupyter", "lab", "--PasswordIdentityProvider.hashed_password=argon2:canary1"],
    ["curl", "http://127.0.0.1:8888/api?token=canary1"],
    ["mlflow", "server", "--backend-store-uri", "postgresql://user:canary1@host/db"],
    ["x", "--backend-store-uri=postgresql://user:canary1@host/db"],
    ["x", "--api-key", "canary1"],
    ["x", "--aws-secret=canary1"],
]
PLAIN = [
    ["jupyter", "lab", "--port=8888"], ["x", "--ServerApp.token="], ["x", "--token-file=/a"], ["x", "sqlite:////a@b"],
    ["tokenizer", "--tokens", "5"], ["x", "https://host/a@b"], [],
]  # fmt: skip


@pytest.mark.parametrize("words", SECRET, ids=" ".join)
def test_a_secret_is_seen_and_not_repeated(words: list[str]) -> None:
    assert has_secret(words)
    assert "canary" not in str(exposed([(7, words)]))
    assert exposed([(7, words)])[0].startswith("7 (")


@pytest.mark.parametrize("words", PLAIN, ids=" ".join)
def test_others_are_not(words: list[str]) -> None:
    assert not has_secret(words)


def test_a_process_of_ours_is_found() -> None:
    code = "import sys; sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code, "--token=canary1"], stdin=subprocess.PIPE) as process:
        assert any(text.startswith(f"{process.pid} (") for text in exposed())
        process.kill()
