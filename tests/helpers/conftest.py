"""Helpers compute where `--device` says."""

import pytest

from tests import accelerator


@pytest.fixture(scope="session")
def _variables(request, tmp_path_factory) -> dict[str, str]:
    """What helpers find in the environment, and the processes that a test starts."""
    where = request.config.getoption("--device")
    if where != accelerator.NAME:
        return {"HELPERS_DEVICE": where}
    accelerator.register()
    return accelerator.plug(tmp_path_factory.mktemp("plug"))


@pytest.fixture(autouse=True)
def _compute(_variables, monkeypatch):
    for name, value in _variables.items():
        monkeypatch.setenv(name, value)
