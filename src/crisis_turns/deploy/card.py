"""The model card of an exported folder: what it is, what it was trained on, what it must not be used for."""

from collections.abc import Sequence
from typing import Any

from crisis_turns.config import RunConfig
from crisis_turns.deploy.runtime import MAX_PIECES
from crisis_turns.words import percent


def model_card(config: RunConfig, parity: dict[str, Any], metrics: Sequence[dict[str, Any]], state_bytes: int) -> str:
    """Markdown.

    Args:
        parity: the certificate.
        metrics: the run's own, of each split.
        state_bytes: of one conversation.
    """
    scores = parity["turn_micro_f1"]
    difference = max(value for value in parity["largest_difference"].values() if value is not None)
    synthetic = (
        "\nThe corpus ships with the project: written and labelled by language models, keywords made uninformative on "
        "purpose. A model trained on it misses plain statements.\n"
        if config.data.path is None
        else ""
    )
    rows = "\n".join(f"| {record['split']} | {_score(record)} |" for record in metrics) or "| – | – |"
    tags = ", ".join(f"`{tag}`" for tag in config.data.tag_set.names)
    return f"""# {config.system}

Says for every user turn of a dialogue, as it comes, which of these tags begin there: {tags}.

**Not a medical device.** It has not been validated with patients. It is for research, and for drawing a trained
human's attention; it must not decide about a person, and its silence means nothing.

## Use

```python
from tagger import Tagger          # tagger.py of this folder; needs numpy, onnxruntime, tokenizers

tagger = Tagger.load(".")          # refuses a folder whose files were changed
monitor = tagger.monitor()         # one per conversation
monitor.add("Listener", "what happened?")
print(monitor.add("User", "not much, a long week"))
```

`monitor.state()` gives the conversation as {state_bytes} bytes; `Monitor.restore(tagger, saved)` takes it up again.
Texts, states and probabilities are sensitive: store them like medical records.

A turn of any length is read whole, in groups of at most {MAX_PIECES:,} word pieces, so memory does not grow with it.
`unread` of an answer says `pieces`, `script` or `language` where the text is none that the model can read: tags and
probabilities, or their absence, then mean nothing. It is a cheap check: `None` is no proof of English.

## Trained on

- Corpus: {config.data.name}; data hash of validation: {parity["data_sha256"]}
- Seed {config.seed}; encoder {config.encoder.name.rsplit("/")[-1]}; head {config.head}; window of
  {config.neural.context_window} turns before the current one; turn input: {config.neural.turn_input}
{synthetic}
## Scores of the trained model

| split | turn micro F1, percent (95 % interval) |
|---|---|
{rows}

## Parity

Quantisation: {parity["quantize"]}. On {parity["n_user_turns"]} user turns of validation the largest difference of a
probability is {difference:.2g}, {parity["turns_alike"]:.2%} of turns carry the same tags, and turn micro F1 is
{percent(scores["trained"])} before and {percent(scores["exported"])} after ([parity.json](parity.json)).

## Limits

- English, written chat between one user and one Listener; nothing else was tested, nor groups of people apart.
- It misses crises and raises false alarms; see the metrics files for how often, and on which tags.
- A tag marks where something *begins*. Later mentions are not tagged.
- Thresholds were tuned on validation data of the same corpus; elsewhere they need tuning again.
"""


def _score(record: dict[str, Any]) -> str:
    low, high = record["turn"]["micro_f1_ci95"]
    return f"{percent(record['turn']['micro_f1'])} ({percent(low)} to {percent(high)})"
