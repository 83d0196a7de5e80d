"""What a user's data, paths and learning rates can get wrong, through the command line: one sentence, nothing left."""

import csv
import resource
import shutil

import pytest

from crisis_turns.commands.train import run
from crisis_turns.data.corpus import log_oddities, read_split
from crisis_turns.errors import InputError
from crisis_turns.runs.folder import RunFolder, load_config
from tests.commands.test_commands import refused, run_command  # noqa: F401
from tests.data.test_corpus import data_config
from tests.support.tiny import TINY

TFIDF = ("model=tfidf", "model.min_count=1", "bootstrap=20", "run_dir=out")
TABLE = ("data=table", "data.path=corpus", "data.tags=[alert_ongoing,alert_past]")


def corpus(folder, *, labels_on="User", same_text=False, suffixes=("train", "validation", "test")):
    folder.mkdir(parents=True, exist_ok=True)
    for place, split in enumerate(suffixes):
        with (folder / f"{split}.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("dialogue_id", "turn_id", "text", "labels"))
            for n in range(6):
                name = n if same_text else 10 * place + n
                for turn, speaker in enumerate(("User", "Listener")):
                    label = "alert_ongoing" if speaker == labels_on else ""
                    writer.writerow((f"d{name}", turn, f"{speaker}: maybe {name}", label))
    return folder


@pytest.fixture
def here(tmp_path):
    return tmp_path / "here"


@pytest.mark.parametrize(
    ("labels_on", "listener"), [("Listener", "6 labels stand"), ("nobody", "0 labels stand")], ids=["listener", "none"]
)
def test_a_corpus_without_a_label_is_refused_before_training(run_command, here, labels_on, listener):  # noqa: F811
    corpus(here / "corpus", labels_on=labels_on)
    process = run_command("train", *TFIDF, *TABLE)
    refused(process, f"train: no label on any of 6 user turns, so nothing can be learnt ({listener} on Listener turns")
    assert process.left == ["corpus"]


@pytest.mark.slow
def test_validation_without_a_label_is_refused(run_command, here):  # noqa: F811
    corpus(here / "corpus")
    corpus(here / "corpus", labels_on="Listener", suffixes=("validation",))
    refused(
        run_command("train", *TFIDF, *TABLE), "validation: no label on any of 6 user turns, so thresholds cannot be"
    )


@pytest.mark.slow
def test_one_class_is_refused(run_command, here):  # noqa: F811
    corpus(here / "corpus")
    for path in (here / "corpus").glob("*.csv"):
        path.write_text(path.read_text().replace("Listener: ", ""))  # the row goes on with the User's
    exclusive = ("data.tags=[alert_ongoing,alert_past]", "data.exclusive=true", "head=exclusive")
    process = run_command("train", *TFIDF, "data=table", "data.path=corpus", *exclusive)
    refused(process, "table train: each of 6 user turns has the class 'alert_ongoing', so nothing can be learnt")


@pytest.mark.slow
def test_oddities_and_shared_dialogues_are_told_and_quiet_keeps_the_warnings(run_command, here):  # noqa: F811
    corpus(here / "corpus", same_text=True, suffixes=("train", "val", "test"))
    with (here / "corpus" / "test.csv").open("a", newline="") as file:
        csv.writer(file).writerows([("x", 0, "Listener: hi", "alert_past"), ("x", 2, "User: a", ""), ("x", 3, "b", "")])
    told = run_command("train", *TFIDF, *TABLE)
    assert told.returncode == 0, told.stderr.decode()
    warnings = [
        "warning: table test: 1 labels stand on Listener turns: reported, not scored",
        *(
            f"warning: table {second}: 6 of {n} dialogues have the text of one in {first}: scores will be too high"
            for first, second, n in (("train", "validation", 6), ("train", "test", 7), ("validation", "test", 7))
        ),
    ]
    notes = ["note: table test: 1 places where turn_id skips numbers"]
    assert told.stderr.decode().splitlines() == [*notes, *warnings]
    again = run_command("evaluate", "run=out", "bootstrap=20", "quiet=true")
    assert again.stderr.decode().splitlines() == warnings[:1]


@pytest.mark.slow
def test_a_run_whose_corpus_has_moved_is_told_where_it_lies(run_command, here):  # noqa: F811
    corpus(here / "corpus")
    assert run_command("train", *TFIDF, *TABLE).returncode == 0
    shutil.move(here / "corpus", here / "elsewhere")
    refused(run_command("thresholds", "run=out"), "data.path=corpus: no such folder")
    for name, arguments in (("thresholds", ()), ("evaluate", ("bootstrap=20", "quiet=true"))):
        process = run_command(name, "run=out", "data.path=elsewhere", *arguments)
        assert process.returncode == 0, process.stderr.decode()
    refused(
        run_command("thresholds", "run=out", "data=embedded"),
        "out was trained on other tags than those of data=embedded",
    )


@pytest.mark.slow
def test_training_that_diverges_stops_with_one_sentence(run_command, here):  # noqa: F811
    corpus(here / "corpus")
    process = run_command("train", *TINY, *TABLE, "optim.epochs=2", "optim.head_lr=1e6", "run_dir=out")
    refused(
        process, "training diverged in epoch 1: the loss on validation is nan; give lower learning rates than optim."
    )
    assert process.left == ["corpus"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((*TFIDF, *TABLE, "model.min_count=50"), "model.min_count=50: no word stands in so many of the 6 user turns"),
        ((*TFIDF, *TABLE, "run_dir=corpus/test.csv"), "corpus/test.csv: expected a folder, found a file"),
        (("data=probes",), "data=probes has no train split but test only: it is for evaluation"),
        ((*TFIDF, *TABLE, "data.path=dta/mine"), "data.path=dta/mine: no such folder; give a folder"),
        (("data=cradle",), "; data.path=FOLDER reads the files of a folder"),
    ],
)
def test_plain_mistakes_end_in_one_sentence(run_command, here, arguments, message):  # noqa: F811
    corpus(here / "corpus")
    process = run_command("train", *arguments)
    refused(process, message)
    assert process.left == ["corpus"]


