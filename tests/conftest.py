"""Shared fixtures: a tiny random encoder, invented dialogues, one tiny trained run. Offline; nothing is downloaded.

Content note: the invented texts below name crises in plain, non-graphic words.
"""

import os
import tempfile
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir

from src import cli
from src.config import RunConfig, check
from src.data.dialogue import Dialogue, Speaker, Turn
from src.data.encode import TurnTokenizer
from src.data.table import Row
from src.model.encoder_source import load_backbone
from src.model.neural_tagger import NeuralTagger, build_tagger

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp(prefix="crisis-turns-tests-")  # not the user's cache

TINY = (
    "encoder=tiny", "encoder.trainable_layers=all", "optim.encoder_lr=5e-5",
    "model.width=16", "model.layers=2", "model.heads=2",
    "trainer.progress=false", "bootstrap=50",
)  # fmt: skip
FAST = ("model=fast", "model.static.width=8", "model.static.features=8")


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory):
    """The folder of one finished two-epoch run on the small corpus below."""
    from src.training.run import train

    folder = tmp_path_factory.mktemp("run")
    data = folder / "data"
    data.mkdir()
    for split, seed in (("train", 0), ("validation", 20), ("test", 40)):
        write_csv(data / f"{split}.csv", [simple_dialogue(f"d{seed + n}", seed + n) for n in range(8)])
    overrides = [*TINY, "data=table", f"data.path={data}", "data.tags=[alert_ongoing,confirm_SH_ongoing]"]
    return train(config(*overrides, "optim.epochs=2", f"run_dir={folder / 'run'}"))


def config(*overrides: str, name: str = "train") -> RunConfig:
    """A checked training configuration composed from conf/, as the command would."""
    with initialize_config_dir(str(cli.CONF), version_base="1.3"):
        return check(cli.values(compose(name, overrides=list(overrides))))


def tagger(*overrides: str) -> NeuralTagger:
    """An untrained tiny tagger in evaluation mode, as the configuration puts it together."""
    cfg = config(*TINY, *overrides)
    built = build_tagger(load_backbone(cfg.encoder.name), cfg)
    built.model.eval()
    return built


def tokenizer(max_tokens: int = 64, **options) -> TurnTokenizer:
    return TurnTokenizer(load_backbone("tiny").tokenizer, max_tokens=max_tokens, **options)


def dialogue(*turns: str, name: str = "d-0") -> Dialogue:
    """Turns written as "U text", "L text" or "U text | tag; tag"."""
    parsed = []
    for number, line in enumerate(turns):
        text, _, tags = line[2:].partition(" | ")
        speaker = Speaker.USER if line[0] == "U" else Speaker.LISTENER
        parsed.append(Turn(number, speaker, text, tuple(t.strip() for t in tags.split(";") if t)))
    return Dialogue(name, tuple(parsed))


def simple_dialogue(name: str, seed: int) -> Dialogue:
    """A dialogue whose tags a tiny model can learn: 'maybe' opens an Alert, 'again' a Confirm."""
    opening = ["L hello there", "L good to see you"][seed % 2 :][: seed % 3]
    alert = ["U maybe something is off | alert_ongoing", "L go on"] if seed % 4 else ["U fine day", "L good"]
    confirm = ["U i hurt myself again | confirm_SH_ongoing", "L thank you for telling me"] if seed % 3 else []
    return dialogue(*opening, "U hi", "L hello", *alert, *confirm, f"U bye number {seed}", name=name)


def write_csv(path: Path, dialogues: list[Dialogue]) -> Path:
    import csv

    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["dialogue_id", "turn_id", "text", "labels"])
        for d in dialogues:
            writer.writerows([d.id, t.turn_id, f"{t.speaker}: {t.text}", "; ".join(t.tags)] for t in d.turns)
    return path


def rows(*cells: tuple[int, str, str | None], source: str = "f.csv") -> list[Row]:
    return [Row(f"{source}, line {n}", None, turn, text, labels) for n, (turn, text, labels) in enumerate(cells, 2)]
