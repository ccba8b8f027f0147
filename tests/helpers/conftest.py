"""Helpers compute where `--device` says."""

import pytest

from tests import accelerator


@pytest.fixture(autouse=True)
def _compute(request, monkeypatch):
    where = request.config.getoption("--device")
    if where == accelerator.NAME:
        accelerator.register()
    monkeypatch.setenv("HELPERS_DEVICE", where)
