"""The model card of the tagger in the package: all its figures are read from files beside it."""

from collections.abc import Sequence

from crisis_turns.commands.service_tables import deployment_table
from crisis_turns.config import RunConfig
from crisis_turns.files import read_json
from crisis_turns.metrics.metrics_file import MetricsRecord
from crisis_turns.runs.folder import RunFolder, load_config
from crisis_turns.runs.weight_parts import INDEX
from crisis_turns.words import percent
from notebooks.packaged import card_tables
from notebooks.packaged.recipe import recipe

_RUN = "outputs/pretrained"
_ON_LABELS = "Thresholds were chosen on validation, for the best micro F1."
_CHOSEN = {
    None: _ON_LABELS,
    "f1": _ON_LABELS,
    "rate": (
        "Thresholds, one for Alerts and one for Confirms, raise as many tags for each dialogue of validation as train "
        "has;\nlabels were not read. That this suits dev better than validation's best F1 was seen on a tagger before."
    ),
    "em": "Thresholds come of rates that were estimated on validation, whose labels were not read.",
}
"""How thresholds came about, by the objective given to the maker; ``None``: the run's own."""


def model_card(box: RunFolder) -> str:
    """Markdown.

    Args:
        box: the folder, with configuration, weights, metrics and ``agreement.json``.
    """
    config = load_config(box)
    scored: list[MetricsRecord] = [read_json(path) for path in box.scored]
    tables = [card_tables.levels(scored), card_tables.alarms(scored), card_tables.by_tag(scored[-1])]
    # no early risk: where most dialogues hold a label, flagging all at once has the better figures
    tables.append(deployment_table(scored[-1]))
    probes = box.path / "metrics-probes.json"
    asked: MetricsRecord | None = read_json(probes) if probes.is_file() else None
    if asked:
        tables.append(card_tables.probes(asked))
    chosen_by = read_json(box.path / "agreement.json")["thresholds"]
    objective = f" objective={chosen_by}" if chosen_by else ""
    figures = "\n\n".join(table.markdown() for table in tables)
    return f"""# The tagger in the package (`run=pretrained`)

Written by `python -m notebooks.packaged.make`, figures included; a test holds them against the files.

Reads a conversation between one user and one Listener as it comes, and says for every user turn which of its
{len(config.data.tag_set)} tags *begin* there. An Alert is the earliest ambiguous sign of a possible crisis; a Confirm
is the turn where one becomes explicit.

**Not a medical device.** Nothing here has been validated with patients. No output may act on a person without a
clinician, and silence means nothing.

## Use

```bash
python -m src.predict run=pretrained input=chat.txt format_out=text
python -m src.thresholds run=pretrained objective=recall at=3 out=mine.json
```

**Intended:** research; drawing a trained human's attention; a start for labelling; a system to compare with.
**Not intended:** deciding about a person, replacing a screening instrument, watching people who have not agreed, any
text but written English chat of two.

## Data

{_data(box, config, scored)}

## How it was trained

{_training(config, read_json(box.finished)["fit_s"])}

```bash
{recipe(config, _RUN)}
python -m notebooks.packaged.make run={_RUN}{objective}
```

## Weights

{_weights(box)}

## Figures

Percent; 95 % intervals by bootstrap over dialogues. Splits were scored with the weights in float32, test once.
{_CHOSEN[chosen_by]}

{figures}

[What the metrics mean](../../../docs/metrics.md).

## Limits

- It misses crises, plain statements among them, and raises false alarms: see above, by tag.
- It misses acts that are described and not named, overdoses told without their intent among them; somebody else's
  crisis as a first message may be flagged.
{_other_meanings(asked)}{_long_messages(asked)}\
- A flag marks the turn where something begins; later mentions are not flagged.
- Other languages, speech and groups of people are untested. Text that it cannot read is told (`unread`), by a cheap
  check.
- Thresholds chosen here fit this corpus; elsewhere choose others (`python -m src.thresholds`).
- Far more of these dialogues hold a crisis than of those of a service: read its beliefs as an order, not as a risk.
- Tags and beliefs about a person are as sensitive as the conversation.
"""


