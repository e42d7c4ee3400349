"""What `make` gives the installer of packages."""

from pathlib import Path

import pytest

from include.local_stack.install import uv_environment


def test_a_user_without_a_home_installs_without_a_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://index.invalid/simple")
    monkeypatch.delenv("UV_NO_CACHE", raising=False)

    monkeypatch.setenv("HOME", str(tmp_path))
    assert "UV_NO_CACHE" not in uv_environment()

    monkeypatch.setenv("HOME", str(tmp_path / "nowhere"))
    assert uv_environment()["UV_NO_CACHE"] == "1"
