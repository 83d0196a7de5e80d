"""The tables of the documents that hold measured figures: ``python -m tests.documents.results`` writes them anew.

Each is made from committed files of ``notebooks/results``. Every folder there is one set of runs, and its
``record.json`` says what was run, when, where, by which commands, and at which commit; what is not known is
``"unknown"``.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from crisis_turns.words import percent, signed_percent, span
from tests.support.checkout import ROOT

RESULTS = ROOT / "notebooks" / "results"
UNKNOWN = "unknown"
SHIPPED = "pretrained"
SYSTEMS = {
    "TF-IDF": "tfidf",
    "`fast`": "fast-s1",
    "`fast`, taught by `hier_crf`": "fast-taught-s1",
    "`hier_crf` (`make train`): `run=pretrained`": SHIPPED,
}
"""Rows of the README's table: name, and the files of ``results/embedded`` that its figures are from."""
SPLITS = ("validation", "dev", "test")
PROBES = {
    "flagged": "flagged (false alarms)",
    "flagged_at_once": "flagged at once",
    "right_at_once": "right tag at once",
    "both_right": "pairs both right",
}
ERRORS = "wrong_time", "wrong_type", "early", "late", "later_mention", "false_alarm", "missed", "silent_miss"


def pages() -> dict[Path, dict[str, str]]:
    """Each page with its generated parts, by the names that stand in ``<!-- NAME -->`` and ``<!-- /NAME -->``."""
    return {
        ROOT / "README.md": {"scores": _scores()},
        ROOT / "notebooks" / "README.md": {"sets": _sets(), "tables": _tables()},
        ROOT / "notebooks" / "results-embedded.md": {
            "systems": _systems(),
            "paired": _paired(),
            "probes": _probes(),
            "errors": _errors(),
        },
    }


def generated(page: str, parts: dict[str, str]) -> str:
    """The page with its parts as they should be."""
    for name, content in parts.items():
        page, n = re.subn(
            rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)",
            lambda at, said=content: f"{at[1]}{said}\n{at[2]}",
            page,
            flags=re.S,
        )
        assert n == 1, f"expected the part '{name}' once, found {n}"
    return page


def folders() -> list[Path]:
    return sorted(path for path in RESULTS.iterdir() if path.is_dir())


def record(folder: Path) -> dict[str, Any]:
    """The folder's ``record.json``."""
    return _read(folder / "record.json")


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _sets() -> str:
    rows = []
    for folder in folders():
        said = record(folder)
        name = f"[{folder.name}](results/{folder.name}/record.json)"
        rows.append((name, said["what"], str(said["runs"]), said["date"], _commit(said), _commands(said["train"])))
    return _table(("runs", "what", "number", "date", "commit", "trained by"), rows)


def _tables() -> str:
    rows = [row for folder in folders() for row in _rows(folder)]
    return _table(("table", "split", "baseline", "made by"), rows)


def _rows(folder: Path) -> Iterator[tuple[str, ...]]:
    for table in record(folder)["tables"]:
        path = folder / table["file"]
        shown = path.with_suffix(".md") if path.with_suffix(".md").is_file() else path
        name = f"[{folder.name}/{shown.relative_to(folder).with_suffix('')}]({shown.relative_to(ROOT / 'notebooks')})"
        derived = ", derived" if table.get("derived") else ""
        yield (name, *_beside(path), _commands([table["command"]]) + derived)


def _commit(said: dict[str, Any]) -> str:
    """That of the code, or else that which brought the figures."""
    return said["commit"] if said["commit"] != UNKNOWN else f"in {said['recorded_in']}"


def _commands(texts: list[str]) -> str:
    return "<br>".join(f"`{text}`" if text.startswith("python ") else text for text in texts) or "–"


def _beside(path: Path) -> tuple[str, str]:
    """Split and baseline, as the result says them."""
    found = _read(path)
    if "differences" in found:  # further differences: the comparison beside it has the split
        return _read(path.parent / "comparison.json")["split"], found["baseline"]
    if "target" in found:
        return found.get("data", {}).get("split", "–"), found.get("base", "plain loop")
    if "systems" in found:
        return found["split"], found["comparison"]["baseline"]
    name = "probes" if "probes" in found else found["split"]
    return name, "TF-IDF" if "comparison" in found else "–"