def _other_meanings(probes: MetricsRecord | None) -> str:
    """A line on what the probes say of words with another meaning; nothing if they were not asked."""
    shares = _shares(probes, "flagged", "common_partner", "long_partner", "described_partner")
    if not shares:
        return ""
    beside, long, act = shares
    return (
        "- It hears words more than what they mean: of near partners (the words denied, somebody else's, a film's) it\n"
        f"  flags {beside} % where they stand beside a sentence, {long} % in long messages; of ordinary things in\n"
        f"  words like those of a crisis {act} %.\n"
    )


def _long_messages(probes: MetricsRecord | None) -> str:
    """A line on what the probes say of a few words in a long message; nothing if they were not asked."""
    shares = _shares(probes, "flagged_at_once", "plain_statement", "long_statement", "longer_statement")
    if not shares:
        return ""
    alone, long, longer = shares
    return (
        f"- The longer the message, the more is missed: of plain statements alone it hears {alone} %, in messages of\n"
        f"  30 to 140 words {long} %, of 150 to 280 words {longer} %; fewer where a message jumps from one thing to\n"
        "  another.\n"
    )


def _shares(probes: MetricsRecord | None, key: str, *phenomena: str) -> list[str]:
    """Of each of these probes the share in percent; none where one of them was not asked."""
    found = probes["probes"] if probes else {}
    return [percent(found[name][key]) for name in phenomena] if found.keys() >= set(phenomena) else []


def _data(box: RunFolder, config: RunConfig, scored: Sequence[MetricsRecord]) -> str:
    parts = config.data.parts
    named = f"`{config.data.name}`" + (f" ({' and '.join(parts)})" if parts else "")
    rows = (
        f"| {m['split']} | {m['n_dialogues']} | {m['n_user_turns']:,} | {m['n_labels']} | `{m['data_sha256'][:16]}` |"
        for m in scored
    )
    table = "\n".join(("| split | dialogues | user turns | labels | sha256 |", "|---|---|---|---|---|", *rows))
    known = box.n_trained_on
    dialogues = f"{known:,}" if known else "all"
    train = f" (sha256 `{read_json(box.trained_on)['train'][:16]}`)" if box.trained_on.is_file() else ""
    said = f"Trained on {dialogues} dialogues of train{train} of {named}; scored on:\n\n{table}"
    if config.data.path is None:
        said += (
            "\n\nWritten and labelled by language models ([card](../data/embedded/README.md)): the figures are **no "
            "benchmark\nfigures**, and no real conversation was trained on."
        )
    return said


def _training(config: RunConfig, seconds: float) -> str:
    encoder, model = config.encoder, config.neural
    low = f", each matrix by a difference of rank {encoder.rank}" if encoder.rank else ""
    lines = [
        f"Encoder `{encoder.name}`; of its layers, trained from the top: {encoder.trainable_layers}{low}.",
        f"`head={config.head}`, `loss={config.loss}`; past turns only, {model.context_window} before the current one.",
        f"Detectors beside the mean of word pieces: {model.detectors}. Late starts: {percent(config.late_starts)} % of "
        f"dialogues; made\n  longer: {percent(config.long_turns)} % of user turns.",
        f"Epochs: {config.optim.epochs} at most, the best on validation kept; seed {config.seed}; "
        f"`trainer.precision={config.trainer.precision}`.",
        f"Time: {seconds / 60:.0f} minutes.",
    ]
    if config.distill.identity:
        lines.append(f"Taught by another run, TEACHER below (`distill.identity={config.distill.identity}`).")
    return "\n".join(f"- {line}" for line in lines)


def _weights(box: RunFolder) -> str:
    index, alike = read_json(box.model / INDEX), read_json(box.path / "agreement.json")
    parts, size = len(set(index["weight_map"].values())), index["metadata"]["total_size"] / 1e6
    n, same = alike["n_user_turns"], alike["turns_alike"]
    return "\n".join(
        (
            f"- Only what differs from the encoder's package, in float16: {len(index['weight_map'])} tensors, "
            f"{size:.1f} MB, {parts} parts.",
            "- Loading checks the sha256 of every file, and of what the package brings.",
            f"- Against float32: {same:,} of {n:,} user turns ({percent(same / n, 2)} %) have the same tags; the "
            f"largest difference of a\n  probability is {alike['largest_difference']:.4f}.",
            "- `beliefs.jsonl` is what it believes about a few dialogues; a test asks again.",
        )
    )
