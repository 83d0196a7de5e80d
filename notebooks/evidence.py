"""Whether the words shown behind a flag are those that raised it: ``python -m notebooks.evidence RUN TFIDF_RUN``.

On dev of the plain part, for each Confirm that the run raises on its marked turn (``evidence-dev.csv``) and for its
first Alerts. Beside the spans stand three other choices of as many words, from the turns that the spans were looked for
in: those missed most one by one, random ones, and those of the highest TF-IDF weight.

Words are compared with the marked ones; and, as in ERASER (DeYoung et al. 2020, arXiv 1911.03429), *comprehensiveness*
is the belief that goes when the words are left out (high is good), *sufficiency* what is missing of it when nothing
else is left of the dialogue (low is good). Writes ``evidence.json`` and prints the table.
"""

import argparse
import csv
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from crisis_turns import load_run
from crisis_turns.data.corpus import EMBEDDED
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.decision.tagged import Tagged
from crisis_turns.evidence.flag import Flag
from crisis_turns.evidence.occlusion import Occlusion, Stretch
from crisis_turns.evidence.search import in_a_row, missed_turns
from crisis_turns.files import write_json
from crisis_turns.model.tfidf import TfidfTagger
from crisis_turns.runs.load import Run

RESAMPLES, DRAWS = 2000, 3
Word = tuple[int, int]
"""Place of a turn, and of a word in it."""
Marked = dict[tuple[str, int, str], list[str]]
"""By dialogue, turn and tag the stretches that carry a Confirm."""


class Chosen(NamedTuple):
    """Words that one way has chosen behind a flag.

    Attributes:
        hit: whether the heaviest of them are marked: of a span half of its words.
        found: marked ones among the ``words`` chosen; ``marked``: all there are. Means of draws, where words are drawn.
    """

    way: str
    group: str
    words: float
    comprehensiveness: float
    sufficiency: float
    hit: float
    found: float
    marked: float


def marked_words() -> Marked:
    path = EMBEDDED / "plain" / "evidence-dev.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {(r["dialogue_id"], int(r["turn_id"]), r["tag"]): r["words"].split(" || ") for r in csv.DictReader(file)}


def asked_about(decided: Sequence[Tagged], marked: Marked, run: Run, most_alerts: int) -> Iterator[Tagged]:
    """The decisions with the flags alone that are looked at."""
    alerts = 0
    for tagged in decided:
        kept = np.zeros_like(tagged.predicted)
        for row, tag in np.argwhere(tagged.predicted).tolist():
            if tag in run.tags.alerts:
                kept[row, tag] = alerts < most_alerts
                alerts += 1
            else:
                kept[row, tag] = (tagged.dialogue_id, tagged.turn_ids[row], run.tags.names[tag]) in marked
        yield replace(tagged, predicted=kept)


def words_in(occlusion: Occlusion, place: int, start: int, end: int) -> list[Word]:
    """Those of a turn that touch these characters."""
    return [(place, n) for n, (a, b) in enumerate(occlusion.words[place]) if a < end and b > start]


def left_out(words: Sequence[Word]) -> list[Stretch]:
    places = {place for place, _ in words}
    return [s for p in places for s in in_a_row(p, sorted(n for place, n in words if place == p))]


def tfidf_weights(tagger: TfidfTagger, texts: Sequence[str], tag: int) -> np.ndarray:
    """Of each word the weight of its features, single words alone, times their rarity."""
    features, analyse = tagger.vectorizer.vocabulary_, tagger.vectorizer.build_analyzer()
    weights = tagger.weights[tag] * tagger.vectorizer.idf_
    return np.array([sum(weights[features[f]] for f in analyse(text) if f in features) for text in texts])


