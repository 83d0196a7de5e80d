"""What all tests share: an offline process with a cache of its own, and one tiny trained run."""

import os
import tempfile

import pytest

from tests.support.invented import simple_dialogue, write_csv
from tests.support.tiny import TINY, config

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp(prefix="crisis-turns-tests-")  # not the user's cache


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory):
    """The folder of one finished two-epoch run on the small corpus below."""
    from crisis_turns.training.run import train

    folder = tmp_path_factory.mktemp("run")
    data = folder / "data"
    data.mkdir()
    for split, seed in (("train", 0), ("validation", 20), ("test", 40)):
        write_csv(data / f"{split}.csv", [simple_dialogue(f"d{seed + n}", seed + n) for n in range(8)])
    overrides = [*TINY, "data=table", f"data.path={data}", "data.tags=[alert_ongoing,confirm_SH_ongoing]"]
    return train(config(*overrides, "optim.epochs=2", f"run_dir={folder / 'run'}"))
