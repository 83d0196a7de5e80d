"""The exported folder: written aside, measured as it will be used, and put in place only if it passes."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from crisis_turns.config import RunConfig
from crisis_turns.data.corpus import CorpusSplit
from crisis_turns.data.split_files import hub_name
from crisis_turns.decision.policy import Policy
from crisis_turns.decision.tagged import DialogueTagger, Tagged
from crisis_turns.decision.threshold_tuning import MIN_SUPPORT, tune
from crisis_turns.decision.thresholds_file import write_thresholds
from crisis_turns.deploy.card import model_card
from crisis_turns.deploy.graphs import Quantize, write_graphs
from crisis_turns.deploy.load_export import load_exported
from crisis_turns.deploy.parity import certificate, require
from crisis_turns.deploy.runtime import MAX_STATE_BYTES
from crisis_turns.deploy.torch_runtime import specification, streamable
from crisis_turns.errors import InputError
from crisis_turns.files import check_writable, read_json, replaced, sha256, write_json, write_text
from crisis_turns.tags import TagSet

RUNTIME = Path(__file__).with_name("runtime.py")


def check_place(out: Path) -> None:
    """Refuse to replace what is no exported folder, or to write where nothing can be written.

    Raises:
        InputError: saying what stands in the way.
    """
    if not out.exists():
        check_writable(out, "out")
    elif not (out / "parity.json").is_file():
        raise InputError(f"out={out}: exists and is no exported tagger")


def write_folder(
    out: Path,
    tagger: DialogueTagger,
    config: RunConfig,
    policy: Policy,
    *,
    validation: CorpusSplit,
    quantize: Quantize,
    metrics: Sequence[Path],
    onsets: Path | None = None,
) -> dict[str, Any]:
    """Write the exported folder and return its parity certificate.

    Args:
        tagger: the trained one.
        config: how it was trained; goes along, without what names places on this machine.
        policy: the thresholds to put in; with int8 they are tuned again, to say what this policy says of the trained
            model's beliefs: whatever it was chosen for is kept.
        validation: what parity is measured on.
        metrics: the run's ``metrics-<split>.json``, which go along.
        onsets: its ``onsets.json``, which goes along too.

    Raises:
        InputError: if the tagger cannot be streamed, or the certificate is above its tolerances; nothing is left then.
    """
    check_place(out)
    neural = streamable(tagger)
    with replaced(out) as scratch:
        write_graphs(neural.model, scratch, quantize=quantize)
        write_text(scratch / "tokenizer.json", neural.tokenizer.cutter.to_str())
        write_json(scratch / "tagger.json", specification(neural))
        write_text(scratch / "config.yaml", without_places(config).as_yaml())
        write_thresholds(scratch / "thresholds.json", policy, neural.tags)
        shutil.copyfile(RUNTIME, scratch / "tagger.py")
        _write_manifest(scratch)
        exported = load_exported(scratch)
        if exported.runtime.state_bytes > MAX_STATE_BYTES:
            raise InputError(
                f"a conversation's state would be {exported.runtime.state_bytes} bytes (at most {MAX_STATE_BYTES}): "
                "use a smaller model.context_window or model.width"
            )
        trained = policy.apply(neural.tag(list(validation.dialogues)))
        found = exported.tag(validation.dialogues)
        if quantize == "int8":
            policy = _retuned(policy, trained, found, neural.tags)
            found = policy.apply(found)
            write_thresholds(scratch / "thresholds.json", policy, neural.tags)
        record = certificate(validation, trained, found, quantize=quantize)
        require(record)
        write_json(scratch / "parity.json", record)
        for path in (*metrics, *([onsets] if onsets else [])):
            shutil.copyfile(path, scratch / path.name)
        scores = [read_json(path) for path in metrics]
        write_text(scratch / "README.md", model_card(config, record, scores, exported.runtime.state_bytes))
        _write_manifest(scratch)
    return record


def without_places(config: RunConfig) -> RunConfig:
    """The configuration without the paths of this machine; of a folder its name is left."""
    path = config.data.path
    if path and not hub_name(path):
        path = Path(path).name
    data = config.data.model_copy(update={"path": path})
    encoder = config.encoder.model_copy(update={"name": _name(config.encoder.name)})
    distill = config.distill.model_copy(update={"unlabelled": None})
    places = {"teacher": None, "run_dir": None, "runs_dir": "outputs"}
    return config.model_copy(update={"data": data, "encoder": encoder, "distill": distill, **places})


def _name(source: str) -> str:
    """A hub name as it is, of a folder its name."""
    return Path(source).name if Path(source).exists() else source


def _retuned(policy: Policy, trained: Sequence[Tagged], found: Sequence[Tagged], tags: TagSet) -> Policy:
    """The same policy for other beliefs: its decisions on the trained model's are the gold to hit, tag by tag.

    Where tags had one threshold, those with few decisions share one again; where each had its own, each gets its own,
    and a tag that was not decided on keeps what it had.
    """
    asked = [replace(b, gold=a.predicted) for a, b in zip(trained, found, strict=True)]
    shared = len(np.unique(policy.thresholds)) == 1
    tuned = tune(asked, tags, scope="per_tag", once=policy.once, score=policy.score, least=MIN_SUPPORT if shared else 1)
    if shared:
        return tuned
    decided = np.any([d.predicted.any(0) for d in trained], axis=0)
    return replace(tuned, thresholds=np.where(decided, tuned.thresholds, policy.thresholds))


def _write_manifest(folder: Path) -> None:
    files = sorted(f.name for f in folder.iterdir() if f.name != "manifest.json")
    write_json(folder / "manifest.json", {"files": {name: sha256(folder / name) for name in files}})
