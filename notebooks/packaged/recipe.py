"""The command that trains a run again, read off its configuration."""

import json
import shlex
from typing import Any

from hydra import compose, initialize_config_dir

from crisis_turns.commands import app
from crisis_turns.config import RunConfig, check
from crisis_turns.config.keys import dotted


def composed(*overrides: str) -> RunConfig:
    """The training configuration of these keys, checked as the command does."""
    with initialize_config_dir(str(app.CONF), version_base="1.3"):
        return check(app.values(compose("train", list(overrides))))


def recipe(config: RunConfig, folder: str) -> str:
    """``python -m src.train …`` with what is not as by default.

    A student's teacher is written ``teacher=TEACHER``: its path says nothing elsewhere.

    Args:
        folder: the run folder to write.
    """
    default, chosen = composed(), []
    for group in ("model", "data", "encoder"):
        name = getattr(config, group).name
        if name != getattr(default, group).name:
            chosen.append(f"{group}={name}")
    if config.trainer.accelerator != default.trainer.accelerator:
        chosen.append(f"trainer={config.trainer.accelerator}")
    required = [f"data.path={config.data.path}"] if config.data.path else []
    tags = [f"data.tags={_text(config.data.tags)}"] if config.data.tags else []
    usual = dotted(composed(*chosen, *required, *tags).deciding)
    own = dotted(config.deciding)
    keys = [f"{key}={_text(value)}" for key, value in own.items() if value != usual.get(key, value)]
    taught = ["teacher=TEACHER"] if config.distill.identity else []
    words = [*chosen, *required, *tags, *keys, *taught, f"run_dir={folder}"]
    return " ".join(("python -m src.train", *map(shlex.quote, words)))


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{','.join(map(_text, value))}]"
    return value if isinstance(value, str) else json.dumps(value)
