"""TF-IDF with labels that a regression cannot be fitted to: on every turn, or on none."""

import numpy as np

from crisis_turns.model.tfidf import TfidfTagger
from crisis_turns.runs.folder import RunFolder
from crisis_turns.runs.weights import load_tagger, save_tagger
from tests.support.invented import dialogue
from tests.support.tiny import config


def test_a_tag_of_every_turn_of_train_is_always_given_and_one_of_none_never(tmp_path):
    tags = "data.tags=[alert_ongoing,alert_past,confirm_SH_ongoing]"
    cfg = config("model=tfidf", "model.min_count=1", "data=table", "data.path=none", tags)
    train = [
        dialogue("U hi | alert_ongoing", "U a bad day | alert_ongoing; confirm_SH_ongoing", "U hi | alert_ongoing")
    ]
    tagger, folder = TfidfTagger.fit(train, cfg.model, cfg.data.tag_set, seed=1), RunFolder(tmp_path / "run")
    save_tagger(folder, tagger, cfg)
    for found in (tagger, load_tagger(folder, cfg)):
        (tagged,) = found.tag([dialogue("U hi", "U other words")])
        always, never, sometimes = tagged.onset.T
        np.testing.assert_array_equal([always, never], [[1, 1], [0, 0]])
        np.testing.assert_array_equal(tagged.begun[:, 0], 1)
        assert 0 < sometimes.min() <= sometimes.max() < 1
