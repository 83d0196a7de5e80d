"""``follow=true`` of ``src.cascade``: standard input answered line by line by both systems."""

import logging
import sys
from functools import partial
from pathlib import Path

from pydantic import BaseModel, ConfigDict, PositiveFloat

from crisis_turns.cascade.asked_model import asked_model
from crisis_turns.cascade.live import live_cascade
from crisis_turns.commands.terminal import speak_utf8
from crisis_turns.config import ChatConfig, DataConfig, PathText
from crisis_turns.deploy.line_stream import follow, lines_of
from crisis_turns.errors import InputError
from crisis_turns.log import NOTE
from crisis_turns.runs.folder import RunFolder, load_asked
from crisis_turns.runs.load import load_run

log = logging.getLogger(__name__)


class LiveConfig(BaseModel):
    """How the language model is asked in conversations that are going on."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
    record: PathText | None
    """What a cascade has written, which says when to ask; ``null``: cascade-<split>.json in ``run_dir``."""
    base_url: str | None
    """Where its server is now; ``null``: as in llm.yaml of ``large``."""
    seconds: PositiveFloat
    """For an answer; then the small system's is taken, and the line says so."""
    confirm: bool
    """That what is said may leave this machine, where the server is another one."""


def answer_lines(
    config: LiveConfig, small: Path, large: Path, record: Path, data: DataConfig | None, thresholds: Path | None
) -> None:
    """Answer until standard input ends; then tell how often the large system was asked.

    Args:
        small: a run, which is asked about every user turn.
        large: folder of a language model.
        record: what a cascade of both has written.
        data: how lines are read: speakers.
        thresholds: a thresholds file for the small run.

    Raises:
        InputError: if they do not fit each other.
    """
    asked = RunFolder(large)
    if not asked.asked.is_file():
        raise InputError(f"large={large}: expected the folder of a language model (python -m src.llm)")
    chats = data or ChatConfig()
    if chats.turns.join not in (None, "none"):
        raise InputError("follow=true asks about each message as it comes: leave turns.join")
    run = load_run(small, thresholds=thresholds)
    settings = load_asked(asked)
    if settings.data.tag_set != run.tags:
        raise InputError(f"large={large} gives other tags than small={small}")
    model = partial(asked_model, settings, base_url=config.base_url, seconds=config.seconds, confirmed=config.confirm)
    live = live_cascade(run, model, record)
    speak_utf8()
    try:
        follow(live, lines_of(sys.stdin.buffer), sys.stdout, chats, more=lambda monitor: monitor.more)
    finally:
        live.large.close()
        log.log(NOTE, "%s", live.told)
