"""Baseline table, learning curve and probe table on the embedded corpus: ``python -m notebooks.baselines``.

Encoders are frozen, so a run takes seconds once the turn vectors are cached (``model=fast``: under a minute). With the
word ``tuned`` after the command the tables also have ``hier_crf`` with the encoder's top two layers tuned: fifteen runs
of five to ten minutes on two cores. Finished runs are not repeated. Settings were chosen on validation; test is scored
once per run. Writes ``notebooks/baselines.md`` and ``notebooks/figures/learning-curve.png``.
"""

import sys
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from hydra import compose, initialize_config_dir

from crisis_turns.commands import app
from crisis_turns.commands.evaluate import EvaluateConfig, evaluate
from crisis_turns.config import RunConfig, check
from crisis_turns.files import read_json, write_text
from crisis_turns.runs.folder import RunFolder
from crisis_turns.training.run import train

SEEDS = range(1, 6)
FROZEN = ("encoder.trainable_layers=0", "optim.epochs=20", "optim.patience=6")
SYSTEMS: dict[str, tuple[str, ...]] = {
    "TF-IDF + logistic regression": ("model=tfidf",),
    "turn_only (sigmoid per turn)": ("model=turn_only", *FROZEN),
    "hier_crf, head=independent": ("model=hier_crf", "head=independent", *FROZEN),
    "hier_crf, head=onset": ("model=hier_crf", *FROZEN),
    "hier_crf, head=hazard": ("model=hier_crf", "head=hazard", *FROZEN),
    "fast, head=hazard": ("model=fast",),
}
TUNED = {
    f"hier_crf, head={head}, tuned": ("model=hier_crf", f"head={head}", "trainer.precision=bf16")
    for head in ("independent", "onset", "hazard")
}
CURVED = ("TF-IDF + logistic regression", "hier_crf, head=onset")
SIZES = (50, 100, 200, 400)
COLUMNS = {"turn": "turn", "dialogue": "dialogue", "turn_confirm": "Confirm", "turn_alert": "Alert"}
HERE = Path(__file__).parent


def configured(*overrides: str) -> RunConfig:
    with initialize_config_dir(str(app.CONF), version_base="1.3"):
        return check(app.values(compose("train", overrides=["trainer.progress=false", "quiet=true", *overrides])))


def runs_of(system: str, *extra: str) -> list[RunFolder]:
    """One run per seed; TF-IDF has no randomness, so one."""
    keys = (SYSTEMS | TUNED)[system]
    seeds = SEEDS if "tfidf" not in keys[0] else range(1, 2)
    return [train(configured(*keys, *extra, f"seed={seed}")) for seed in seeds]


def spread(values: list[float]) -> str:
    scaled = [100 * v for v in values]
    return f"{mean(scaled):.1f} ± {stdev(scaled):.1f}" if len(scaled) > 1 else f"{scaled[0]:.1f}"


def scores(runs: list[RunFolder], section: str, split: str = "test") -> list[float]:
    return [read_json(run.metrics(split))[section]["micro_f1"] or 0.0 for run in runs]


def table(runs: dict[str, list[RunFolder]]) -> str:
    lines = ["| system | seeds | " + " | ".join(COLUMNS.values()) + " | 95 % interval, first seed | validation, turn |"]
    lines.append("|---|---|" + "---|" * (len(COLUMNS) + 2))
    for system, folders in runs.items():
        low, high = read_json(folders[0].metrics("test"))["turn"]["micro_f1_ci95"]
        cells = [spread(scores(folders, section)) for section in COLUMNS]
        last = [f"{100 * low:.1f} to {100 * high:.1f}", spread(scores(folders, "turn", "validation"))]
        lines.append(f"| {system} | {len(folders)} | " + " | ".join([*cells, *last]) + " |")
    return "\n".join(lines)


def probe_table(runs: dict[str, list[RunFolder]]) -> str:
    """By phenomenon, mean over seeds: share of label-free probes with any flag, of minimal pairs with both right."""
    found = {system: [probed(folder) for folder in folders] for system, folders in runs.items()}
    lines = ["| phenomenon | n | " + " | ".join(found) + " |", "|---|---|" + "---|" * len(found)]
    for name, row in next(iter(found.values()))[0].items():
        key = "flagged" if "flagged" in row else "both_right"
        n = f"{row['n_dialogues']}" if key == "flagged" else f"{row['n_pairs']} pairs, both right"
        cells = [f"{100 * mean(seed[name][key] for seed in seeds):.0f} %" for seeds in found.values()]
        lines.append(f"| {name.replace('_', ' ')} | {n} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def probed(folder: RunFolder) -> dict[str, Any]:
    config = EvaluateConfig(
        run=str(folder.path), predictions=None, data=configured("data=probes").data, split="test",
        run_dir=f"{folder.path}/probes", bootstrap=100, token_budget=8192, quiet=True,
    )  # fmt: skip
    section: dict[str, Any] = evaluate(config)["probes"]
    return section


def learning_curve(path: Path) -> str:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 3.6), layout="constrained")
    axes = figure.subplots()
    lines = ["| training dialogues | " + " | ".join(CURVED) + " |", "|---|" + "---|" * len(CURVED)]
    cells: dict[int, list[str]] = {size: [] for size in SIZES}
    for system, style in zip(CURVED, ("s--", "o-"), strict=True):
        points = {
            size: scores(runs_of(system, *([] if size == max(SIZES) else [f"data.train_limit={size}"])), "turn")
            for size in SIZES
        }
        middle = [100 * mean(v) for v in points.values()]
        bars = [100 * stdev(v) if len(v) > 1 else 0 for v in points.values()]
        axes.errorbar(SIZES, middle, yerr=bars, fmt=style, capsize=3, label=system)
        for size, values in points.items():
            cells[size].append(spread(values))
    axes.set(xscale="log", xlabel="training dialogues", ylabel="test turn micro F1 (%)", ylim=(0, None))
    axes.set_xticks(SIZES, [str(size) for size in SIZES])
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, dpi=110)
    return "\n".join([*lines, *(f"| {size} | " + " | ".join(row) + " |" for size, row in cells.items())])


def main(asked: list[str]) -> None:
    if asked not in ([], ["tuned"]):
        sys.exit(f"python -m notebooks.baselines [tuned]: found {' '.join(asked)}")
    runs = {system: runs_of(system) for system in (SYSTEMS | TUNED if asked else SYSTEMS)}
    parts = [table(runs), learning_curve(HERE / "figures" / "learning-curve.png"), probe_table(runs)]
    write_text(HERE / "baselines.md", "\n\n".join(["# Baselines on the embedded corpus", *parts]) + "\n")
    print("\n\n".join(parts))


if __name__ == "__main__":
    main(sys.argv[1:])
