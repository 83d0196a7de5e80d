"""A language model's settings as ``conf/llm.yaml`` has them, and a whole session of calls in this process."""

from functools import cache
from pathlib import Path

from hydra import compose, initialize_config_dir

from crisis_turns.commands import app
from crisis_turns.config import LlmConfig
from crisis_turns.llm.questions import Questioner, questioner
from crisis_turns.llm.record import open_record
from crisis_turns.tags import CRADLE, TagSet


@cache
def _defaults() -> dict:
    with initialize_config_dir(str(app.CONF), version_base="1.3"):
        return app.values(compose("llm"))["llm"]


def llm_config(**changed) -> LlmConfig:
    return LlmConfig.model_validate(_defaults() | {"model": "m"} | changed)


def asker(tags: TagSet = CRADLE, train=(), *, seed=1, **changed) -> Questioner:
    return questioner(llm_config(**changed), tags, train, seed=seed)


def asked(server, path: Path, dialogues, *, tags: TagSet = CRADLE, **changed):
    """Ask a server about dialogues; the replies by hash, and who has asked."""
    from crisis_turns.llm.address import address_of
    from crisis_turns.llm.asking import ask_all, open_calls
    from crisis_turns.llm.server import Server

    who = asker(tags, **changed)
    with open_record(path, None) as record:
        client = Server(who.config, address_of(server.url), who.form, seed=1, left_out=record.left_out)
        calls = open_calls(who.calls(dialogues), record)
        ask_all(client, calls, record, concurrency=who.config.concurrency, asked=lambda: None)
        return record.replies, who
