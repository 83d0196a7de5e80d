"""Ask a language model which tags begin on each user turn: ``python -m src.llm llm.base_url=URL llm.model=NAME``."""

import logging
import re
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import hydra
import numpy as np
from omegaconf import DictConfig

from crisis_turns.commands import app
from crisis_turns.commands.answer_tables import answers_told
from crisis_turns.commands.asking import check_consent, progress
from crisis_turns.commands.llm_keys import LlmCommandConfig, check_combinations
from crisis_turns.commands.written_scores import write_scores
from crisis_turns.config import LlmRunConfig, validated
from crisis_turns.data.chat_files import read_chats
from crisis_turns.data.corpus import CorpusSplit, log_oddities, read_split
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.decision.policy import Policy
from crisis_turns.decision.tagged import Tagged, untagged
from crisis_turns.decision.thresholds_file import read_thresholds
from crisis_turns.errors import InputError
from crisis_turns.files import write_json, write_text
from crisis_turns.llm.address import address_of
from crisis_turns.llm.beliefs import HALF, ReadAnswers, decided, read_answers
from crisis_turns.llm.extra import needing_openai
from crisis_turns.llm.folder import held
from crisis_turns.llm.questions import Questioner, questioner
from crisis_turns.llm.record import CallRecord
from crisis_turns.llm.sft import write_examples
from crisis_turns.log import NOTE, logged_to
from crisis_turns.metrics.levels import level_scores, levels
from crisis_turns.predictions.answers import Answered, as_json_lines
from crisis_turns.predictions.format import write_predictions
from crisis_turns.runs.folder import RunFolder
from crisis_turns.runs.scoring import metrics_record

log = logging.getLogger(__name__)


@hydra.main(version_base="1.3", config_path=str(app.CONF), config_name="llm")
@app.job
def main(values: DictConfig) -> None:
    """Hydra's entry point."""
    config = validated(LlmCommandConfig, app.values(values))
    check_combinations(config)
    with logged_to(quiet=config.quiet):
        export(config) if config.llm.export else ask(config)


def ask(config: LlmCommandConfig) -> None:
    """Ask what is not on record yet; write predictions and, of a corpus, metrics and report."""
    started = time.monotonic()
    policy = _policy(config)
    corpus = None if config.input else _corpus(config)
    dialogues = _chats(config) if corpus is None else corpus.dialogues
    asker, run = _system(config)
    folder = RunFolder(_folder(config, run))
    with held(folder, run) as record:
        _ask(config, asker, dialogues, record)
        answers = read_answers(asker, dialogues, record.replies)
        tagged = decided(answers, untagged(dialogues, config.data.tag_set), policy, config.llm)
        if corpus is not None:
            _score(config, run, folder, corpus, answers, tagged, policy)
            write_json(folder.finished, {"fit_s": 0.0, "total_s": round(time.monotonic() - started, 1)})
            return
        path = folder.path / "predictions.jsonl"
        write_text(path, "".join(as_json_lines(map(Answered, dialogues, tagged), config.data.tag_set)))
    if not config.quiet:
        print(f"{answers_told(answers.counts(config.llm.price))}\npredictions: {path}")


def export(config: LlmCommandConfig) -> None:
    """Write the file for fine-tuning, with a card beside it."""
    corpus = _corpus(config)
    asker, run = _system(config)
    folder = _folder(config, run)
    path = folder / f"sft-{corpus.split}.jsonl"
    n = write_examples(path, asker, corpus.dialogues)
    card = {
        "corpus": corpus.corpus,
        "split": corpus.split,
        "data_sha256": corpus.sha256,
        "prompt_sha256": run.prompt_sha256,
        "mode": config.llm.mode,
        "past_only": config.llm.mode == "turn",
        "examples": n,
    }
    write_json(path.with_suffix(".json"), card)
    if not config.quiet:
        print(f"{n} examples: {path}")


def _ask(config: LlmCommandConfig, asker: Questioner, dialogues: Sequence[Dialogue], record: CallRecord) -> None:
    with needing_openai():
        from crisis_turns.llm.asking import ask_all, open_calls
        from crisis_turns.llm.server import Server
    address = address_of(str(config.llm.base_url))
    calls = open_calls(asker.calls(dialogues), record)
    if not calls:
        return
    check_consent(address, len(calls), confirmed=config.llm.confirm)
    server = Server(config.llm, address, asker.form, seed=config.seed, left_out=record.left_out)
    with progress(len(calls), quiet=config.quiet) as asked:
        ask_all(server, calls, record, concurrency=config.llm.concurrency, asked=asked)


def _score(
    config: LlmCommandConfig, run: LlmRunConfig, folder: RunFolder, corpus: CorpusSplit, answers: ReadAnswers,
    tagged: Sequence[Tagged], policy: Policy,
) -> None:  # fmt: skip
    believed = policy if config.llm.has_probabilities else None
    record = metrics_record(corpus, tagged, resamples=config.bootstrap, policy=believed)
    record["answers"] = answers.counts(config.llm.price)
    if not corpus.tags.exclusive:
        said = decided(answers, tagged, replace(policy, once=False), config.llm)
        record["as_said"] = {
            name: level_scores(said, corpus.tags, name, resamples=config.bootstrap) for name in levels(corpus.tags)
        }
    write_predictions(folder.predictions(corpus.split), tagged, corpus.tags)
    write_scores(folder, corpus, tagged, record, system=run.system, text=config.report.text, quiet=config.quiet)


def _policy(config: LlmCommandConfig) -> Policy:
    tags = config.data.tag_set
    if config.thresholds is None:
        return Policy(np.full(len(tags), HALF), once=not tags.exclusive, exclusive=tags.exclusive)
    policy = read_thresholds(Path(config.thresholds), tags)
    if policy.score != "onset":
        raise InputError(f"{config.thresholds}: is for what has begun, of which a language model's answers say nothing")
    return policy


def _corpus(config: LlmCommandConfig) -> CorpusSplit:
    corpus = read_split(config.data, config.asked_split)
    log_oddities(corpus)
    return corpus


def _chats(config: LlmCommandConfig) -> tuple[Dialogue, ...]:
    """The conversations of ``input``; labels in it are left behind."""
    chats = read_chats(str(config.input), config)
    log.log(NOTE, "%s", chats.told)
    return tuple(replace(d, turns=tuple(replace(turn, tags=()) for turn in d.turns)) for d in chats.dialogues)


def _system(config: LlmCommandConfig) -> tuple[Questioner, LlmRunConfig]:
    train = read_split(config.data, "train").dialogues if config.llm.shots else ()
    asker = questioner(config.llm, config.data.tag_set, train, seed=config.seed)
    return asker, LlmRunConfig(llm=config.llm, data=config.data, seed=config.seed, prompt_sha256=asker.prompt.sha256)


def _folder(config: LlmCommandConfig, run: LlmRunConfig) -> Path:
    name = re.sub(r"[^\w.-]+", "-", config.llm.export or str(config.llm.model))
    return Path(config.run_dir or f"outputs/llm-{name}-{config.data.name}-s{config.seed}-{run.hash}")
