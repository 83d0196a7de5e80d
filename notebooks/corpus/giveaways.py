"""What predicts a tag in the plain part without understanding anything, and how far its splits differ in style.

``python -m notebooks.corpus.giveaways`` prints a table. Each classifier guesses for every user turn of train whether a
tag begins there, from one kind of trivial feature (logistic regression, five folds by dialogue, best F1 over
thresholds). Beside it stands the same classifier on labels that were shuffled among the turns of one position: what is
left above that is a give-away. Of the first and the last turn it guesses whether the dialogue has a label at all, where
that turn carries none. Last, words and word pairs guess which split a dialogue comes from.
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_recall_curve, roc_auc_score
from sklearn.model_selection import GroupKFold, StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from crisis_turns.config import Split
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.data.release import build_dialogues
from crisis_turns.data.split_files import read_embedded
from crisis_turns.tags import CRADLE

Features = np.ndarray | csr_matrix


class Place(NamedTuple):
    """A user turn: its dialogue, how many user turns came before, its text, the Listener's before it, if tagged."""

    dialogue: int
    position: int
    text: str
    listener: str
    tagged: bool


def read(split: Split) -> list[Dialogue]:
    """A split of the plain part."""
    return build_dialogues(read_embedded("plain", split), split=split, tags=CRADLE)[0]


def places(dialogues: Sequence[Dialogue]) -> list[Place]:
    """Every user turn."""
    found = []
    for number, dialogue in enumerate(dialogues):
        heard, position = "", 0
        for turn in dialogue.turns:
            if turn.is_user:
                found.append(Place(number, position, turn.text, heard, bool(turn.tags)))
                position += 1
            else:
                heard = turn.text
    return found


def _length(turns: Sequence[Place]) -> np.ndarray:
    return np.array([[len(t.text), len(t.text.split()), np.log1p(len(t.text.split()))] for t in turns])


def _punctuation(turns: Sequence[Place]) -> np.ndarray:
    marks = ".,;:!?'\"’“”…–—-()*&/"
    return np.array(
        [[t.text.count(m) / (len(t.text) + 1) for m in marks]
         + [sum(map(str.isupper, t.text)) / (len(t.text) + 1), sum(map(str.isdigit, t.text)) / (len(t.text) + 1)]
         for t in turns]
    )  # fmt: skip


def _words(texts: Sequence[str]) -> csr_matrix:
    return TfidfVectorizer(ngram_range=(1, 2), min_df=3, sublinear_tf=True).fit_transform(texts)


TRIVIAL: dict[str, Callable[[Sequence[Place]], Features]] = {
    "position": lambda turns: np.eye(16)[[min(t.position, 15) for t in turns]],
    "length": _length,
    "punctuation, capitals, digits": _punctuation,
    "the Listener's turn before": lambda turns: _words([t.listener for t in turns]),
}


def guessed(features: Features, tagged: np.ndarray, groups: np.ndarray) -> float:
    """Best F1 of cross-validated guesses."""
    model = make_pipeline(
        StandardScaler(with_mean=False), LogisticRegression(C=0.1, class_weight="balanced", max_iter=500)
    )
    folds = GroupKFold(5).split(features, tagged, groups)
    scores = cross_val_predict(model, features, tagged, cv=list(folds), method="predict_proba")[:, 1]
    precision, recall, _ = precision_recall_curve(tagged, scores)
    return float(np.max(2 * precision * recall / np.maximum(precision + recall, 1e-9)))


def shuffled(turns: Sequence[Place], rng: np.random.Generator) -> np.ndarray:
    """Whether a tag begins, dealt anew among the turns of the same position."""
    tagged, position = np.array([t.tagged for t in turns]), np.array([t.position for t in turns])
    for at in np.unique(position):
        rows = np.flatnonzero(position == at)
        tagged[rows] = rng.permutation(tagged[rows])
    return tagged


def trivial(turns: Sequence[Place], *, draws: int = 3) -> dict[str, tuple[float, float]]:
    """By kind of feature: F1 on the labels, and its mean on shuffled ones."""
    tagged, groups = np.array([t.tagged for t in turns]), np.array([t.dialogue for t in turns])
    rng = np.random.default_rng(0)
    dealt = [shuffled(turns, rng) for _ in range(draws)]
    found = {}
    for name, measure in TRIVIAL.items():
        features = measure(turns)
        if name != "position":  # what follows from the position alone is in both
            where = csr_matrix(TRIVIAL["position"](turns))
            features = (
                csr_matrix(np.hstack([features, where.toarray()])) if isinstance(features, np.ndarray) else features
            )
        chance = float(np.mean([guessed(features, labels, groups) for labels in dealt]))
        found[name] = guessed(features, tagged, groups), chance
    return found


def of_one_turn(dialogues: Sequence[Dialogue], place: int) -> float:
    """AUC of guessing from the words of the first (0) or last (-1) user turn whether another has a label."""
    kept = [d for d in dialogues if not d.user_turns[place].tags]
    labelled = [any(turn.tags for turn in d.user_turns) for d in kept]
    return separated([d.user_turns[place].text for d in kept], labelled)


def separated(texts: Sequence[str], kind: Sequence[bool]) -> float:
    """Cross-validated AUC of words and word pairs."""
    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, token_pattern=r"[\w']+|[^\w\s]"),  # noqa: S106
        LogisticRegression(class_weight="balanced", max_iter=500),
    )
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    scores = cross_val_predict(model, list(texts), list(kind), cv=folds, method="predict_proba")[:, 1]
    return float(roc_auc_score(kind, scores))


def whole(dialogue: Dialogue) -> str:
    """The words of the user, without speakers."""
    return re.sub(r"\s+", " ", " ".join(turn.text for turn in dialogue.user_turns))


def main() -> None:
    train = read("train")
    print("| guessed from | F1 of 'a tag begins here' | on shuffled labels | above |\n|---|---|---|---|")
    for name, (score, chance) in trivial(places(train)).items():
        print(f"| {name} | {100 * score:.1f} | {100 * chance:.1f} | {100 * (score - chance):+.1f} |")
    print("\n| guessed from words | AUC |\n|---|---|")
    for name, place in (("first user turn: a label follows", 0), ("last user turn: a label went before", -1)):
        print(f"| {name} | {of_one_turn(train, place):.2f} |")
    for split in ("validation", "dev", "test"):
        other = read(split)
        texts = [whole(d) for d in (*train, *other)]
        print(f"| train or {split} | {separated(texts, [False] * len(train) + [True] * len(other)):.2f} |")


if __name__ == "__main__":
    main()
