"""The keys of ``llm``, and which of them go together."""

from pydantic import NonNegativeInt, PositiveInt

from crisis_turns.commands.error_hints import no_value
from crisis_turns.config import ChatConfig, DataConfig, LlmConfig, PathText, ReportConfig, Split
from crisis_turns.errors import InputError
from crisis_turns.llm.address import address_of


class LlmCommandConfig(ChatConfig):
    """The keys of ``conf/llm.yaml``."""

    llm: LlmConfig
    """The language model, and how it is asked."""
    data: DataConfig
    """The corpus: its tags, the examples from its train, and the split that is asked about."""
    split: Split | None
    """Which part of the corpus; ``null``: test, or train with ``llm.export``."""
    input: PathText | None
    """Conversations in place of a split, as ``predict`` reads them: they are tagged, and nothing is scored."""
    run_dir: PathText | None
    """Folder to write, where a stopped run goes on; ``null``: outputs/llm-<model>-<data>-s<seed>-<hash>."""
    thresholds: PathText | None
    """A thresholds file for the probabilities; ``null``: 0.5, each tag at most once per dialogue."""
    seed: NonNegativeInt
    """Of the examples and, where the server takes one, of the sampling."""
    bootstrap: PositiveInt
    """Resamples of the dialogues behind each interval."""
    report: ReportConfig = ReportConfig()
    """What ``report.html`` shows."""
    quiet: bool = False
    """Print no tables, and show no progress."""

    @property
    def asked_split(self) -> Split:
        return self.split or ("train" if self.llm.export else "test")


def check_combinations(config: LlmCommandConfig) -> None:
    """Refuse what cannot be, before anything is read.

    Raises:
        InputError: naming the keys.
    """
    llm, split = config.llm, config.asked_split
    if llm.export:
        if config.input or split not in ("train", "validation"):
            raise InputError(
                f"llm.export={llm.export} takes split=train or split=validation: a model that has learnt from what it "
                "is scored on shows nothing"
            )
        if llm.shots:
            raise InputError(f"llm.export={llm.export}: a fine-tuned model needs no examples: give llm.shots=0")
        return
    if missing := [f"llm.{key}" for key in ("base_url", "model") if not getattr(llm, key)]:
        raise InputError(no_value(missing))
    address_of(str(llm.base_url))
    if config.input and config.split:
        raise InputError("give either input=FILE or split=NAME")
    if llm.shots and split == "train" and not config.input:
        raise InputError("llm.shots takes examples from train: score another split")
    if llm.logprobs and (llm.samples > 1 or llm.mode == "dialogue"):
        raise InputError("llm.logprobs=true needs llm.samples=1 and llm.mode=turn")
    if config.thresholds and not llm.has_probabilities:
        raise InputError("thresholds=FILE needs probabilities: llm.samples=5, or llm.logprobs=true")
