"""Train one tagger: ``python -m src.train model=hier_crf``. The recipe; the parts are elsewhere."""

import hydra
from omegaconf import DictConfig

from src import cli
from src.config import RunConfig, check


@hydra.main(version_base="1.3", config_path="../conf", config_name="train")
@cli.job
def main(values: DictConfig) -> None:
    """Hydra's entry point."""
    config = check(cli.values(values))
    run(config)


def run(config: RunConfig) -> None:
    """Train, or show what an earlier identical run has found."""
    from src.files import read_json
    from src.summary import print_scores
    from src.training.run import train

    if config.quiet:
        config = config.model_copy(update={"trainer": config.trainer.model_copy(update={"progress": False})})
    folder = train(config)
    split = "test" if config.score_test else "validation"
    if not config.quiet:
        print_scores(read_json(folder.metrics(split)), system=config.system)
        print(f"run folder: {folder.path}\nreport: {folder.report}")


if __name__ == "__main__":
    cli.start(main)
