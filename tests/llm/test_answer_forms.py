"""Answers as models write them: read where they can be, counted where not, never guessed."""

import json
import math

import pytest

from crisis_turns.llm.answer_form import Token
from crisis_turns.llm.answer_forms import TagList, TagTable, TurnList
from crisis_turns.llm.completion import completion_of
from crisis_turns.llm.reply_text import looks_refused, without_reasoning
from crisis_turns.tags import CRADLE, TagSet

A, SH = "alert_ongoing", "confirm_SH_ongoing"
CLASSES = TagSet(("change", "neutral", "sustain"), exclusive=True)


@pytest.mark.parametrize(
    ("text", "said", "exact", "unknown"),
    [
        ('{"tags": ["alert_ongoing"]}', (A,), True, 0),
        ('{"tags": []}', (), True, 0),
        (' {"tags":["alert_ongoing", "alert_ongoing"]}\n', (A,), True, 0),
        ('Here you are:\n```json\n{"tags": ["alert_ongoing"]}\n``` I hope this helps.', (A,), False, 0),
        ('{"Tags": ["Alert-Ongoing", "CONFIRM sh ongoing"]}', (A, SH), False, 0),
        ('{"tags": "alert_ongoing; confirm_SH_ongoing"}', (A, SH), False, 0),
        ('{"tags": null}', (), False, 0),
        ('{"labels": ["none"]}', (), False, 0),
        ('{"tags": ["alert_ongoing", "sadness", "confirm_SH"]}', (A,), False, 2),
        ('["alert_ongoing"]', (A,), False, 0),
        ('{"alert_ongoing": true, "confirm_SH_ongoing": false}', (A,), False, 0),
        ('First {"tags": ["alert_past"]}. No, wait: {"tags": ["alert_ongoing"]}', (A,), False, 0),
        ("Turn [4] has {nothing} of it: []", (), False, 0),
        ("alert_ongoing", (A,), False, 0),
        ("**None**.", (), False, 0),
    ],
)
def test_one_turn_is_read(text, said, exact, unknown):
    found = TagList(CRADLE).read(without_reasoning(text), [4])
    assert (found.said, found.exact, found.unknown) == ({4: said}, exact, unknown)


@pytest.mark.parametrize(
    "text",
    [
        "", "I think it is an alert_ongoing.", '{"tags": ["alert_on', "[4]", "{{{", '{"reason": "x"}', "[" * 50_000,
        '{"tags": 3}', '{"tags": [["alert_ongoing"]]}', "<think>so {\"tags\": [\"alert_ongoing\"]}",
    ],
)  # fmt: skip
def test_what_says_nothing_is_nothing(text):
    assert TagList(CRADLE).read(without_reasoning(text), [4]) is None


def test_what_is_thought_aloud_is_no_answer():
    answer = '{"tags": []}'
    for thought in (
        '<think>maybe {"tags": ["alert_ongoing"]}</think>',
        'the prompt had opened it {"tags": ["alert_ongoing"]}</think>\n',
        "<Reasoning>a</Reasoning><think>b</think>",
        "<|channel|>analysis<|message|>alert_ongoing<|end|><|start|>assistant<|channel|>final<|message|>",
    ):
        assert without_reasoning(thought + answer) == answer
    assert without_reasoning(f"{answer}<|im_end|>") == answer
    assert without_reasoning("\ud83d\ude42 \ud83d") == "🙂 \ufffd"


def test_refusals_in_words_are_told_from_answers_and_from_chatter():
    assert looks_refused("I’m really sorry, but I can't help with that.")
    assert looks_refused("Sorry, no.")
    assert not looks_refused("The last turn has no tag.")


def test_a_class_is_one():
    found = TagList(CLASSES).read('{"tags": ["Sustain", "change"]}', [0])
    assert (found.said, found.unknown) == ({0: ("sustain",)}, 1)


def test_a_whole_dialogue_is_read_by_turn():
    form = TurnList(CRADLE)
    said = {0: (), 2: (A,), 4: (A, SH)}
    assert form.read(form.written(said), list(said)) == (said, True, 0)
    assert form.read('{"2": ["Alert ongoing"], "4": ["alert_ongoing", "confirm_SH_ongoing"]}', list(said)).said == said
    rows = [{"turn_id": "2", "tags": [A]}, {"turn_id": 3, "tags": [SH]}, {"turn_id": 2, "tags": ["no", A]}]
    found = form.read(f"Well: {json.dumps(rows)}", list(said))
    assert (found.said, found.exact, found.unknown) == ({0: (), 2: (A,), 4: ()}, False, 2)
    assert form.read("none", list(said)) is None


def token(text, **alternatives):
    return Token(text, {spelled.replace("_", " "): math.log(p) for spelled, p in alternatives.items()})


def test_a_probability_is_yes_against_no_where_the_value_begins():
    tags = TagSet(("a", "b", "c"))
    tokens = [
        token('{"'), token("a"), token('":'), token(" true", **{"_true": 0.6, "_false": 0.2, "_maybe": 0.2}),
        token(',"b": fal', **{',"b": fal': 0.9, "_True": 0.05, "1": 0.05}), token('se, "c"'), token(": "),
        token("x", x=1.0),
    ]  # fmt: skip
    found = TagTable(tags).beliefs(tokens)
    assert found == pytest.approx({"a": 0.75, "b": 0.05 / 0.95, "c": 0.0})


@pytest.mark.parametrize("odd", ["800", "NaN", "Infinity", "-Infinity", "1" + 400 * "0", "-1" + 400 * "0", '"-1"'])
def test_what_is_no_log_probability_counts_for_nothing(odd):
    top = [f'{{"token": "{word}", "logprob": {value}}}' for word, value in (("true", odd), ("True", -1), ("no", -1))]
    first = '{"token": "{\\"a\\": ", "logprob": 1e-8}'
    rows = f'[{first}, {{"token": "true", "logprob": {odd}, "top_logprobs": [{", ".join(top)}]}}]'
    choice = f'{{"message": {{"content": ""}}, "logprobs": {{"content": {rows}}}}}'
    found = completion_of(json.loads(f'{{"choices": [{choice}]}}'))
    assert found.tokens[0].alternatives == {'{"a": ': 0}
    assert TagTable(TagSet(("a",))).beliefs(found.tokens) == {"a": 0.5}


@pytest.mark.parametrize("form", [TagList, TagTable, TurnList])
@pytest.mark.parametrize("tags", [CRADLE, CLASSES])
def test_what_is_written_fits_the_schema_and_is_read_back(form, tags):
    import jsonschema

    said = {2: (tags.names[1],), 4: tags.names[:1]} if form is TurnList else {2: tags.names[1:2]}
    text = form(tags).written(said)
    jsonschema.validate(json.loads(text), form(tags).schema)
    assert form(tags).read(text, list(said)) == (said, True, 0)
