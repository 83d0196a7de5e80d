"""Puts a trained run into the package, whole or not at all.

``python -m notebooks.packaged.make run=outputs/hier_crf [objective=rate]``. Of the weights only what the encoder's
package does not hold goes in, in float16; beside them what the run was and how it scored. Refused is a run of which
that would change more than one decision in a thousand.
"""

import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from crisis_turns.commands import app
from crisis_turns.commands.thresholds import ThresholdsConfig, choose
from crisis_turns.config import Split, validated
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.decision.tagged import Tagged
from crisis_turns.decision.thresholds_file import write_thresholds
from crisis_turns.deploy.write_export import without_places
from crisis_turns.errors import InputError
from crisis_turns.files import read_json, replaced, write_json, write_text
from crisis_turns.model.encoders.backbone import load_backbone
from crisis_turns.model.neural_tagger import NeuralTagger, build_tagger
from crisis_turns.predictions.format import read_decided, write_predictions
from crisis_turns.runs.folder import RunFolder, save_config
from crisis_turns.runs.load import Run, load_run
from crisis_turns.runs.manifest import write_manifest
from crisis_turns.runs.pretrained import PRETRAINED
from crisis_turns.runs.scoring import metrics_record
from crisis_turns.runs.weight_parts import in_parts, write_parts
from crisis_turns.runs.weights import PACKAGED, encoder_tensors, saved_tensors
from notebooks.packaged.agreement import Agreement, agreement
from notebooks.packaged.card import model_card
from notebooks.packaged.recipe import composed

LARGEST = 9_000_000
"""Bytes of all parts of the weights."""
LEAST_ALIKE = 0.999
"""Share of user turns that must carry the tags of the float32 run."""
REPEATED = 20
"""Dialogues whose beliefs go along, so that a test can ask for them again."""


def make(source: Path, out: Path = PRETRAINED, *, objective: str | None = None) -> Agreement:
    """Replace the folder in the package; returns how alike the run and what is in the package decide.

    Args:
        objective: what ``python -m src.thresholds`` chooses thresholds by, in place of the run's own; all splits are
            scored anew with them.

    Raises:
        InputError: if the run is not finished or cannot be packed so, or decides otherwise then.
    """
    if out.exists() and not in_parts(out / "model"):
        raise InputError(f"out={out}: exists and holds no weights in parts")
    with replaced(out) as scratch:
        box = RunFolder(scratch)
        run = _with_thresholds(source, objective)
        _pack(run, box)
        packed = load_run(box.path)
        found = _scored(run, packed, anew=objective is not None)
        if found["turns_alike"] < LEAST_ALIKE * found["n_user_turns"]:
            raise InputError(
                f"run={source}: with weights in half precision {found['turns_alike']} of {found['n_user_turns']} user "
                f"turns have the same tags (needed: {LEAST_ALIKE:.1%})"
            )
        _score_probes(packed)
        write_json(box.path / "agreement.json", found | {"thresholds": objective})
        write_text(box.path / "README.md", model_card(box))
        for path in (scratch, *scratch.rglob("*")):  # of a package, which everybody may read
            path.chmod(0o755 if path.is_dir() else 0o644)
    return found


def _with_thresholds(source: Path, objective: str | None) -> Run:
    if objective is None:
        return load_run(source)
    with tempfile.TemporaryDirectory() as folder:
        given = {"run": str(source), "objective": objective, "out": f"{folder}/thresholds.json"}
        return load_run(source, thresholds=choose(validated(ThresholdsConfig, given)))


def _pack(run: Run, box: RunFolder) -> None:
    """Configuration, tags, thresholds and weights."""
    config, own, tagger = run.trained, RunFolder(run.path), run.tagger
    if not isinstance(tagger, NeuralTagger) or config.neural.static or config.encoder.name not in PACKAGED:
        raise InputError(f"run={run.path}: expected a run whose encoder is one of {', '.join(PACKAGED)}")
    save_config(box, without_places(config))
    times = read_json(own.finished)
    box.finish(fit_seconds=times["fit_s"], total_seconds=times["total_s"])
    box.model.mkdir()
    shutil.copyfile(own.model / "tags.json", box.model / "tags.json")
    for source, target in ((own.onsets, box.onsets), (own.trained_on, box.trained_on)):
        if source.is_file():  # an older run has none
            shutil.copyfile(source, target)
    write_thresholds(box.thresholds, run.policy, run.tags)
    encoder = encoder_tensors(build_tagger(load_backbone(config.encoder.name), config))
    write_parts(box.model, saved_tensors(own, encoder), encoder)
    write_manifest(box)
    size = sum(part.stat().st_size for part in box.model.glob("*.safetensors"))
    if size > LARGEST:
        raise InputError(f"run={run.path}: its weights take {size / 1e6:.1f} MB (at most {LARGEST / 1e6:g})")


def _scored(run: Run, packed: Run, *, anew: bool) -> Agreement:
    """The run's metrics and tags, without its beliefs, which take ten times the room; returns how alike both decide on
    all of it.

    Args:
        anew: whether to score again, with thresholds that are not the run's own.
    """
    own, box = RunFolder(run.path), RunFolder(packed.path)
    decided: list[Tagged] = []
    found: list[Tagged] = []
    for metrics in own.scored:
        split: Split = read_json(metrics)["split"]
        corpus = packed.corpus(split, run.trained.data)
        of_split = run.policy.apply(read_decided(own.predictions(split), run.tags))
        shutil.copyfile(metrics, box.metrics(split))
        if anew:
            record = metrics_record(corpus, of_split, resamples=run.trained.bootstrap, policy=run.policy)
            write_json(box.metrics(split), record)
        write_predictions(box.predictions(split), (replace(d, onset=None, begun=None) for d in of_split), run.tags)
        decided += of_split
        found += packed.decide(corpus.dialogues)
        if split == "dev" or not (box.path / "beliefs.jsonl").exists():
            _write_beliefs(packed, corpus.dialogues)
    return agreement(decided, found)


def _write_beliefs(packed: Run, dialogues: Sequence[Dialogue]) -> None:
    """Of dialogues from all over a split."""
    places = sorted({place * len(dialogues) // REPEATED for place in range(REPEATED)})
    believed = (replace(tagged, begun=None) for tagged in packed.decide(dialogues[place] for place in places))
    write_predictions(packed.path / "beliefs.jsonl", believed, packed.tags)


def _score_probes(packed: Run) -> None:
    probes = composed("data=probes").data
    if probes.tag_set == packed.tags:
        corpus = packed.corpus("test", probes)
        decided = list(packed.decide(corpus.dialogues))
        record = metrics_record(corpus, decided, resamples=packed.trained.bootstrap, policy=packed.policy)
        write_json(packed.path / "metrics-probes.json", record)


def main(arguments: Sequence[str]) -> None:
    """``run=FOLDER``, and ``objective=…`` where the thresholds are not to be the run's own."""
    try:
        given = dict(argument.split("=", 1) for argument in arguments if "=" in argument)
        if len(given) < len(arguments) or "run" not in given or given.keys() - {"run", "objective"}:
            raise InputError(
                "expected run=FOLDER, the folder of a trained run, and objective=… if not its own thresholds"
            )
        found = make(Path(given["run"]).expanduser(), objective=given.get("objective"))
    except InputError as error:
        app.fail(str(error))
    print(f"{found['turns_alike']} of {found['n_user_turns']} user turns alike\npretrained: {PRETRAINED}")


if __name__ == "__main__":
    main(sys.argv[1:])
