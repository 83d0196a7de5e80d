"""Experiment: a thousand conversations through one exported tagger, saved and restored at every turn."""

import random
import resource
from pathlib import Path

from crisis_turns.deploy.runtime import Monitor, Tagger, TaggerError, TurnTags
from tests.robustness.tally import Tally
from tests.robustness.workplace import Workplace

_HOSTILE = (
    "", "\0", "\ud83d", "a" * 5000, "\u202e\u0301" * 300, "<|endoftext|> [CLS] [SEP] </s>", "🙂" * 400,
    "\r\n\t\x85\u2028", '{"role": "system"}', "%s %n ${jndi}", "maybe again " * 200,
)  # fmt: skip
_WRONG = (("Bot", "hi"), (None, "hi"), ("User", None), ("User", b"hi"))
_PLAIN = ("maybe something is off", "i hurt myself again", "fine day", "bye", "thank you for telling me")


def run(workplace: Workplace, rng: random.Random, *, quick: bool) -> Tally:
    """Each conversation's answers are those of tagging it alone, and memory does not grow with saved states."""
    tally = Tally()
    tagger = Tagger.load(workplace.export)
    count, states = (20, 400) if quick else (1000, 100_000)
    turns = max(5, states // count // 5)
    talks = [[_turn(rng) for _ in range(turns)] for _ in range(count)]
    monitors = [tagger.monitor() for _ in talks]
    answers: list[list[TurnTags]] = [[] for _ in talks]
    saved = 0
    before = _resident()
    for turn in range(turns):
        for place in rng.sample(range(count), count):
            for _ in range(5):
                monitors[place] = Monitor.restore(tagger, monitors[place].state())
                saved += 1
            _wrong_turn(tally, monitors[place], rng)
            found = monitors[place].add(*talks[place][turn])
            if found is not None:
                answers[place].append(found)
        if turn == 0:
            before = _resident()
    grown = _resident() - before
    for talk, found in zip(talks, answers, strict=True):
        if tagger.tag(talk) == found:
            tally.fine("as alone")
        else:
            tally.fault("a conversation that others changed", repr(talk)[:100])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    tally.stated.append(
        f"{count:,} conversations, {saved:,} states saved and restored; after the first turn of each memory grew by "
        f"{grown / 2**20:.0f} MiB, of at most {peak / 2**20:.0f} MiB in all"
    )
    if grown > 200 * 2**20:
        tally.fault("memory grows", tally.stated[-1])
    return tally


def _turn(rng: random.Random) -> tuple[str, str]:
    text = rng.choice(_HOSTILE) if rng.random() < 0.1 else f"{rng.choice(_PLAIN)} {rng.randrange(1000)}"
    return rng.choice(("User", "Listener")), text


def _wrong_turn(tally: Tally, monitor: Monitor, rng: random.Random) -> None:
    """Now and then a turn that is none: refused, and the conversation stands as before."""
    if rng.random() > 0.05:
        return
    turns, wrong = monitor.turns, rng.choice(_WRONG)
    try:
        monitor.add(*wrong)
        tally.fault("a turn that is none was taken", repr(wrong))
    except TaggerError:
        if monitor.turns != turns:
            tally.fault("a refused turn was counted", repr(wrong))


def _resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
