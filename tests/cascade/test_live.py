"""A cascade in conversations that go on: what was drawn is what is answered, and silence does not hold it up."""

import io
import json

import pytest

from crisis_turns.cascade.asked_model import asked_model
from crisis_turns.cascade.live import live_cascade
from crisis_turns.commands.cascade import draw
from crisis_turns.config import LlmRunConfig
from crisis_turns.data.corpus import read_split
from crisis_turns.deploy.line_stream import follow
from crisis_turns.errors import InputError
from crisis_turns.llm.prompt import Prompt
from crisis_turns.predictions.format import read_predictions
from crisis_turns.runs.folder import load_config
from crisis_turns.runs.load import load_run
from tests.commands.test_cascade import settings
from tests.support.asked import asker, llm_config
from tests.support.chat_server import Answer, chat_server, completion, said

pytestmark = pytest.mark.enable_socket
pytest.importorskip("openai", reason="the extra .[llm]")


@pytest.fixture(scope="module")
def drawn(tiny_run, tmp_path_factory):
    """A cascade of the tiny run and of what the server below says, and the corpus."""
    folder = tmp_path_factory.mktemp("drawn")
    corpus = read_split(load_config(tiny_run).data, "test")
    lines = [
        {"dialogue_id": d.id, "turn_id": t.turn_id, "predicted": _answer(t.text)}
        for d in corpus.dialogues for t in d.user_turns
    ]  # fmt: skip
    (folder / "large.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    draw(settings(f"small={tiny_run.path}", f"large={folder}/large.jsonl", f"run_dir={folder}", "rule=high",
                  "share=0.5", "quiet=true"))  # fmt: skip
    return folder, corpus


def _answer(text):
    return ["alert_ongoing"] if "maybe" in text else ["confirm_SH_ongoing"] if "again" in text or "bye" in text else []


def answering(request, _):
    last = [line for line in request["messages"][-1]["content"].splitlines() if "User" in line][-1]
    return said(*_answer(last))


def answers(tiny_run, drawn, server, *, seconds=20.0, **changed):
    folder, corpus = drawn
    config = llm_config(base_url=server.url, retries=0, **changed)
    prompt = asker(corpus.tags).prompt.sha256
    model = LlmRunConfig(llm=config, data=load_config(tiny_run).data, seed=1, prompt_sha256=prompt)
    live = live_cascade(
        load_run(tiny_run.path),
        lambda: asked_model(model, base_url=None, seconds=seconds, confirmed=False),
        folder / "cascade-test.json",
    )
    lines, out = [], io.StringIO()
    for dialogue in corpus.dialogues:
        lines += [json.dumps({"dialogue_id": dialogue.id, "speaker": str(t.speaker), "text": t.text})
                  for t in dialogue.turns]  # fmt: skip
    follow(live, [f"{line}\n".encode() for line in lines], out, more=lambda monitor: monitor.more)
    live.large.close()
    return [a for a in map(json.loads, out.getvalue().splitlines()) if "predicted" in a], live.told


def by_turn(dialogues, tags):
    return {
        (d.dialogue_id, turn): list(tags.named(row))
        for d in dialogues
        for turn, row in zip(d.turn_ids, d.predicted, strict=True)
    }


def test_what_was_drawn_is_what_is_answered(tiny_run, drawn):
    folder, corpus = drawn
    with chat_server(answering) as server:
        found, told = answers(tiny_run, drawn, server)
    expected = read_predictions(folder / "predictions-test.jsonl", corpus.dialogues, corpus.tags).dialogues
    assert {(a["dialogue_id"], a["turn_id"]): a["predicted"] for a in found} == by_turn(expected, corpus.tags)
    share = json.loads((folder / "cascade-test.json").read_text())["chosen"]["curve"]["asked"]
    assert sum(a["asked"] for a in found) == len(server.requests) == share > 0
    assert not any("small_because" in a for a in found)
    assert told == (
        f"asked about {share} of {len(found)} user turns; the small system's answer was taken for 0 of them"
    )


@pytest.mark.parametrize("samples", [1, 3])
def test_a_turn_is_asked_about_without_the_questions_before_it(tiny_run, drawn, samples, monkeypatch):
    rendered, question = [], Prompt.question
    monkeypatch.setattr(Prompt, "question", lambda self, turns: rendered.append(turns) or question(self, turns))
    with chat_server(answering) as server:
        found, _ = answers(tiny_run, drawn, server, samples=samples)
    assert sum(a["asked"] for a in found) == len(rendered) == len(server.requests) / samples
    expected = read_predictions(drawn[0] / "predictions-test.jsonl", drawn[1].dialogues, drawn[1].tags).dialogues
    assert {(a["dialogue_id"], a["turn_id"]): a["predicted"] for a in found} == by_turn(expected, drawn[1].tags)


@pytest.mark.parametrize(
    ("answer", "seconds", "why"),
    [
        (Answer(said("alert_ongoing"), silence=30), 0.05, "no answer within 0.05 s"),
        (Answer.error(401), 20.0, "does not answer: HTTP 401"),
        (completion("I will not talk about this."), 20.0, "an answer that says nothing"),
    ],
)
def test_without_an_answer_the_small_system_speaks_and_says_so(tiny_run, drawn, answer, seconds, why):
    with chat_server(lambda *_: answer) as server:
        found, told = answers(tiny_run, drawn, server, seconds=seconds)
    asked = [a for a in found if a["asked"]]
    assert asked
    assert all(why in a["small_because"] for a in asked)
    assert f"was taken for {len(asked)} of them" in told
    small = load_run(tiny_run.path)
    alone = by_turn(small.decide(drawn[1].dialogues), small.tags)
    assert {(a["dialogue_id"], a["turn_id"]): a["predicted"] for a in found} == alone


def test_what_does_not_fit_is_refused_before_a_line_is_read(tiny_run, drawn, tmp_path):
    folder, corpus = drawn
    prompt, data = asker(corpus.tags).prompt.sha256, load_config(tiny_run).data

    def model(*, sha=prompt, **changed):
        config = llm_config(**{"base_url": "http://127.0.0.1:9/v1"} | changed)
        run = LlmRunConfig(llm=config, data=data, seed=1, prompt_sha256=sha)
        return asked_model(run, base_url=None, seconds=1.0, confirmed=False)

    for changed, message in (
        ({"mode": "dialogue"}, "sees later turns"),
        ({"shots": 2}, "llm.shots: examples from train are not at hand"),
        ({"sha": "0" * 64}, "is not the one that the system was measured with"),
        ({"base_url": "https://example.org/v1"}, "what is said leaves this machine for https://example.org"),
    ):
        with pytest.raises(InputError, match=message):
            model(**changed)
    (tmp_path / "other.json").write_text('{"rule": "high"}')
    record = json.loads((folder / "cascade-test.json").read_text())
    record["thresholds"]["thresholds"]["alert_ongoing"] = 0.123
    (tmp_path / "edited.json").write_text(json.dumps(record))
    for name, message in (("other", "expected what src.cascade has written"), ("edited", "with other thresholds")):
        with pytest.raises(InputError, match=message):
            live_cascade(load_run(tiny_run.path), model, tmp_path / f"{name}.json")
