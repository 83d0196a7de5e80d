"""A trained run as one object, from its folder or from an exported one: what every command starts from."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

from tokenizers import Tokenizer

from crisis_turns.config import ChatConfig, DataConfig, RunConfig, Split
from crisis_turns.data.chat_messages import Conversation, as_dialogue
from crisis_turns.data.corpus import CorpusSplit, log_oddities, read_split
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.decision.policy import Policy
from crisis_turns.decision.tagged import DialogueTagger, Tagged
from crisis_turns.decision.thresholds_file import read_thresholds
from crisis_turns.deploy.load_export import ExportedTagger, is_exported, load_exported
from crisis_turns.deploy.runtime import Join, Monitor, Tagger, TurnTags
from crisis_turns.deploy.unread_turns import UnreadTurn, unread_turns
from crisis_turns.errors import InputError
from crisis_turns.evidence.explainer import Explainer
from crisis_turns.evidence.flag import Flag
from crisis_turns.metrics.metrics_file import MetricsRecord
from crisis_turns.runs.folder import RunFolder, load_config
from crisis_turns.runs.pretrained import NAME, PRETRAINED, run_path
from crisis_turns.runs.scoring import metrics_record
from crisis_turns.tags import TagSet

_AT_A_TIME = 64
"""Conversations in memory at once; a multiple of the tagger's batches, so that these are cut as in one go."""


@dataclass(frozen=True)
class Run:
    """A trained tagger, ready to use. Made by :func:`load_run`.

    Attributes:
        path: its folder.
        config: how it was trained; ``None`` for a folder exported before the configuration went along.
        tags: the Y tags, in the order of every array.
        tagger: dialogues in, beliefs out.
        policy: when a belief becomes a tag.
    """

    path: Path
    config: RunConfig | None
    tags: TagSet
    tagger: DialogueTagger
    policy: Policy

    @property
    def trained(self) -> RunConfig:
        """How it was trained.

        Raises:
            InputError: if the folder does not say.
        """
        if self.config is None:
            raise InputError(f"{self.path}: exported by an older version, which does not say how it was trained")
        return self.config

    @property
    def exported(self) -> bool:
        """Whether this is an exported folder, sealed by its hashes, and no run folder."""
        return isinstance(self.tagger, ExportedTagger)

    @property
    def packaged(self) -> bool:
        """Whether this is the tagger in the package."""
        return self.path.resolve() == PRETRAINED.resolve()

    def own_folder(self, key: str) -> Path:
        """Its folder, where a command writes unless another place is named.

        Args:
            key: what names another place: ``out=FILE``.

        Raises:
            InputError: if it is the folder in the package.
        """
        if self.packaged:
            raise InputError(f"run={NAME} lies in the package, where nothing is written: name a place with {key}")
        return self.path

    def tag(self, conversations: Iterable[Conversation], chats: ChatConfig | None = None) -> Iterator[list[TurnTags]]:
        """What begins at each user turn, conversation by conversation.

        Lazy, in bounded memory: conversations are taken as answers are asked for, ``64`` at a time.

        Args:
            conversations: each one a :class:`Dialogue`, or a list of ``(speaker, text)``, of
                ``{"speaker": …, "text": …}`` or of OpenAI messages. Tags of a turn use the turns up to it.
            chats: speakers and bursts, where the usual ones do not serve.

        Yields:
            One answer per user turn; ``turn_id`` is the message's place in its list.

        Raises:
            InputError: naming conversation and message, for what is no conversation.
        """
        dialogues = (as_dialogue(talk, f"conversation {number}", chats) for number, talk in enumerate(conversations))
        return (self._answers(dialogue, tagged) for dialogue, tagged in self._decided(dialogues))

    def explain(self, conversations: Iterable[Conversation], chats: ChatConfig | None = None) -> Iterator[list[Flag]]:
        """The flags of each conversation in order, each with the words that raised it, from all turns up to its own.

        Lazy, like :meth:`tag`; a flag costs up to :data:`~crisis_turns.evidence.search.MOST_PASSES` passes.

        Raises:
            InputError: for what is no conversation, or if the run looks at later turns.
        """
        explainer = self.explainer
        dialogues = (as_dialogue(talk, f"conversation {number}", chats) for number, talk in enumerate(conversations))
        return (explainer.flags(dialogue, tagged) for dialogue, tagged in self._decided(dialogues))

    @cached_property
    def explainer(self) -> Explainer:
        """What finds the words behind a decided dialogue's flags.

        Raises:
            InputError: if the run looks at later turns, whose words raise nothing that could be told in time.
        """
        if self.config and self.config.looks_ahead:
            raise InputError(
                f"{self.path}: model.look=full needs later turns: words can be told for model.look=past alone"
            )
        return Explainer(self.tagger, self.tags, self.policy.score)

    def decide(self, dialogues: Iterable[Dialogue]) -> Iterator[Tagged]:
        """Gold, beliefs and decisions of every user turn as arrays, in the order of the dialogues, lazily."""
        return (tagged for _, tagged in self._decided(dialogues))

    def unread(self, dialogue: Dialogue) -> Iterator[UnreadTurn]:
        """The user turns that the model cannot read, in order, each with the reason."""
        return unread_turns(dialogue, self._tokenizer)

    def corpus(self, split: Split, data: DataConfig | None = None) -> CorpusSplit:
        """One split of the run's corpus, or of another one with the same tags; what is odd about it is logged.

        Raises:
            InputError: if it has other tags, or is not where the configuration says.
        """
        data = data or self.trained.data
        if data.tag_set != self.trained.data.tag_set:
            raise InputError(f"run={self.path} was trained on other tags than those of data={data.name}")
        corpus = read_split(data, split)
        log_oddities(corpus)
        return corpus

    def score(self, split: Split = "test", *, path: str | Path | None = None, resamples: int = 10_000) -> MetricsRecord:
        """The metrics of one split of the run's corpus: the content of ``metrics-<split>.json``; nothing is written.

        Args:
            path: where the corpus lies now; ``None``: where it lay in training.
            resamples: of the dialogues, behind each interval.

        Raises:
            InputError: if the corpus is not there.
        """
        moved = {} if path is None else {"path": os.path.expanduser(path)}
        corpus = self.corpus(split, self.trained.data.model_copy(update=moved))
        return metrics_record(corpus, list(self.decide(corpus.dialogues)), resamples=resamples, policy=self.policy)

    def monitor(self, join: Join = "none") -> Monitor:
        """A new conversation that is tagged turn by turn, as it comes: exactly what :meth:`tag` says of the whole.

        Args:
            join: which messages of one speaker in a row are one turn (``turns.join``).

        Raises:
            InputError: naming the key, if the run cannot answer turn by turn from a bounded memory.
        """
        return self.stream.monitor(join)

    @cached_property
    def stream(self) -> Tagger:
        """The turn-by-turn runtime that all monitors share."""
        if isinstance(self.tagger, ExportedTagger):
            return self.tagger.runtime
        from crisis_turns.deploy.torch_runtime import streamable, streaming_tagger  # torch: not for exported folders

        return streaming_tagger(streamable(self.tagger), self.policy)

    @cached_property
    def _tokenizer(self) -> Tokenizer | None:
        if isinstance(self.tagger, ExportedTagger):
            exported: Tokenizer = self.tagger.runtime.tokenizer
            return exported
        from crisis_turns.deploy.torch_runtime import tokenizer_of  # torch: not for exported folders

        return tokenizer_of(self.tagger)

    def _decided(self, dialogues: Iterable[Dialogue]) -> Iterator[tuple[Dialogue, Tagged]]:
        remaining = iter(dialogues)
        while some := list(islice(remaining, _AT_A_TIME)):
            yield from zip(some, self.policy.apply(self.tagger.tag(some)), strict=True)

    def _answers(self, dialogue: Dialogue, tagged: Tagged) -> list[TurnTags]:
        names, begun = self.tags.names, tagged.begun
        why = {turn.turn_id: turn.why for turn in self.unread(dialogue)}
        messages = [turn.message_ids for turn in dialogue.user_turns]
        return [
            TurnTags(
                turn_id,
                self.tags.named(tagged.predicted[turn]),
                dict(zip(names, tagged.beliefs[turn].tolist(), strict=True)),
                None if begun is None else dict(zip(names, begun[turn].tolist(), strict=True)),
                why.get(turn_id),
                messages[turn],
            )
            for turn, turn_id in enumerate(tagged.turn_ids)
        ]


