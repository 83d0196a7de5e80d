"""Tags the turns of conversations as they come: the runtime of an exported folder, in this one file.

It needs numpy, onnxruntime and tokenizers, no network, and nothing else of the project that made the folder::

    tagger = Tagger.load("folder")                     # checks every file's sha256
    monitor = tagger.monitor()                         # one per conversation; the tagger is shared
    monitor.add("Listener", "what happened?")          # None: only the user's turns are tagged
    found = monitor.add("User", "not much, a long week")
    found.tags, found.probabilities, found.begun
    saved = monitor.state()                            # bytes; later Monitor.restore(tagger, saved)
    monitor = tagger.monitor(join="same_speaker")      # messages in a row are one turn: answered when it is over,
    monitor.flush()                                    # which the other speaker's message says, or this

Tags of a turn use the turns up to it and never change. A long turn is cut into runs of word pieces and read whole, in
groups of at most 8,192 pieces: memory does not grow with it. ``found.unread`` says where the text is none that the
model can read. The tagger may be shared between threads; a monitor belongs to one conversation. Not a medical device.
"""

import hashlib
import json
import math
import re
import struct
from collections.abc import Callable, Iterable, Mapping
from numbers import Real
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeGuard

import numpy as np

FORMAT = 2
"""Of the folder. Folders of format 1 are read as well; their graphs give no weights, so a turn is read in one group."""
REQUIRED = ("encoder.onnx", "step.onnx", "tokenizer.json", "tagger.json", "thresholds.json")
MAX_STATE_BYTES = 64 * 1024
MAX_PIECES = 8192
"""Most word pieces, padding included, in one pass through the encoder; a single longer run still goes alone."""

Array = np.ndarray[Any, Any]
Said = tuple[str, str] | Mapping[str, str]
Vectors = dict[tuple[int, ...], Array]
"""Vectors of turns by their word pieces. They derive from what was said: treat them like the text."""
Join = Literal["none", "same_speaker"] | float
"""Which messages of one speaker in a row are one turn: none, all, or those with pauses of at most so many seconds."""
Unread = Literal["pieces", "script", "language"]
"""Why a text cannot be read: see :func:`unread`."""


class TaggerError(ValueError):
    """The folder, a turn or a saved state is not usable; the message is one sentence. Nothing else has changed."""


class TurnTags(NamedTuple):
    """What is found at one user turn.

    Attributes:
        turn_id: the turn's place in its conversation, both speakers counted from 0; of messages that were joined, the
            last one's.
        tags: the tags that begin here; each at most once per conversation if the folder's policy says so.
        probabilities: of each tag's onset at this turn.
        begun: of each tag having begun by now; ``None`` for exclusive classes.
        unread: why the model cannot read this turn, so that the rest means nothing; ``None`` where it can
            (:func:`unread`).
        message_ids: the places of the messages that were joined; empty where nothing was.
    """

    turn_id: int
    tags: tuple[str, ...]
    probabilities: dict[str, float]
    begun: dict[str, float] | None
    unread: Unread | None = None
    message_ids: tuple[int, ...] = ()


class Heard(NamedTuple):
    """How many words the user has said so far in a conversation, and how many of them are common English ones."""

    words: int = 0
    common: int = 0


