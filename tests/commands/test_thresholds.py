"""``thresholds`` at a price in alerts, through the command line."""

import shutil

import pytest

from crisis_turns.decision.alert_rates import AlertRates
from crisis_turns.runs.load import load_run
from tests.support.commands import called

PRICE = ("objective=recall", "alerts_per_1000=300", "prevalence=0.2")


def thresholds(*arguments):
    return called("thresholds", *arguments, text=True)


@pytest.mark.slow
def test_the_file_keeps_the_price_on_validation_and_what_it_means_is_told(tiny_run, tmp_path):
    shutil.copytree(tiny_run.path, tmp_path / "run")
    done = thresholds(f"run={tmp_path / 'run'}", *PRICE)
    assert done.returncode == 0, done.stderr
    file = tmp_path / "run" / "thresholds-recall-300-per-1000-at-0.2.json"
    run = load_run(str(tiny_run.path), thresholds=file)
    alerts = AlertRates.of(list(run.decide(run.corpus("validation").dialogues))).alerts_per_1000(0.2)
    assert alerts <= 300
    _, service, resolution, last = done.stdout.splitlines()
    assert service.startswith(f"where 20.00% of conversations hold a label: {float(alerts):.1f} alerts per 1,000")
    assert resolution == "each of validation's 1 conversations without a label stands for 800.0 alerts"
    assert last == f"thresholds: {file}"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("objective=recall", "alerts_per_1000=5"), "alerts_per_1000=… and prevalence=… belong together: give both"),
        (("prevalence=0.01",), "alerts_per_1000=… and prevalence=… belong together: give both"),
        (("at=3", *PRICE), "give one price: at=…, or alerts_per_1000=… and prevalence=…"),
        (("alerts_per_1000=5", "prevalence=0.01"), "alerts_per_1000=… belongs to objective=recall"),
        ((*PRICE, "prevalence=1"), "configuration key 'prevalence': input should be less than 1, found '1'"),
    ],
)
def test_half_a_price_and_two_prices_are_refused(arguments, message):
    done = thresholds("run=nowhere", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"error: {message}\n"
