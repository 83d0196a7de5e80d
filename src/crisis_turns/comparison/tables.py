"""The tables of a comparison, and what a reader must know beside them."""

from collections.abc import Sequence

from crisis_turns.comparison.comparison_file import (
    BaselineDifferences,
    Comparison,
    ProperScore,
    SeedMean,
    SystemCalibration,
)
from crisis_turns.comparison.error_tables import errors_by_kind
from crisis_turns.comparison.text_table import TextTable
from crisis_turns.metrics.published import RankedSystem
from crisis_turns.words import SECTION_COLUMNS, decimal, percent, signed_percent, spaced, span

PROPER_SCORES: dict[ProperScore, str] = {"log_loss": "log loss", "brier": "Brier"}
FEW_SEEDS = 3


def tables(comparison: Comparison) -> list[TextTable]:
    """Scores and errors of the systems, and differences from the baseline."""
    found = [_scores(comparison)]
    if comparison["systems"][0]["figures"]:
        found.append(_figures(comparison))
    if all(system["errors"] for system in comparison["systems"]):
        found.append(errors_by_kind(comparison))
    calibrations = {system["name"]: system["calibration"] for system in comparison["systems"] if system["calibration"]}
    if len(calibrations) == len(comparison["systems"]):
        found.append(_calibration(calibrations))
    if comparison["comparison"]:
        found.append(_differences(comparison["comparison"], comparison["headline"]))
    if comparison["published"]:
        found.append(_published(comparison["published"]))
    return found


def notes(comparison: Comparison) -> list[str]:
    """What a reader must know beside the tables."""
    found = ["Scores in percent, mean ± sd over seeds; intervals over dialogues and seeds. Fit: median over seeds."]
    if _has_alarms(comparison):
        found.append(
            "Flagged: label-free dialogues with any flag. False flags: per 100 user turns before the first label."
        )
    if comparison["comparison"]:
        found.append(f"Test: {comparison['test']}.")
    if comparison["published"]:
        found.append("Published systems: each one's own prompt, rules and seeds, of which little is known.")
    if any(system["together"] for system in comparison["systems"]):
        found.append(
            "Seeds together: beliefs averaged in log odds, thresholds chosen anew on validation; one system, so its "
            "interval is over dialogues alone. Its fit is the sum."
        )
    seeds = [len(system["seeds"]) for system in comparison["systems"] if not system["together"]]
    few = sum(n < FEW_SEEDS for n in seeds)
    if few:
        found.append(
            f"{few} of {len(seeds)} systems have fewer than {FEW_SEEDS} seeds: how far training varies is not known."
        )
    return found


def _scores(comparison: Comparison) -> TextTable:
    shown = [name for name in SECTION_COLUMNS if name in comparison["systems"][0]["scores"]]
    alarms = _has_alarms(comparison)
    kind = "macro F1" if "accuracy" in shown else "micro F1"
    header = [
        "system",
        "seeds",
        *(f"{SECTION_COLUMNS[name]} {kind}" if name == "turn" else SECTION_COLUMNS[name] for name in shown),
    ]
    header.insert(3, "95 % interval")
    header += ["flagged", "false flags"] * alarms + ["fit, s"]
    rows = []
    for system in comparison["systems"]:
        seeds = f"{len(system['seeds'])} as one" if system["together"] else str(len(system["seeds"]))
        cells = [system["name"], seeds, *(_mean(system["scores"][name]) for name in shown)]
        cells.insert(3, span(system["scores"][comparison["headline"]]["ci95"]))
        if alarms:
            cells += [_mean(system["label_free_flagged"]), _mean(system["false_flags_per_100_turns"], scale=1)]
        rows.append((*cells, f"{system['fit_seconds']['median']:.1f}"))
    return TextTable("scores", tuple(header), rows)


def _figures(comparison: Comparison) -> TextTable:
    """As the files have them, keys in words so that columns can wrap."""
    systems = comparison["systems"]
    digits = {
        key: 3 if all(abs(system["figures"][key]["mean"] or 0) <= 1 for system in systems) else 1
        for key in systems[0]["figures"]
    }
    header = (", ".join(map(spaced, key.split("."))) for key in digits)
    rows = [
        (system["name"], *(_mean(system["figures"][key], 1, shown) for key, shown in digits.items()))
        for system in systems
    ]
    return TextTable("figures of the metrics files (shares between 0 and 1)", ("system", *header), rows)


def _has_alarms(comparison: Comparison) -> bool:
    """Exclusive classes have none, nor has a split without label-free dialogues."""
    return comparison["systems"][0]["label_free_flagged"]["mean"] is not None


def _calibration(calibrations: dict[str, SystemCalibration]) -> TextTable:
    """Log loss and Brier score by group of tags, and after scaling where every run was scored with it."""
    groups = list(next(iter(calibrations.values()))["before"]["scores"])
    header = (f"{group} {title}" for group in groups for title in PROPER_SCORES.values())
    rows = []
    for name, found in calibrations.items():
        sides = [side["scores"] for side in (found["before"], found["after"]) if side]
        cells = (
            " → ".join(f"{side[group][score]:.4f}" for side in sides) for group in groups for score in PROPER_SCORES
        )
        temperature = found["temperature"]
        rows.append((name, *cells, "–" if temperature is None else f"{temperature:.2f}"))
    title = "calibration of the probabilities, lower is better; → after temperature scaling on validation"
    return TextTable(title, ("system", *header, "temperature"), rows)


def _differences(found: BaselineDifferences, headline: str) -> TextTable:
    shown = [name for name in SECTION_COLUMNS if name in found["differences"][0]["scores"]]
    header = ("system", *(f"{SECTION_COLUMNS[name]} (95 % interval)" for name in shown), "p", "p, Holm")
    rows = []
    for system in found["differences"]:
        scores = system["scores"]
        cells = (f"{signed_percent(scores[name]['difference'])} ({span(scores[name]['ci95'])})" for name in shown)
        rows.append((system["name"], *cells, decimal(scores[headline]["p"], 4), decimal(scores[headline]["p_holm"], 4)))
    title = f"difference from {found['baseline']}, in points; p of {SECTION_COLUMNS[headline]}"
    return TextTable(title, header, rows)


def _published(systems: Sequence[RankedSystem]) -> TextTable:
    header = ("system", "turn micro F1", "dialogue", "size", "access", "from")
    rows: list[tuple[str, ...]] = [
        (
            f"→ {row['name']}" if row["ours"] else row["name"],
            percent(row["turn_micro_f1"], 2),
            percent(row["dialogue_micro_f1"], 2),
            row["size"] or "–",
            row["access"] or "–",
            "this comparison" if row["ours"] else ", ".join(filter(None, (row["source"], row["date"]))),
        )
        for row in systems
    ]
    return TextTable("beside the published results", header, rows)


def _mean(over_seeds: SeedMean, scale: float = 100, digits: int = 1) -> str:
    mean, sd = over_seeds["mean"], over_seeds["sd"]
    if mean is None:
        return "–"
    return f"{scale * mean:.{digits}f}" + ("" if sd is None else f" ± {scale * sd:.{digits}f}")