def ways(
    run: Run, tfidf: TfidfTagger, dialogue: Dialogue, flag: Flag, marked: Marked, rng: np.random.Generator
) -> Iterator[Chosen]:
    """What each way chooses behind one flag."""
    place_of = {turn.turn_id: place for place, turn in enumerate(dialogue.turns)}
    here, tag = place_of[flag.turn_id], run.tags.index[flag.tag]
    occlusion = Occlusion(run.tagger, Dialogue(dialogue.id, dialogue.turns[: here + 1]), run.policy.score)
    beliefs = occlusion.scores([[]])[0]
    (places,) = missed_turns(occlusion, [tag], beliefs)
    pool = [(place, n) for place in places for n in range(len(occlusion.words[place]))]
    every = [(place, n) for place, words in enumerate(occlusion.words) for n in range(len(words))]
    spans = [words_in(occlusion, place_of[s.turn_id], s.start, s.end) for s in flag.spans]
    if not spans:
        return
    text = dialogue.turns[here].text
    stretches = marked.get((dialogue.id, flag.turn_id, flag.tag), [])
    wanted = {w for s in stretches for at in [text.index(s)] for w in words_in(occlusion, here, at, at + len(s))}
    size = sum(map(len, spans))
    texts = [dialogue.turns[p].text[slice(*occlusion.words[p][n])] for p, n in pool]
    lost = beliefs[tag] - occlusion.scores([left_out([word]) for word in pool])[:, tag]
    ranked = {"one word left out": lost, "TF-IDF weights": tfidf_weights(tfidf, texts, tag)}
    chosen = [("spans", [word for span in spans for word in span], spans[0])]
    for way, weights in ranked.items():
        order = [pool[n] for n in np.argsort(-weights, kind="stable")[:size]]
        chosen.append((way, order, order[:1]))
    drawn = [[pool[n] for n in rng.permutation(len(pool))[:size]] for _ in range(DRAWS)]
    chosen += [("random words", words, words[:1]) for words in drawn]
    sets = [words for _, words, _ in chosen]
    sets += [[word for word in every if word not in set(words)] for words in sets]
    gone, alone = np.split(beliefs[tag] - occlusion.scores(map(left_out, sets))[:, tag], 2)
    found: dict[str, list[list[float]]] = {}
    for (way, words, first), *missing in zip(chosen, gone, alone, strict=True):
        hit = 2 * len(wanted & set(first)) >= len(first)
        row = [len(words), *missing, hit, len(wanted & set(words)), len(wanted)]
        found.setdefault(way, []).append(row)
    group = "Alert" if tag in run.tags.alerts else "Confirm"
    yield from (Chosen(way, group, *np.mean(rows, axis=0).tolist()) for way, rows in found.items())


def figures(rows: Sequence[Chosen], rng: np.random.Generator) -> dict[str, object]:
    """Means over flags, and precision and recall over all their words; intervals from resampled flags."""
    values = np.array([row[2:] for row in rows])

    def of(sample: np.ndarray) -> dict[str, float]:
        words, comprehensive, sufficient, hit, found, marked = sample.mean(0)
        told = {"words": words, "comprehensiveness": comprehensive, "sufficiency": sufficient}
        if marked:
            told |= {"hit": hit, "precision": found / words, "recall": found / marked}
            told["f1"] = 2 * found / (words + marked)
        return told

    drawn = [of(values[rng.integers(0, len(values), len(values))]) for _ in range(RESAMPLES)]
    ends = {name: np.percentile([one[name] for one in drawn], [2.5, 97.5]).round(4).tolist() for name in of(values)}
    return {"flags": len(rows)} | {k: {"value": round(v, 4), "ci95": ends[k]} for k, v in of(values).items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run")
    parser.add_argument("tfidf")
    parser.add_argument("--alerts", type=int, default=40, help="how many Alerts are looked at")
    parser.add_argument("--out", type=Path, default=Path("notebooks/results/evidence/evidence.json"))
    given = parser.parse_args()
    run, tfidf, rng = load_run(given.run), load_run(given.tfidf).tagger, np.random.default_rng(1)
    assert isinstance(tfidf, TfidfTagger)
    dialogues = [d for d in run.corpus("dev").dialogues if d.id.startswith("plain-")]
    marked, rows, seconds, flags = marked_words(), [], 0.0, 0
    wanted = asked_about(list(run.decide(dialogues)), marked, run, given.alerts)
    for dialogue, tagged in zip(dialogues, wanted, strict=True):
        begun = time.process_time()
        found = run.explainer.flags(dialogue, tagged)
        seconds, flags = seconds + time.process_time() - begun, flags + len(found)
        for flag in found:
            rows += ways(run, tfidf, dialogue, flag, marked, rng)
        print(f"\r{dialogue.id}: {flags} flags", end="", flush=True)
    passes = run.explainer.passes / flags
    record: dict[str, object] = {
        "split": "dev", "flags": flags, "passes_per_flag": round(passes, 1),
        "processor_seconds_per_flag": round(seconds / flags, 2),
    }  # fmt: skip
    print(f"\n{flags} flags, {passes:.0f} passes and {seconds / flags:.2f} processor seconds each")
    for group in ("Confirm", "Alert"):
        of_group = [row for row in rows if row.group == group]
        names = dict.fromkeys(row.way for row in of_group)
        record[group] = {way: figures([row for row in of_group if row.way == way], rng) for way in names}
    write_json(given.out, record)
    print(table(record))


def table(record: dict[str, object]) -> str:
    """The record as Markdown: values times 100, but words."""
    names = ["words", "hit", "precision", "recall", "f1", "comprehensiveness", "sufficiency"]
    lines = [f"| group | words by | flags | {' | '.join(names)} |", "|---" * (3 + len(names)) + "|"]
    for group in ("Confirm", "Alert"):
        for way, found in record[group].items():
            cells = [_cell(name, found.get(name)) for name in names]
            lines.append(f"| {group} | {way} | {found['flags']} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(name: str, figure: dict | None) -> str:
    if figure is None:
        return "–"
    return f"{figure['value']:.1f}" if name == "words" else f"{100 * figure['value']:.1f}"


if __name__ == "__main__":
    main()
