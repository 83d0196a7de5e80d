"""A comparison as CSV: one row per system and figure, fractions rather than percent."""

import csv
import io
from typing import Any

COLUMNS = (
    "system", "seeds", "figure", "mean", "sd", "ci95_dialogues_low", "ci95_dialogues_high", "ci95_low", "ci95_high",
    "difference", "difference_ci95_low", "difference_ci95_high", "p", "p_holm",
)  # fmt: skip


def as_csv(record: dict[str, Any]) -> str:
    """The text of ``comparison.csv``."""
    comparison = record["comparison"] or {"differences": []}
    differences = {row["name"]: row["scores"] for row in comparison["differences"]}
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for system in record["systems"]:
        name, seeds = system["name"], len(system["seeds"])
        for figure, row in system["scores"].items():
            cells = {"system": name, "seeds": seeds, "figure": figure, "mean": row["mean"], "sd": row["sd"]}
            cells |= _ends("ci95_dialogues", row) | _ends("ci95", row)
            apart = differences.get(name, {}).get(figure)
            if apart:
                cells |= {key: apart[key] for key in ("difference", "p", "p_holm")}
                cells |= {f"difference_{key}": value for key, value in _ends("ci95", apart).items()}
            writer.writerow(cells)
        for figure in ("label_free_flagged", "false_flags_per_100_turns"):
            row = system[figure]
            cells = {"system": name, "seeds": seeds, "figure": figure, "mean": row["mean"], "sd": row["sd"]}
            writer.writerow(cells)
        seconds = system["fit_seconds"]["median"]
        writer.writerow({"system": name, "seeds": seeds, "figure": "fit_seconds_median", "mean": seconds})
    return text.getvalue()


def _ends(name: str, row: dict[str, Any]) -> dict[str, float | None]:
    return {f"{name}_low": row[name][0], f"{name}_high": row[name][1]}
