"""What ``benchmark.json`` holds: a record of its target."""

from typing import Literal, NotRequired, TypedDict

from crisis_turns.speed.settings import Precision
from crisis_turns.speed.timing import Latency, Ratio

Form = Literal["torch", "ONNX", "scikit-learn"]
Dtype = Literal["float32", "bf16", "int8", "float64"]


class Machine(TypedDict):
    """Facts that belong beside every figure; ``threads`` are torch's, ``flags`` the processor's that matter here."""

    date: str
    processor: str
    cores: int | None
    threads: int
    flags: list[str]
    device: str
    torch: str
    python: str
    system: str


class TaggingMachine(Machine):
    onnxruntime: str


class Encoder(TypedDict):
    name: str
    parameters: int
    layers: int
    width: int


class WordPieces(TypedDict):
    """Of a turn."""

    mean: float
    p95: float
    longest: int


class SystemRow(TypedDict):
    """One system with its encoder in one precision.

    ``padding`` is a share of the positions, ``matrix_share`` of the matrix rate; ``times_plain`` is against the plain
    loop in the same precision, ``times_plain_32`` against it in float32.
    """

    system: str
    precision: Precision
    seconds: tuple[float, ...]
    dialogues_per_s: float
    tokens_per_s: float
    tokens: int
    padding: float
    matrix_share: float
    times_plain: Ratio
    times_plain_32: Ratio
    peak_mib: NotRequired[float]


class CostPerTurn(TypedDict):
    tagging_ms_per_turn: float
    training_above_encoder_ms_per_turn: float


class LengthRow(CostPerTurn):
    turns: int


class WindowRow(CostPerTurn):
    window: int | None


class CorpusRow(TypedDict):
    dialogues: int
    turns: int
    tokens: int
    tokenise_s: float
    batch_epoch_s: float
    steps_per_epoch: int
    dialogues_per_step: int
    encoded_mib: float


class Growth(TypedDict):
    """One row for each measured size."""

    length: list[LengthRow]
    window: list[WindowRow]
    corpus: list[CorpusRow]


class TrainingRecord(TypedDict):
    """``matrix_shape`` is (n, k, m) of the products ``(n, k)`` times ``(k, m)``; ``matrix_rate`` is in FLOP/s."""

    target: Literal["training"]
    machine: Machine
    encoder: Encoder
    dialogues: int
    rounds: int
    matrix_shape: tuple[int, int, int]
    training: list[SystemRow]
    turns: int
    word_pieces_per_turn: WordPieces
    matrix_rate: dict[Precision, float]
    tagging: list[SystemRow]
    growth: Growth


class Corpus(TypedDict):
    name: str
    split: str
    sha256: str


class VariantRow(TypedDict):
    """One form of one trained tagger; ``latency_ms`` is ``None`` where it does not run turn by turn."""

    name: str
    system: str
    form: Form
    precision: Dtype
    folder: str
    times_base: Ratio
    turns_per_s: float
    user_turns_per_s: float
    seconds: tuple[float, ...]
    latency_ms: Latency | None
    load_s: float
    size_mb: float
    turn_micro_f1: float
    peak_mib: NotRequired[float]


class Refused(TypedDict):
    """What is not measured, and why."""

    name: str
    reason: str


class TaggingRecord(TypedDict):
    """``base`` names the variant whose speed is 1."""

    target: Literal["tagging"]
    machine: TaggingMachine
    data: Corpus
    dialogues: int
    turns: int
    user_turns: int
    rounds: int
    base: str
    variants: list[VariantRow]
    refused: list[Refused]


class ContentionRow(TypedDict):
    """An epoch in one manner beside so many busy processes; ``threads`` are those of each round, ``times_alone`` its
    time against that of the default with nobody else.
    """

    manner: str
    busy: int
    threads: list[int]
    seconds: tuple[float, ...]
    times_alone: Ratio


class ContentionRecord(TypedDict):
    target: Literal["contention"]
    machine: Machine
    encoder: str
    trainable_layers: int | str
    precision: Precision
    dialogues: int
    rounds: int
    rows: list[ContentionRow]


class CorpusSizeRow(TypedDict):
    """``states_s`` is told from a sample, ``epoch_s`` from some steps; ``peak_mib`` is memory that the process alone
    holds, ``peak_with_mapped_mib`` counts what is mapped from files too.
    """

    dialogues: int
    turns: int
    tokens: int
    tokenise_s: float
    states_s: float
    epoch_s: float
    disk_mib: float
    peak_mib: float
    peak_with_mapped_mib: float


class CorpusSizeRecord(TypedDict):
    target: Literal["corpus"]
    machine: Machine
    encoder: str
    trainable_layers: int | str
    precision: Precision
    sample: int
    steps: int
    rows: list[CorpusSizeRow]


class SeedsRow(TypedDict):
    """One command in a fresh process; ``cold``: nothing was in the cache, ``times_one`` its time against one run's."""

    name: str
    cold: bool
    seconds: float
    times_one: float


class SeedsRecord(TypedDict):
    target: Literal["seeds"]
    machine: Machine
    encoder: str
    trainable_layers: int | str
    precision: Precision
    dialogues: int
    seeds: int
    epochs: int
    rows: list[SeedsRow]
    equal: bool