def load_run(
    path: str | Path, *, thresholds: str | Path | None = None, device: str = "cpu", threads: int | None = None
) -> Run:
    """Load a run folder, or a folder that ``crisis-turns export`` has written; both give the same answers.

    Args:
        path: the folder, or ``"pretrained"``: the tagger in the package (a folder called so is ``"./pretrained"``).
        thresholds: a thresholds file in place of the folder's own.
        device: where the encoder runs, as torch spells it; exported folders run on the processor.
        threads: processor threads; for a run folder those of torch in this process. ``None`` leaves torch as it is and
            gives an exported folder one.

    Raises:
        InputError: if the folder is none, or changed, or not finished, or a package that it needs is not installed.
    """
    folder = run_path(path)
    if is_exported(folder):
        if device != "cpu":
            raise InputError(f"{folder}: an exported folder runs on the processor, found device={device}")
        exported = load_exported(folder, threads=threads or 1, thresholds=thresholds)
        config = load_config(RunFolder(folder)) if RunFolder(folder).config.is_file() else None
        return Run(folder, config, exported.tags, exported, exported.policy)
    run = RunFolder(folder)
    run.check_finished()
    config = load_config(run)
    tags = config.data.tag_set
    # before the weights: a mistake in the file is told at once
    policy = read_thresholds(Path(os.path.expanduser(thresholds or run.thresholds)), tags)

    from crisis_turns.runs.weights import load_tagger  # torch: exported folders do without

    return Run(folder, config, tags, load_tagger(run, config, device=device, threads=threads), policy)