@pytest.mark.slow
def test_a_full_disk_and_a_closed_folder_are_the_machines_fault(run_command, here):  # noqa: F811
    corpus(here / "corpus")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, limits[1]))  # the processes started here have it too
    try:
        full = run_command("train", *TFIDF, *TABLE, fresh=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    closed = run_command("train", *TFIDF, *TABLE, "run_dir=/sys/none")
    for process, message in ((full, ": File too large"), (closed, "/sys/none: ")):
        error = process.stderr.decode()
        assert process.returncode == 1, error
        assert error.startswith("error: ")
        assert message in error
        assert len(error.splitlines()) == 1
    assert not (here / "out" / "finished.json").exists()


def test_a_split_that_lacks_a_file_is_refused(tmp_path):
    corpus(tmp_path, suffixes=("dev", "valid"))
    with pytest.raises(ValueError, match=r"for the split 'validation', found 2: dev\.csv, valid\.csv"):
        read_split(data_config(tmp_path), "validation")
    with pytest.raises(ValueError, match=r"data/test-\*\.parquet, found dev\.csv, valid\.csv"):
        read_split(data_config(tmp_path), "test")
    (tmp_path / "test-00000-of-00002.parquet").touch()
    with pytest.raises(ValueError, match=r"test-00000-of-00002\.parquet: expected 2 files of this name, found 1"):
        read_split(data_config(tmp_path), "test")


def test_a_split_without_labels_is_told_where_it_is_only_scored(tmp_path, caplog):
    log_oddities(read_split(data_config(corpus(tmp_path, labels_on="nobody")), "test"))
    assert caplog.messages == ["cradle test: no label on any of 6 user turns: most scores are undefined"]


@pytest.mark.parametrize("brief", [False, True])
def test_scores_of_a_finished_run_that_are_no_object_are_refused(tiny_run, tmp_path, brief):
    copy = RunFolder(shutil.copytree(tiny_run.path, tmp_path / "copy"))
    copy.metrics("test").write_text("[]")
    finished = load_config(copy).model_copy(update={"run_dir": str(copy.path)})
    with pytest.raises(InputError, match=r"metrics-test\.json: expected turn of a finished run, found no turn$"):
        run(finished, brief=brief)
