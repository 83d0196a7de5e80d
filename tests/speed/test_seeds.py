"""``target=seeds``: what is told of a command that fails."""

import subprocess

import pytest
from hydra import compose, initialize_config_dir

from crisis_turns.commands import app
from crisis_turns.config import validated
from crisis_turns.errors import InputError
from crisis_turns.speed.seeds import measure
from crisis_turns.speed.settings import BenchmarkConfig


@pytest.mark.parametrize(
    ("status", "errors", "told"),
    [(-9, "", "status -9: it says nothing"), (2, "note: a\nerror: b\n", "status 2: error: b")],
)
def test_a_command_that_fails_is_told_with_its_last_line_if_it_has_one(monkeypatch, status, errors, told):
    monkeypatch.setattr(subprocess, "run", lambda *a, **_: subprocess.CompletedProcess(a, status, "", errors))
    with initialize_config_dir(str(app.CONF), version_base="1.3"):
        config = validated(BenchmarkConfig, app.values(compose("benchmark", overrides=["target=seeds"])))
    with pytest.raises(InputError, match=f"a training command failed with {told}"):
        measure(config)
