"""A link out of the notebook's folder freezes nothing but Python source."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlops.base.errors import UsageError
from jupyter_mlops.jobs.modules import local_modules


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "notebooks" / "pkg").mkdir(parents=True)
    (tmp_path / "notebooks" / "pkg" / "__init__.py").write_text("")
    (tmp_path / "id_rsa").write_text("-----BEGIN OPENSSH PRIVATE KEY-----")
    (tmp_path / "shared.py").write_text("X = 1")
    return tmp_path / "notebooks"


@pytest.mark.parametrize("link", ["pkg/data", "pkg/key.py", "key.py"])
def test_a_key_is_not_frozen(link: str, root: Path) -> None:
    (root / link).symlink_to(root.parent / "id_rsa")
    with pytest.raises(UsageError) as caught:
        local_modules(["import pkg, key"], root)
    assert caught.value.code == "job.link"


def test_a_shared_module_is(root: Path) -> None:
    (root / "shared.py").symlink_to(root.parent / "shared.py")
    (root / "pkg" / "inside").symlink_to(root / "pkg" / "__init__.py")
    assert {str(file) for file in local_modules(["import shared, pkg"], root).files} >= {"shared.py", "pkg/__init__.py"}
