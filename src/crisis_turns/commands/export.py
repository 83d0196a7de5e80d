"""Write a trained run as a folder that runs without torch: ``python -m src.export run=DIR quantize=int8``."""

import logging
from pathlib import Path
from typing import Literal

import hydra
from omegaconf import DictConfig
from pydantic import BaseModel, ConfigDict

from crisis_turns.commands import app
from crisis_turns.commands.run_data import with_run_data
from crisis_turns.config import DataConfig, PathText, validated
from crisis_turns.errors import InputError
from crisis_turns.log import NOTE, logged_to
from crisis_turns.runs.folder import RunFolder
from crisis_turns.runs.load import load_run

log = logging.getLogger(__name__)


class ExportConfig(BaseModel):
    """The keys of ``conf/export.yaml``."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
    run: PathText
    """Folder of a trained run, or ``pretrained``: the tagger in the package (a folder of that name is
    ``./pretrained``).
    """
    data: DataConfig | None = None
    """The corpus whose validation split is compared on; ``null``: the run's own. ``data.path`` alone: where the run's
    own lies now.
    """
    out: PathText | None = None
    """Folder to write; ``null``: export-<quantize> in the run's folder (``run=pretrained`` needs one)."""
    quantize: Literal["none", "int8"] = "none"
    """``int8``: weights of the turn encoder's matrix products in 8 bits; thresholds are tuned again."""
    thresholds: PathText | None = None
    """A thresholds file, in place of the run's own."""


@hydra.main(version_base="1.3", config_path=str(app.CONF), config_name="export")
@app.job
def main(values: DictConfig) -> None:
    """Hydra's entry point."""
    config = validated(ExportConfig, with_run_data(app.values(values)))
    with logged_to():
        export(config)


def export(config: ExportConfig) -> Path:
    """Write the folder, whole or not at all, and print what its certificate says; returns where it is."""
    run = load_run(config.run, thresholds=config.thresholds)
    if run.exported:
        raise InputError(f"run={run.path}: expected the folder of a run, found an exported one")

    out = Path(config.out) if config.out else run.own_folder("out=DIR") / f"export-{config.quantize}"

    from crisis_turns.deploy.write_export import check_place, write_folder  # torch and onnx

    check_place(out)  # before validation is read; what replaces the folder asks again

    folder = RunFolder(run.path)
    corpus = run.corpus("validation", config.data)
    log.log(NOTE, "validation is tagged by the run and by the export: %d dialogues", len(corpus.dialogues))
    record = write_folder(
        out,
        run.tagger,
        run.trained,
        run.policy,
        validation=corpus,
        quantize=config.quantize,
        metrics=folder.scored,
        onsets=folder.onsets if folder.onsets.is_file() else None,
    )
    scores = record["turn_micro_f1"]
    print(
        f"parity on {record['n_user_turns']} user turns of {record['split']}: largest difference of a probability "
        f"{max(v for v in record['largest_difference'].values() if v is not None):.2g}, "
        f"{record['turns_alike']:.2%} of turns alike, "
        f"turn micro F1 {100 * scores['trained']:.1f} before and {100 * scores['exported']:.1f} after\n"
        f"exported: {out} ({sum(f.stat().st_size for f in out.iterdir()) / 1e6:.1f} MB)"
    )
    return out
