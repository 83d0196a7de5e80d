"""The resolved configuration as data: every key typed, unknown keys and impossible combinations refused up front.

Hydra composes ``conf/``; :func:`check` turns the result into a frozen :class:`RunConfig` before any data or weights are
touched. Nothing is ever instantiated from a configuration, so one that comes with somebody's run folder cannot run
code.
"""

from crisis_turns.config.chats import ChatConfig, FormatName, Join, Section, SpeakersConfig
from crisis_turns.config.checks import check, validated
from crisis_turns.config.llm import LlmConfig, LlmRunConfig
from crisis_turns.config.older import as_this_version
from crisis_turns.config.run_config import RunConfig
from crisis_turns.config.sections import (
    DataConfig,
    DecisionConfig,
    DistillConfig,
    EncoderConfig,
    NeuralConfig,
    OptimConfig,
    PathText,
    ReportConfig,
    ReportText,
    Scope,
    Split,
    StaticConfig,
    TfidfConfig,
    TrainerConfig,
    TurnInput,
)

__all__ = [
    "ChatConfig",
    "DataConfig",
    "DecisionConfig",
    "DistillConfig",
    "EncoderConfig",
    "FormatName",
    "Join",
    "LlmConfig",
    "LlmRunConfig",
    "NeuralConfig",
    "OptimConfig",
    "PathText",
    "ReportConfig",
    "ReportText",
    "RunConfig",
    "Scope",
    "Section",
    "SpeakersConfig",
    "Split",
    "StaticConfig",
    "TfidfConfig",
    "TrainerConfig",
    "TurnInput",
    "as_this_version",
    "check",
    "validated",
]
