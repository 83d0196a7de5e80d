"""A sweep: its runs go beside each other where this machine has free cores; failed ones are told again at its end."""

import os
import shutil
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.utils import JobReturn, JobStatus
from hydra.experimental.callback import Callback
from omegaconf import DictConfig

from crisis_turns.commands import app
from crisis_turns.commands.side_by_side import WaitingRun, shares, side_by_side
from crisis_turns.config import RunConfig
from crisis_turns.files import read_text, write_text

_waiting: list[WaitingRun] | None = None
"""Runs that a sweep of this process has put off until it knows them all; ``None`` where runs are begun at once."""


def put_off(config: RunConfig) -> bool:
    """Whether a sweep does the run later, beside others; a GPU and Hydra's other launchers take runs as they come."""
    trainer = config.trainer
    if _waiting is None or trainer.accelerator == "gpu" or trainer.devices not in (1, "auto"):
        return False
    sweep = HydraConfig.get()
    _waiting.append(WaitingRun(sweep.job.num, list(sweep.overrides.task), config))
    return True


class Sweep(Callback):
    """Collects errors as files in the sweep's folder: a launcher may have started a run on another machine."""

    def __init__(self) -> None:
        self.folder, self.common = Path(), set[str]()
        self.threads: int | None = None

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        global _waiting
        self.folder = Path(config.hydra.sweep.dir).absolute() / f".failed-{os.getpid()}"
        given = OverridesParser.create().parse_overrides(list(config.hydra.overrides.task))
        self.common = {override.get_key_element() for override in given if not override.is_sweep_override()}
        told = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0]
        self.threads = int(told) if told.isdigit() else None
        _waiting = [] if config.hydra.launcher._target_.endswith(".BasicLauncher") else None

    def on_job_end(self, config: DictConfig, job_return: JobReturn, **kwargs: Any) -> None:
        error = job_return.return_value if job_return.status is JobStatus.COMPLETED else None
        if isinstance(error, Exception):
            self._failed(config.hydra.job.num, list(config.hydra.overrides.task), error)

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        global _waiting
        runs, _waiting = _waiting, None
        if runs:
            for run, error in side_by_side(runs, shares(runs, threads=self.threads)):
                if error:
                    self._failed(run.number, run.overrides, error)
        failed = sorted(self.folder.glob("[0-9]*"))
        messages = [" ".join(read_text(path).split()) for path in failed]
        if messages:
            shutil.rmtree(self.folder)
            app.fail("\n".join(f"run failed: {message}" for message in messages))

    def _failed(self, number: int, overrides: list[str], error: Exception) -> None:
        own = [part for part in overrides if part.partition("=")[0] not in self.common]
        write_text(self.folder / f"{number:06d}", f"{' '.join(own)}: {error}")
