"""What happens to the failed runs of a sweep: they are told again at its end, and the exit status says so."""

import os
import shutil
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.utils import JobReturn, JobStatus
from hydra.experimental.callback import Callback
from omegaconf import DictConfig

from crisis_turns.commands import app
from crisis_turns.files import read_text, write_text


class FailedRuns(Callback):
    """Collects errors as files in the sweep's folder: a launcher may have started a run on another machine."""

    def __init__(self) -> None:
        self.folder, self.common = Path(), set[str]()

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        self.folder = Path(config.hydra.sweep.dir).absolute() / f".failed-{os.getpid()}"
        given = OverridesParser.create().parse_overrides(list(config.hydra.overrides.task))
        self.common = {override.get_key_element() for override in given if not override.is_sweep_override()}

    def on_job_end(self, config: DictConfig, job_return: JobReturn, **kwargs: Any) -> None:
        error = job_return.return_value if job_return.status is JobStatus.COMPLETED else None
        if isinstance(error, Exception):
            own = [part for part in config.hydra.overrides.task if part.partition("=")[0] not in self.common]
            write_text(self.folder / f"{config.hydra.job.num:06d}", f"{' '.join(own)}: {error}")

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        failed = sorted(self.folder.glob("[0-9]*"))
        messages = [" ".join(read_text(path).split()) for path in failed]
        if messages:
            shutil.rmtree(self.folder)
            app.fail("\n".join(f"run failed: {message}" for message in messages))
