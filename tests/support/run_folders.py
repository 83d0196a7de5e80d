"""Run folders as training leaves them, made without training."""

import dataclasses
from pathlib import Path

import numpy as np

from crisis_turns.files import write_json
from crisis_turns.metrics.calibration import calibration
from crisis_turns.metrics.error_kinds import error_record
from crisis_turns.metrics.metric_table import scored_sections
from crisis_turns.metrics.temperature import scaled
from crisis_turns.predictions.format import write_predictions
from crisis_turns.runs.folder import RunFolder, save_config
from crisis_turns.tags import CRADLE
from tests.support.tables import random_dialogues
from tests.support.tiny import config


def finished_run(
    parent: Path, *overrides: str, hits: float = 0.5, split: str = "validation", sha: str = "a",
    temperature: float | None = None,
) -> Path:  # fmt: skip
    """A finished run whose predictions hit this share of the gold tags, and as many wrong ones; with a temperature, one
    that gives probabilities, and was scored with ``calibrate=true``.
    """
    configured = config("trainer.progress=false", "score_test=false", f"runs_dir={parent}", *overrides)
    folder = RunFolder(Path(configured.folder))
    rng = np.random.default_rng([configured.seed, *map(ord, "".join(overrides))])
    dialogues = []
    for d in random_dialogues(0, n=30, n_tags=16, share=0.06):
        hit = d.gold & (rng.random(d.gold.shape) < hits)
        wrong = ~d.gold & (rng.random(d.gold.shape) < 0.06 * hits)
        begun, onset = rng.random(d.gold.shape), rng.random(d.gold.shape) if temperature else None
        dialogues.append(dataclasses.replace(d, predicted=hit | wrong, begun=begun, onset=onset))
    save_config(folder, configured)
    write_predictions(folder.predictions(split), dialogues, CRADLE)
    about = {"scorer_version": "2.0", "data_sha256": sha, "corpus": "mini", "split": split, "n_dialogues": 30}
    phenomena = {d.dialogue_id: frozenset(("idiom", "denial")[: 1 + n % 2]) for n, d in enumerate(dialogues)}
    errors = {"errors": error_record(dialogues, CRADLE, phenomena)}
    record = about | scored_sections(dialogues, CRADLE, resamples=20) | errors
    if temperature:
        after = calibration(scaled(dialogues, temperature, exclusive=False), CRADLE)
        record["calibration"]["scaled"] = {"temperature": temperature, **after}
    write_json(folder.metrics(split), record)
    write_json(folder.finished, {"fit_s": 10.0 + configured.seed, "total_s": 20.0})
    return folder.path
