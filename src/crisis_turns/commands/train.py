"""Train one tagger: ``python -m src.train model=hier_crf``. The recipe; the parts are elsewhere."""

import hydra
from omegaconf import DictConfig

from crisis_turns.commands import app
from crisis_turns.commands.score_tables import print_scores
from crisis_turns.commands.sweep import put_off
from crisis_turns.config import RunConfig, check
from crisis_turns.runs.folder import read_record
from crisis_turns.words import percent


@hydra.main(version_base="1.3", config_path=str(app.CONF), config_name="train")
@app.job
def main(values: DictConfig) -> None:
    """Hydra's entry point."""
    config = check(app.values(values))
    if not put_off(config):
        run(config, brief=app.in_sweep())


def run(config: RunConfig, *, brief: bool) -> None:
    """Train, or show what an earlier identical run has found: the tables, or one line where many runs follow."""
    from crisis_turns.training.run import train  # torch and Lightning

    if config.quiet:
        config = config.model_copy(update={"trainer": config.trainer.model_copy(update={"progress": False})})
    folder = train(config)
    split = "test" if config.score_test else "validation"
    if config.quiet:
        return
    if brief:
        name, score = ("macro F1", "macro_f1") if config.data.exclusive else ("micro F1", "micro_f1")
        scored = {path.stem.removeprefix("metrics-"): read_record(path, "turn") for path in folder.scored}
        told = (f"{split} {percent(found['turn'][score])}" for split, found in scored.items())
        print(f"{folder.path}: turn {name}: {', '.join(told)}", flush=True)
        return
    print_scores(read_record(folder.metrics(split), "turn"), system=config.system)
    print(f"run folder: {folder.path}\nreport: {folder.report}")
