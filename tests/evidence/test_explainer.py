"""The words behind a flag against brute force, the past alone, and TF-IDF's own features.

Content note: the invented texts name a crisis in plain, non-graphic words.
"""

import logging
from dataclasses import replace

import numpy as np
import pytest

from crisis_turns.config import TfidfConfig
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.decision.policy import Policy
from crisis_turns.evidence import search
from crisis_turns.evidence.explainer import Explainer
from crisis_turns.evidence.occlusion import TURNS_AT_ONCE, Occlusion, Stretch
from crisis_turns.evidence.search import MOST_PASSES, MOST_SPANS, TURNS, carrying, missed_turns, word_weights
from crisis_turns.model.tfidf import TfidfTagger, empty_vectorizer
from crisis_turns.runs.load import load_run
from crisis_turns.tags import TagSet
from tests.support.invented import dialogue

TAGS = TagSet(("alert_ongoing", "confirm_SH_ongoing"))
TALK = dialogue("U  maybe it is  so", "L go on", "U well,\ni hurt myself again today", "L i see", "U zebra again")


class Recorded:
    """A tagger, with what it is asked."""

    def __init__(self, tagger):
        self.tagger, self.asked = tagger, []

    def tag(self, dialogues, *, alike=False):
        self.asked.append(list(dialogues))
        return self.tagger.tag(dialogues, alike=alike)


@pytest.fixture
def tiny(tiny_run, monkeypatch):
    """Its beliefs hardly move with a turn: words are asked about all the same."""
    monkeypatch.setattr(search, "MISSED", -1)
    return load_run(tiny_run.path).tagger


def tfidf(**weights) -> TfidfTagger:
    """Words with a weight for the Confirm; nothing else is a feature."""
    config = TfidfConfig(name="tfidf", history=0, ngrams=1, min_count=1, c=1.0, balanced=False)
    vectorizer = empty_vectorizer(config, list(weights)).fit([" ".join(weights)])
    matrix = np.array([[0.0] * len(weights), [*weights.values()]])
    return TfidfTagger(config, TAGS, vectorizer, matrix, np.array([-9, -4]))


def flags_of(tagger, talk, *, threshold=0.0):
    explainer = Explainer(tagger, TAGS, "onset")
    (decided,) = Policy(np.array([threshold] * 2), once=False, exclusive=False).apply(tagger.tag([talk]))
    return explainer.flags(talk, decided), explainer


def by_hand(talk: Dialogue, place: int, words: slice) -> Dialogue:
    """A turn without some of its words, written anew."""
    left = talk.turns[place].text.split()
    del left[words]
    turns = list(talk.turns)
    turns[place] = replace(turns[place], text=" ".join(left))
    return replace(talk, turns=tuple(turns))


def test_every_weight_is_what_brute_force_finds(tiny):
    """Of a turn, of a word in all its windows, of a stretch: against dialogues written anew and tagged alone."""
    talk = dialogue("U maybe it is so", "L go on", "U well i hurt myself again today")
    belief = tiny.tag([talk])[0].onset[-1]
    occlusion = Occlusion(tiny, talk, "onset")

    def lost(place, words):
        return belief - tiny.tag([by_hand(talk, place, words)])[0].onset[-1]

    found = word_weights(occlusion, 2, belief)
    windows = [slice(max(0, begin), begin + 4) for begin in range(-3, 6)]
    for word in range(6):
        holding = [lost(2, window) for window in windows if word in range(6)[window]]
        expected = (lost(2, slice(word, word + 1)) + np.mean(holding, axis=0)) / 2
        np.testing.assert_allclose(found[word], expected, atol=1e-6)
    turns = {place: lost(place, slice(None)) for place in range(3)}
    for tag, places in enumerate(missed_turns(occlusion, [0, 1], belief)):
        assert places == sorted(turns, key=lambda place: -turns[place][tag])
    two = occlusion.scores([[Stretch(0, 1, 3), Stretch(2, 0, 2)], []])
    both = by_hand(by_hand(talk, 0, slice(1, 3)), 2, slice(0, 2))
    np.testing.assert_allclose(two, [tiny.tag([both])[0].onset[-1], belief], atol=1e-6)


