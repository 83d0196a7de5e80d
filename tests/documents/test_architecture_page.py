"""The examples of ``docs/architecture.md`` work, its table of heads is the code's; every metric is told."""

import re
from typing import get_type_hints

import pytest
import torch
from hydra import compose, initialize_config_dir

from crisis_turns.commands import app
from crisis_turns.config import check
from crisis_turns.heads import HEADS, Head
from crisis_turns.metrics.metric_table import SECTIONS
from crisis_turns.metrics.metrics_file import ExtraSections
from crisis_turns.model.chains.competing import CompetingChain
from crisis_turns.tags import CRADLE
from tests.support.checkout import ROOT
from tests.support.documents import blocks, text
from tests.support.tables import tagged

PAGE = text(ROOT / "docs" / "architecture.md")


def test_the_table_of_heads_is_the_codes():
    rows = dict(re.findall(r"^\| `(\w+)` \| (\w × \w) \|", PAGE, re.M))
    of_tags = {name: f"Y × {head.n_states}" for name, head in HEADS.items() if head.n_states}
    assert rows == of_tags | {"exclusive": "1 × Y", "competing": "E × 4"}
    assert (len(CRADLE.events), CompetingChain.over(CRADLE).by_state(torch.ones(16)).shape[1]) == (8, 4)


def test_the_head_of_the_example_is_one(monkeypatch):
    monkeypatch.setitem(HEADS, "cloglog", eval(*re.findall(r"^(Head\(.*\)),$", PAGE, re.M), {"Head": Head}))
    space = {}
    exec(blocks(PAGE, "python")[0], space)
    chain, logits = space["CloglogChain"](n_tags=3), torch.randn(2, 5, 3, 1)
    posterior = chain.posterior(chain.emissions(logits))
    assert torch.allclose(posterior.onset, -torch.expm1(-logits.squeeze(-1).exp()), atol=1e-6)
    state = torch.tensor(chain.start_state).expand(2, 3, 1)
    for turn in range(5):
        step, state = chain.step(logits[:, turn], state)
        assert torch.allclose(step.begun, posterior.begun[:, turn], atol=1e-6)


def test_the_metric_of_the_example_counts():
    space = {}
    exec(blocks(PAGE, "python")[1], space)
    found = space["flag_rate"]([tagged(["", "", ""], ["alert_ongoing", "", ""]), tagged([""], [""])])
    assert found == {"flagged": 1 / 4}


@pytest.mark.parametrize(
    ("chosen", "key", "value"),
    [
        (["data=mine"], "data.name", "mine"),
        (["encoder=mine"], "encoder.max_tokens", 128),
        (["experiment=dropout"], "score_test", False),
    ],
)
def test_the_choices_of_the_examples_compose(tmp_path, chosen, key, value):
    for block in blocks(PAGE, "yaml"):
        path = tmp_path / re.findall(r"^# my_conf/(\S+)$", block, re.M)[0]
        path.parent.mkdir(parents=True)
        path.write_text(block, encoding="utf-8")
    with initialize_config_dir(str(app.CONF), version_base="1.3"):
        run = check(app.values(compose("train", [*chosen, f"hydra.searchpath=['file://{tmp_path}']"])))
    found = run
    for part in key.split("."):
        found = getattr(found, part)
    assert found == value


def test_every_section_of_the_metrics_file_is_told():
    page = text(ROOT / "docs" / "metrics.md")
    for name in (*(section.name for section in SECTIONS), *get_type_hints(ExtraSections)):
        assert re.search(rf"`{name}[`.]", page), name
