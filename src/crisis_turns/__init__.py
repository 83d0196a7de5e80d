"""Turn-level crisis tagging of counselling-style dialogues.

    >>> from crisis_turns import load_run
    >>> run = load_run("outputs/hier_crf")                                # or "pretrained", or an exported folder
    >>> for answers in run.tag([[("User", "not much, a long week")]]):    # many conversations, lazily
    ...     for turn in answers:
    ...         print(turn.turn_id, turn.tags)
    >>> monitor = run.monitor()                                           # one conversation, as it comes
    >>> monitor.add("User", "not much, a long week")

Data flows one way, and every arrow is one typed seam:

    release files -> Dialogue -> EncodedDialogue -> Batch -> turn vectors -> dialogue states
        -> emissions -> chains -> Posteriors -> decision -> predictions.jsonl -> metrics

Names are loaded when they are first used: importing the package alone costs next to nothing.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crisis_turns.config import ChatConfig
    from crisis_turns.data.chat_files import Chats, read_chats
    from crisis_turns.data.dialogue import Dialogue, Speaker, Turn
    from crisis_turns.decision.policy import Policy
    from crisis_turns.decision.tagged import Tagged
    from crisis_turns.deploy.runtime import Monitor, TurnTags
    from crisis_turns.errors import InputError
    from crisis_turns.evidence.flag import Flag, Span
    from crisis_turns.runs.load import Run, load_run
    from crisis_turns.tags import CRADLE, TagSet

__all__ = [
    "CRADLE",
    "ChatConfig",
    "Chats",
    "Dialogue",
    "Flag",
    "InputError",
    "Monitor",
    "Policy",
    "Run",
    "Span",
    "Speaker",
    "TagSet",
    "Tagged",
    "Turn",
    "TurnTags",
    "load_run",
    "read_chats",
]
_HOMES = {
    "CRADLE": "tags",
    "ChatConfig": "config",
    "Chats": "data.chat_files",
    "Dialogue": "data.dialogue",
    "Flag": "evidence.flag",
    "InputError": "errors",
    "Monitor": "deploy.runtime",
    "Policy": "decision.policy",
    "Run": "runs.load",
    "Span": "evidence.flag",
    "Speaker": "data.dialogue",
    "TagSet": "tags",
    "Tagged": "decision.tagged",
    "Turn": "data.dialogue",
    "TurnTags": "deploy.runtime",
    "load_run": "runs.load",
    "read_chats": "data.chat_files",
}


def __getattr__(name: str) -> Any:
    """A public name, from the file that it lives in."""
    if name not in _HOMES:
        raise AttributeError(f"module 'crisis_turns' has no attribute '{name}'")
    return getattr(importlib.import_module(f"crisis_turns.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
