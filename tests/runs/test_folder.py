"""A run's configuration, read back: whatever stands in the file, it is a configuration or a sentence."""

import pytest

from crisis_turns.errors import InputError
from crisis_turns.runs.folder import RunFolder, load_config


@pytest.mark.parametrize("text", ["a: [", "- " * 100_000, "seed: " + "9" * 5000, "seed: 2024-99-99", "seed", "\0"])
def test_a_broken_configuration_is_refused_with_its_name(tmp_path, text):
    (tmp_path / "config.yaml").write_text(text)
    with pytest.raises(InputError, match=r"config.yaml: (not YAML|expected keys and values)"):
        load_config(RunFolder(tmp_path))