def unread(text: str, unknown: float, before: Heard) -> tuple[Unread | None, Heard]:
    """Why a model that was trained on English cannot read a user's turn, and what has been heard after it.

    - ``pieces``: at least half of its word pieces are unknown to the tokenizer.
    - ``script``: at least half of its letters are not Latin.
    - ``language``: less than one in 20 of its words is one of the commonest of English. It takes 12 words: a shorter
      turn is judged together with all that the user said before. Eight letters count as one word at least, so that
      what has no spaces is judged as well.

    None of the user turns of the embedded corpora is one of these.

    Args:
        unknown: share of the turn's word pieces.
        before: of the turns before it.
    """
    letters = [letter for letter in text if letter.isalpha()]
    words = _WORD.findall(text.lower().replace("\u2019", "'"))
    own = Heard(max(len(words), len(letters) // 8), sum(word in _COMMON for word in words))
    heard = Heard(before.words + own.words, before.common + own.common)
    judged = own if own.words >= _ENOUGH else heard
    if unknown >= 0.5:
        return "pieces", heard
    if letters and 2 * sum(not _latin(letter) for letter in letters) >= len(letters):
        return "script", heard
    if own.words and judged.words >= _ENOUGH and 20 * judged.common < judged.words:
        return "language", heard
    return None, heard


class Tagger:
    """A tagger ready to run. Use :meth:`load`.

    Args:
        spec: the content of ``tagger.json``: tags, how texts are cut, the state's shapes.
        policy: the content of ``thresholds.json``.
        tokenizer: a ``tokenizers.Tokenizer``.
        encode: word pieces ``(P, L)`` of a turn's runs and their mask, to the turn's vector and (from format 2 on) its
            weight beside the vectors of the turn's other runs.
        step: vector, whether the user speaks, and the state's arrays, to onset, begun (not for exclusive classes) and
            the new arrays.
        identity: 32 bytes that name the model; saved states carry them.

    Attributes:
        tags: names, in the order of everything here.
        exclusive: whether every user turn has exactly one of them.
        once: whether a tag fires at most once per conversation.
        score: what the thresholds lie on: ``onset`` (now), ``begun`` (by now) or ``fresh`` (now, given none before).
        thresholds: one per tag; no numbers for exclusive classes.
        tokenizer: texts to word pieces.
        unknown: the word piece of what the tokenizer does not know; ``None`` if it knows everything.
    """

    def __init__(
        self,
        spec: Mapping[str, Any],
        policy: Mapping[str, Any],
        tokenizer: Any,
        encode: Callable[[Array, Array], list[Array]],
        step: Callable[..., list[Array]],
        identity: bytes,
    ) -> None:
        self.tags: tuple[str, ...] = tuple(spec["tags"])
        self.exclusive: bool = spec["exclusive"]
        self.identity = identity
        self.tokenizer, self._encode, self._step = tokenizer, encode, step
        self._weighs: bool = spec["format"] >= 2
        self.unknown = unknown_piece(tokenizer)
        text = spec["text"]
        self._before, self._after, self._between = text["before"], text["after"], text["between"]
        self._room: int = text["max_tokens"] - len(self._before) - len(self._after)
        self._start = tuple(
            np.broadcast_to(np.array(part["start"], part["dtype"]), part["shape"]) for part in spec["state"]
        )
        if mistake := _mistake(policy, self.tags, exclusive=self.exclusive):
            raise TaggerError(mistake)
        self.once: bool = policy["once"]
        self.score: Literal["onset", "begun", "fresh"] = policy.get("score", "onset")
        self.thresholds: Array = np.array([policy["thresholds"].get(tag, np.nan) for tag in self.tags])

    @classmethod
    def load(cls, folder: str | Path, *, threads: int = 1, thresholds: str | Path | None = None) -> "Tagger":
        """Check the folder and load it.

        Args:
            folder: what the export has written.
            threads: processor threads of one call.
            thresholds: a file to take in place of the folder's ``thresholds.json``.

        Raises:
            TaggerError: if a file is missing, changed or broken.
        """
        import onnxruntime
        from tokenizers import Tokenizer

        content = _verified(Path(folder))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        for pool in ("intra", "inter"):  # a thread that waits sleeps: others may need its core
            options.add_session_config_entry(f"session.{pool}_op.allow_spinning", "0")
        options.log_severity_level = 3
        try:
            encoder, stepper = (
                onnxruntime.InferenceSession(content[name], options, providers=["CPUExecutionProvider"])
                for name in ("encoder.onnx", "step.onnx")
            )
            tokenizer = Tokenizer.from_buffer(content["tokenizer.json"])
            spec = json.loads(content["tagger.json"])
            if spec["format"] not in range(1, FORMAT + 1):
                raise TaggerError(f"{folder}: format {spec['format']}, but this runtime reads formats up to {FORMAT}")
            policy = _policy(content["thresholds.json"], Path(folder) / "thresholds.json", spec)
            if thresholds is not None:
                policy = _policy(_bytes(Path(thresholds)), Path(thresholds), spec)
            inputs = [part.name for part in stepper.get_inputs()]
            return cls(
                spec,
                policy,
                tokenizer,
                lambda ids, mask: encoder.run(None, {"ids": ids, "mask": mask}),
                lambda *values: stepper.run(None, dict(zip(inputs, values, strict=True))),
                _identity(content),
            )
        except TaggerError:
            raise
        except Exception as error:  # onnxruntime and tokenizers raise plain exceptions of many kinds
            raise TaggerError(f"{folder}: cannot be loaded ({str(error).strip().splitlines()[0][:200]})") from error

    @property
    def state_bytes(self) -> int:
        """Bytes of a saved state; a model that reads turns in pairs adds 4 for each word piece of the last turn."""
        return _HEADER.size + _COUNTS[_STATE_FORMAT].size + sum(part.nbytes for part in self._start) + len(self.tags)

    def monitor(self, join: Join = "none") -> "Monitor":
        """A new conversation.

        Args:
            join: which messages of one speaker in a row are one turn.
        """
        return Monitor(self, join)

    def tag(self, dialogue: Iterable[Said], read: Vectors | None = None) -> list[TurnTags]:
        """What is found at each user turn of a whole dialogue, in order: exactly what a monitor would have said.

        Args:
            dialogue: ``(speaker, text)`` or ``{"speaker": …, "text": …}``, with the speakers "User" and "Listener".
            read: turns that were read before, for dialogues that share them; this one's are added.
        """
        monitor = Monitor(self, read=read)
        turns = ((t.get("speaker"), t.get("text")) if isinstance(t, Mapping) else t for t in dialogue)
        return [found for speaker, text in turns if (found := monitor.add(speaker, text)) is not None]

    def _vector(self, content: list[int], read: Vectors | None = None) -> Array:
        """The vector of a turn, taken from those that were read before, or put among them."""
        if read is None:
            return self._encoded(content)
        key = tuple(content)
        if key not in read:
            read[key] = self._encoded(content)
        return read[key]

    def _encoded(self, content: list[int]) -> Array:
        """The vector of a turn, all runs of at most ``max_tokens`` pooled together."""
        cuts = range(0, max(len(content), 1), self._room)
        runs = [[*self._before, *content[c : c + self._room], *self._after] for c in cuts]
        at_once = max(1, MAX_PIECES // len(runs[0])) if self._weighs else len(runs)
        if len(runs) <= at_once:
            return self._encode(*_padded(runs))[0]
        total, weights = np.zeros(1), np.zeros(1)
        for first in range(0, len(runs), at_once):
            vector, weight = self._encode(*_padded(runs[first : first + at_once]))
            total, weights = total + vector.astype(float) * weight, weights + weight
        return np.asarray((total / weights).astype(np.float32))

    def _scores(self, onset: Array, begun: Array | None) -> Array:
        """What the thresholds lie on: an onset now, one by now, or one now given none before."""
        if self.score == "onset" or begun is None:
            return onset
        if self.score == "begun":
            return begun
        onset, begun = onset.astype(float), begun.astype(float)
        return np.asarray(onset / np.maximum(1 - begun + onset, np.finfo(float).tiny))


class _Burst(NamedTuple):
    """Messages of one speaker that are being joined, with the last one's time."""

    user: bool
    texts: tuple[str, ...]
    messages: tuple[int, ...]
    seconds: float | None


class Monitor:
    """One conversation: takes its turns in order and says at once what begins. Its memory is bounded.

    Where messages are joined, a turn is tagged when it is over: with the first message that is not of it, or by
    :meth:`flush`. Its messages are kept until then.
    """

    def __init__(self, tagger: Tagger, join: Join = "none", read: Vectors | None = None) -> None:
        if join not in ("none", "same_speaker") and not (_is_number(join) and join > 0):
            raise TaggerError(f"expected join as 'none', 'same_speaker' or a number of seconds above 0, found {join!r}")
        self._tagger, self._read = tagger, read
        self._join: Join = join
        self._burst: _Burst | None = None
        self._state: tuple[Array, ...] = tagger._start
        self._fired = np.zeros(len(tagger.tags), dtype=bool)
        self._last: list[int] | None = None
        self._heard = Heard()
        self.turns = 0
        """How many turns were taken; where messages are joined, how many messages."""

    def add(self, speaker: object, text: object, seconds: float | None = None) -> TurnTags | None:
        """Take one turn and tag it; ``None`` for the Listener's.

        Where messages are joined, the answer is that of the user's turn that is over now, if one is.

        Args:
            speaker: "User" or "Listener", in any case.
            text: any string, an empty one too.
            seconds: when, from any fixed moment on; needed where pauses part turns.

        Raises:
            TaggerError: for another speaker, a text that is no string (``None`` is neither), or a missing time; the
                conversation stands as before.
        """
        name = speaker.strip().lower() if isinstance(speaker, str) else speaker
        if name not in ("user", "listener"):
            found_name = repr(speaker[:40]) if isinstance(speaker, str) else type(speaker).__name__
            raise TaggerError(f"expected the speaker 'User' or 'Listener', found {found_name}")
        if not isinstance(text, str):
            raise TaggerError(f"expected a turn's text as a string, found {type(text).__name__}")
        user, burst = name == "user", self._burst
        if self._join == "none":
            return self._take(user, text, (self.turns,))
        if self._join != "same_speaker" and not _is_number(seconds):
            given = "none" if seconds is None else repr(seconds)[:40]
            raise TaggerError(
                f"expected the time of every message in seconds, as pauses of more than {self._join:g} s part turns; "
                f"found {given}"
            )
        over = burst is not None and (burst.user != user or not self._soon(burst.seconds, seconds))
        found = self.flush() if over else None
        before = self._burst or _Burst(user, (), (), None)
        self._burst = _Burst(user, (*before.texts, text.strip()), (*before.messages, self.turns), seconds)
        self.turns += 1
        return found

    def flush(self) -> TurnTags | None:
        """End the turn whose messages are being joined, and tag it; ``None`` if it is the Listener's, or none is."""
        if self._burst is None:
            return None
        found = self._take(self._burst.user, "\n".join(self._burst.texts), self._burst.messages)
        self._burst = None
        return found

    def _soon(self, before: float | None, now: float | None) -> bool:
        """Whether a message comes soon enough after one of the same speaker's to be of its turn."""
        return self._join == "same_speaker" or before is None or now is None or now - before <= float(self._join)

    def _take(self, user: bool, text: str, messages: tuple[int, ...]) -> TurnTags | None:
        tagger = self._tagger
        ids = word_pieces(tagger.tokenizer, text)
        pair = tagger._between is not None
        content = [*self._last, *tagger._between, *ids] if pair and self._last is not None else ids
        found = tagger._step(tagger._vector(content, self._read), np.array([user]), *self._state)
        beliefs = found[: len(found) - len(self._state)]
        if not all(np.isfinite(part).all() for part in beliefs):
            raise TaggerError("the model gave no number for this turn")
        self._state = tuple(found[len(beliefs) :])
        self._last = ids if pair else None
        self.turns = max(self.turns, messages[-1] + 1)
        if not user:
            return None
        why, self._heard = unread(text, unknown_share(ids, tagger.unknown), self._heard)
        return self._decided(messages, why, *beliefs)

    def _decided(
        self, messages: tuple[int, ...], why: Unread | None, onset: Array, begun: Array | None = None
    ) -> TurnTags:
        tagger = self._tagger
        if tagger.exclusive:
            fires = np.arange(len(onset)) == onset.argmax()
        else:
            fires = tagger._scores(onset, begun) >= tagger.thresholds
            if tagger.once:
                fires &= ~self._fired
        self._fired |= fires
        names = tagger.tags
        return TurnTags(
            messages[-1],
            tuple(names[i] for i in np.flatnonzero(fires)),
            dict(zip(names, onset.tolist(), strict=True)),
            None if begun is None else dict(zip(names, begun.tolist(), strict=True)),
            why,
            messages if len(messages) > 1 else (),
        )

    def state(self) -> bytes:
        """The conversation so far as bytes: ``Tagger.state_bytes`` of them, of no use with another model.

        They derive from what was said: treat them like the text.

        Raises:
            TaggerError: if they would be more than 64 kB, which only a very long last turn of a model that reads turns
                in pairs can cause, or very long messages that are being joined; after the next turn it works again.
        """
        burst = b"" if self._join == "none" else json.dumps([self._join, self._burst]).encode()
        last = b"" if self._last is None else np.array(self._last, dtype="<i4").tobytes()
        counts = _COUNTS[_STATE_FORMAT].pack(
            self.turns, -1 if self._last is None else len(self._last), *self._heard, len(burst)
        )
        parts = (_little(part).tobytes() for part in self._state)
        payload = b"".join((counts, *parts, self._fired.tobytes(), last, burst))
        if _HEADER.size + len(payload) > MAX_STATE_BYTES:
            raise TaggerError(f"the last turn is too long for a saved state of at most {MAX_STATE_BYTES} bytes")
        return _HEADER.pack(_MAGIC, _STATE_FORMAT, self._tagger.identity, hashlib.sha256(payload).digest()) + payload

    @classmethod
    def restore(cls, tagger: Tagger, saved: bytes) -> "Monitor":
        """The conversation that :meth:`state` saved.

        Raises:
            TaggerError: if the bytes are broken, or another model's.
        """
        if not isinstance(saved, bytes):
            raise TaggerError(f"expected a saved state as bytes, found {type(saved).__name__}")
        if len(saved) < _HEADER.size or saved[: len(_MAGIC)] != _MAGIC:
            raise TaggerError("not a saved state, or one that was cut off")
        _, version, identity, digest = _HEADER.unpack_from(saved)
        if version not in _COUNTS:
            raise TaggerError(f"a state of format {version}, but this runtime reads formats up to {_STATE_FORMAT}")
        if identity != tagger.identity:
            raise TaggerError("the state was saved by another model")
        payload = saved[_HEADER.size :]
        if hashlib.sha256(payload).digest() != digest:
            raise TaggerError("the state was damaged or cut off")
        monitor = cls(tagger)
        counts = _COUNTS[version]
        monitor.turns, length, *more = counts.unpack_from(payload)
        monitor._heard = Heard(*more[:2])
        if joining := sum(more[2:]):
            monitor._join, burst = json.loads(payload[-joining:])
            monitor._burst = burst and _Burst(burst[0], tuple(burst[1]), tuple(burst[2]), burst[3])
            payload = payload[:-joining]
        at, parts = counts.size, []
        for part in tagger._start:
            kind = _little(part).dtype
            parts.append(np.frombuffer(payload, kind, part.size, at).reshape(part.shape).astype(part.dtype))
            at += part.nbytes
        monitor._state = tuple(parts)
        monitor._fired = np.frombuffer(payload, bool, len(tagger.tags), at).copy()
        last = np.frombuffer(payload, "<i4", offset=at + len(tagger.tags))
        monitor._last = last.tolist() if length >= 0 else None
        return monitor


_MAGIC = b"crisis-turns\0\0\0\0"
_HEADER = struct.Struct("<16sI32s32s")  # magic, format, model, sha256 of what follows
_STATE_FORMAT = 4  # not 3: no flipped bit makes an older format of it
_COUNTS = {1: struct.Struct("<qi"), 2: struct.Struct("<qiqq"), 4: struct.Struct("<qiqqi")}
"""By state format: turns taken, word pieces of the last one (-1: not kept), words heard and common ones among them,
bytes of what is being joined."""
_ENOUGH = 12
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_COMMON_WORDS = """
the and of you my it that for with have but not what be this are your at just they she been from know about how
when if like get would there him his then could feel it's i'm don't can't that's because can too has more out up
who why now one them their some than very even still thing things back think going really said tell i to is we
i've didn't won't isn't he's she's there's what's i'd i'll you're they're we're dont im cant its ive every day
days before after only into which should never always nothing anything something everything someone sorry thanks
thank hi hello yeah ok okay
"""
_COMMON = frozenset(_COMMON_WORDS.split())
"""Common in English chats, and not words of its neighbours as well, as "in", "me", "so" and "was" are."""


def _is_number(value: object) -> TypeGuard[float]:
    """Finite, and no truth value; numpy's are numbers too."""
    return type(value) is not bool and isinstance(value, Real) and math.isfinite(value)


def word_pieces(tokenizer: Any, text: str) -> list[int]:
    """What is read of a turn's text."""
    whole = text.strip().encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # half an emoji: U+FFFD
    ids: list[int] = tokenizer.encode(whole, add_special_tokens=False).ids
    return ids


def unknown_piece(tokenizer: Any) -> int | None:
    """The word piece of what a tokenizer does not know; ``None`` if it has none."""
    name = getattr(tokenizer.model, "unk_token", None)
    piece: int | None = None if name is None else tokenizer.token_to_id(name)
    return piece


def unknown_share(ids: list[int], unknown: int | None) -> float:
    """Share of word pieces that are the unknown one."""
    return 0.0 if unknown is None else ids.count(unknown) / max(1, len(ids))


def _latin(letter: str) -> bool:
    return letter < "\u0300" or "\u1e00" <= letter <= "\u1eff"


def _padded(runs: list[list[int]]) -> tuple[Array, Array]:
    """Runs, of which the first is a longest, as ``(P, L)`` ids and mask."""
    ids = np.zeros((len(runs), len(runs[0])), dtype=np.int64)
    mask = np.zeros(ids.shape, dtype=bool)
    for row, run in enumerate(runs):
        ids[row, : len(run)], mask[row, : len(run)] = run, True
    return ids, mask


def _little(part: Array) -> Array:
    return part.astype(part.dtype.newbyteorder("<"), copy=False)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise TaggerError(f"{path}: cannot be read ({error.strerror})") from None


def _policy(data: bytes, source: Path, spec: Mapping[str, Any]) -> dict[str, Any]:
    """The content of a thresholds file, which people may have edited."""
    try:
        policy = json.loads(data)
    except ValueError:
        raise TaggerError(f"{source}: expected the JSON of a thresholds file") from None
    if mistake := _mistake(policy, tuple(spec["tags"]), exclusive=spec["exclusive"]):
        raise TaggerError(f"{source}: {mistake}")
    return dict(policy)


def _mistake(policy: Any, tags: tuple[str, ...], *, exclusive: bool) -> str | None:
    """What is wrong with the content of a thresholds file, if anything is."""
    known = isinstance(policy, Mapping) and {"once", "thresholds"} <= policy.keys() <= {"once", "score", "thresholds"}
    if not known or not isinstance(policy["once"], bool) or not isinstance(policy["thresholds"], Mapping):
        return "expected once (true or false), thresholds (a number for each tag) and score"
    score, thresholds = policy.get("score", "onset"), policy["thresholds"]
    if score not in ("onset", "begun", "fresh"):
        return f"expected the score onset, begun or fresh, found {str(score)[:40]!r}"
    if exclusive:
        return None
    if set(thresholds) != set(tags):
        return f"expected one threshold for each of the {len(tags)} tags"
    for tag, value in thresholds.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
            return f"expected a number as the threshold of '{tag}', found {str(value)[:40]!r}"
    return None


def _verified(folder: Path) -> dict[str, bytes]:
    """The bytes of the required files; every file that the manifest lists has been hashed."""
    try:
        listed = json.loads((folder / "manifest.json").read_bytes())["files"]
    except FileNotFoundError:
        raise TaggerError(f"{folder}: expected an exported tagger, found no manifest.json in it") from None
    except (OSError, ValueError, KeyError, TypeError):
        raise TaggerError(f"{folder / 'manifest.json'}: expected file names and hashes") from None
    if not isinstance(listed, dict) or not set(REQUIRED) <= set(listed):
        raise TaggerError(f"{folder / 'manifest.json'}: expected the hashes of {', '.join(REQUIRED)}")
    content = {}
    for name, expected in listed.items():
        told = folder / name[:100]  # a damaged name may be endless
        try:
            data = (folder / Path(name).name).read_bytes()
        except OSError:
            raise TaggerError(f"{told}: the file is missing") from None
        if hashlib.sha256(data).hexdigest() != expected:
            raise TaggerError(f"{told}: was changed after the export (its sha256 is not the manifest's)")
        if name in REQUIRED:
            content[name] = data
    return content


def _identity(content: Mapping[str, bytes]) -> bytes:
    """Names graphs, tokenizer and tags; thresholds are policy and may change under a running conversation."""
    digest = hashlib.sha256()
    for name in REQUIRED[:-1]:
        digest.update(hashlib.sha256(content[name]).digest())
    return digest.digest()
