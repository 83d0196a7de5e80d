"""TF-IDF and logistic regression (scikit-learn): the floor that every encoder has to clear."""

from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from crisis_turns.config import TfidfConfig
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.decision.tagged import Tagged, untagged
from crisis_turns.errors import InputError
from crisis_turns.tags import TagSet


class TfidfTagger:
    """One logistic regression per tag, or one over the classes of an exclusive tag set, on word n-grams.

    Attributes:
        weights: ``(Y, V)`` and ``bias``: ``(Y,)``: logits are linear in V n-grams; sigmoid per tag, softmax over
            classes.
    """

    def __init__(
        self, config: TfidfConfig, tags: TagSet, vectorizer: TfidfVectorizer, weights: np.ndarray, bias: np.ndarray
    ) -> None:
        self.config, self.tags, self.vectorizer, self.weights, self.bias = config, tags, vectorizer, weights, bias

    @classmethod
    def fit(cls, dialogues: Sequence[Dialogue], config: TfidfConfig, tags: TagSet, *, seed: int) -> "TfidfTagger":
        """Learn the n-grams and a regression for each tag.

        Raises:
            InputError: if no n-gram stands in as many texts as ``model.min_count`` asks for.
        """
        vectorizer, texts = empty_vectorizer(config), _texts(dialogues, config.history)
        try:
            features = vectorizer.fit_transform(texts)
        except ValueError:  # scikit-learn's for a vocabulary that is or would be empty
            raise InputError(
                f"model.min_count={config.min_count}: no word stands in so many of the {len(texts)} user turns of train"
            ) from None
        gold = np.concatenate([d.gold(tags) for d in dialogues])  # (M, Y)

        def regression(target: np.ndarray) -> LogisticRegression:
            weight = "balanced" if config.balanced else None
            return LogisticRegression(C=config.c, class_weight=weight, max_iter=2000, random_state=seed).fit(
                features, target
            )

        # a tag that train never shows is never given, one that stands on each of its turns always
        weights, bias = np.zeros((len(tags), features.shape[1])), np.where(gold.all(0), np.inf, -np.inf)
        if tags.exclusive:
            model = regression(gold.argmax(1))
            if len(model.classes_) == 2:  # scikit-learn keeps one row for two classes
                model.coef_, model.intercept_ = (
                    np.concatenate((-m / 2, m / 2)) for m in (model.coef_, model.intercept_)
                )
            weights[model.classes_], bias[model.classes_] = model.coef_, model.intercept_
        else:
            for tag in np.flatnonzero(gold.any(0) & ~gold.all(0)):
                model = regression(gold[:, tag])
                weights[tag], bias[tag] = model.coef_[0], model.intercept_[0]
        return cls(config, tags, vectorizer, weights, bias)

    def tag(self, dialogues: Sequence[Dialogue], *, alike: bool = False) -> list[Tagged]:
        """Beliefs about every user turn, in order; nothing is decided yet."""
        logits = self.vectorizer.transform(_texts(dialogues, self.config.history)) @ self.weights.T + self.bias
        if self.tags.exclusive:
            shifted = np.exp(logits - logits.max(1, keepdims=True))
            onset = shifted / shifted.sum(1, keepdims=True)
        else:
            onset = np.exp(-np.logaddexp(0, -logits))  # the logistic function, silent where it is all but 0
        blank = untagged(dialogues, self.tags)
        parts = np.split(onset, np.cumsum([len(b.gold) for b in blank])[:-1])
        begun = [None if self.tags.exclusive else 1 - np.cumprod(1 - p, axis=0) for p in parts]
        return [
            Tagged(b.dialogue_id, b.turn_ids, b.gold, b.predicted, onset=p, begun=q)
            for b, p, q in zip(blank, parts, begun, strict=True)
        ]


def empty_vectorizer(config: TfidfConfig, vocabulary: Sequence[str] | None = None) -> TfidfVectorizer:
    """The text side before fitting, or with a saved vocabulary."""
    return TfidfVectorizer(
        ngram_range=(1, config.ngrams),
        min_df=config.min_count if vocabulary is None else 1,
        sublinear_tf=True,
        vocabulary=vocabulary,
    )


def _texts(dialogues: Sequence[Dialogue], history: int) -> list[str]:
    """Each user turn, after the ``history`` turns before it."""
    return [
        "\n".join(t.text for t in dialogue.turns[max(0, i - history) : i + 1])
        for dialogue in dialogues
        for i, turn in enumerate(dialogue.turns)
        if turn.is_user
    ]