def test_a_spans_weight_is_the_belief_that_goes_with_its_words(tiny):
    flags, explainer = flags_of(tiny, TALK)
    assert [(flag.turn_id, flag.tag) for flag in flags] == [(turn, tag) for turn in (0, 2, 4) for tag in TAGS.names]
    assert any(flag.spans for flag in flags)
    for flag in flags:
        assert len(flag.spans) <= MOST_SPANS
        assert [span.weight for span in flag.spans] == sorted((span.weight for span in flag.spans), reverse=True)
        for span in flag.spans:
            text = TALK.turns[span.turn_id].text
            assert span.words == text[span.start : span.end]
            turns = list(TALK.turns)
            left = (text[: span.start].rstrip() + text[span.end :]).lstrip()  # other spaces are another text
            turns[span.turn_id] = replace(turns[span.turn_id], text=left)
            (without,) = tiny.tag([replace(TALK, turns=tuple(turns))])
            row, tag = flag.turn_id // 2, TAGS.index[flag.tag]
            assert flag.belief - without.onset[row, tag] == pytest.approx(span.weight, abs=1e-6)
    assert explainer.passes <= len(flags) * MOST_PASSES


def test_words_of_later_turns_are_never_asked_about(tiny):
    recorded = Recorded(tiny)
    flags, _ = flags_of(recorded, TALK)
    questions = [asked for asked in recorded.asked[1:] for asked in asked]
    assert {len(asked.turns) for asked in questions} == {1, 3, 5}
    assert all("zebra" not in turn.text for asked in questions if len(asked.turns) < 5 for turn in asked.turns)
    changed = replace(TALK, turns=(*TALK.turns[:3], replace(TALK.turns[3], text="else"), TALK.turns[4]))
    for flag, other in zip(flags, flags_of(tiny, changed)[0][:4], strict=False):
        assert (flag.tag, [span[:4] for span in flag.spans]) == (other.tag, [span[:4] for span in other.spans])


def test_spans_of_tfidf_are_its_features():
    talk = dialogue("U a fine day, again; and a fine day")
    (flag,), _ = flags_of(tfidf(again=9.0, fine=0.0, day=0.0), talk, threshold=0.1)
    assert flag.tag == "confirm_SH_ongoing"
    (span,) = flag.spans
    assert (span.words, span.start) == ("again;", 12)
    assert span.weight == pytest.approx(flag.belief - 1 / (1 + np.exp(4)))


def test_turns_of_both_speakers_before_the_flag_are_shown():
    tagger = tfidf(again=9.0, fine=0.0)
    tagger.config = tagger.config.model_copy(update={"history": 2})
    (flag,), _ = flags_of(tagger, dialogue("U so", "L again it is", "U so it is fine"), threshold=0.1)
    assert (flag.turn_id, [(span.turn_id, span.words) for span in flag.spans]) == (2, [(1, "again")])


def test_questions_are_bounded_in_number_and_in_memory():
    recorded = Recorded(tfidf(again=9.0))
    turns = [f"{'LU'[n % 2]} one word" for n in range(301)]
    talk = dialogue(*turns, "U " + "word " * 1000 + "again " + "word " * 1000)
    flags, explainer = flags_of(recorded, talk, threshold=0.1)
    (flag,) = flags
    assert "again" in flag.spans[0].words
    assert TURNS < explainer.passes <= MOST_PASSES
    assert max(sum(len(asked.turns) for asked in together) for together in recorded.asked) <= TURNS_AT_ONCE


@pytest.mark.parametrize("text", ["", " ", "again", "\u200b again", "\ud83d again \ud83d"])
def test_odd_texts_have_their_words_too(text):
    flags, _ = flags_of(tfidf(again=9.0), dialogue(f"U {text}"), threshold=0.001)
    spans = [span for flag in flags for span in flag.spans]
    assert len(spans) == ("again" in text)
    "".join(span.words for span in spans).encode("utf-8")


def test_the_heaviest_words_are_shown_neighbours_as_one():
    weights = {0: np.array([0.5, 0.2, 0.9, 1.0, 0.39]), 3: np.array([-1.0, 0.4])}
    assert carrying(weights) == [Stretch(0, 2, 4), Stretch(0, 0, 1), Stretch(3, 1, 2)]
    assert carrying({0: np.array([-0.1, 0.0])}) == carrying({}) == []


def test_nothing_of_the_text_is_logged(tiny, caplog, capfd):
    with caplog.at_level(logging.DEBUG):
        flags_of(tiny, TALK)
    assert "zebra" not in caplog.text + "".join(capfd.readouterr())