def _scores() -> str:
    rows = []
    for name, file in SYSTEMS.items():
        found = _embedded(file, "test")
        shares = (_part(found, "plain"), _part(found, "oblique"), _f1(found["turn_confirm"]), _f1(found["turn_alert"]))
        rows.append((name, _f1(found["turn"]), span(found["turn"]["micro_f1_ci95"]), *shares))
    return _table(("system", "whole", "95 % interval", "plain", "oblique", "Confirm", "Alert"), rows)


def _systems() -> str:
    rows = []
    for name, file in SYSTEMS.items():
        for split in SPLITS:
            found = _embedded(file, split)
            cells = (_f1(found["turn"]), span(found["turn"]["micro_f1_ci95"]), _part(found, "plain"))
            more = (_part(found, "oblique"), *(_f1(found[key]) for key in ("turn_confirm", "turn_alert", "dialogue")))
            rows.append((name, split, *cells, *more, percent(found["false_alarms"]["label_free_flagged"])))
    shown = ("whole", "interval", "plain", "oblique", "Confirm", "Alert", "dialogue", "label-free flagged")
    return _table(("system", "split", *shown), rows)


def _paired() -> str:
    found = _read(RESULTS / "embedded" / f"{SHIPPED}-against-tfidf.json")["comparison"]
    named = {"whole": found["sections"]["turn"], **found["parts"]}
    named |= {"Confirm": found["sections"]["turn_confirm"], "Alert": found["sections"]["turn_alert"]}
    named |= {"dialogue": found["sections"]["dialogue"]}
    rows = [(key, signed_percent(row["difference"]), span(row["difference_ci95"])) for key, row in named.items()]
    return _table(("`run=pretrained` minus TF-IDF, test", "points", "95 % interval"), rows)


def _probes() -> str:
    """What is flagged of each kind; of statements also what has the right tag, of pairs those that are both right."""
    systems = [_embedded(file, "probes")["probes"] for file in ("tfidf", SHIPPED)]
    rows = []
    for name in sorted(systems[0]):
        for key, what in PROBES.items():
            if key in systems[0][name]:
                n = systems[0][name].get("n_dialogues") or systems[0][name]["n_pairs"]
                rows.append((name.replace("_", " "), str(n), what, *(percent(found[name][key]) for found in systems)))
    return _table(("probes", "n", "what", "TF-IDF", "`run=pretrained`"), rows)


def _errors() -> str:
    shares = []
    for split in ("validation", "dev"):
        found = _embedded(SHIPPED, split)
        shares.append({key: percent(found["errors"]["kinds"][key] / found["n_labels"]) for key in ERRORS})
    rows = [(key.replace("_", " "), *(share[key] for share in shares)) for key in ERRORS]
    return _table(("kind of error, per 100 labels", "validation (both parts)", "dev"), rows)


def _embedded(file: str, split: str) -> dict[str, Any]:
    found = _read(RESULTS / "embedded" / f"{file}-{split}.json")
    assert isinstance(found, dict)
    return found


def _part(found: dict[str, Any], name: str) -> str:
    """Turn F1 of a part; dev is of the plain part alone, and then has no parts."""
    if "parts" in found:
        return _f1(found["parts"][name]["turn"])
    return _f1(found["turn"]) if name == "plain" else "–"


def _f1(scores: dict[str, float | None]) -> str:
    return percent(scores["micro_f1"])


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = (header, ("---",) * len(header), *rows)
    return (
        "\n".join("| " + " | ".join(cells) + " |" for cells in lines).replace("| --- ", "|---").replace("--- |", "---|")
    )


if __name__ == "__main__":
    for path, parts in pages().items():
        path.write_text(generated(path.read_text(encoding="utf-8"), parts), encoding="utf-8")
