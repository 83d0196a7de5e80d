"""The page as a file: whole, self-contained, escaped, honest about what is not there."""

import base64
import json
import re
from html.parser import HTMLParser

import pytest

from crisis_turns.evidence.flag import Flag, Span
from crisis_turns.report import prose
from crisis_turns.report.page import render
from crisis_turns.report.page_data import embedded
from crisis_turns.runs.scoring import metrics_record
from crisis_turns.tags import CRADLE, TagSet
from tests.support.invented import dialogue
from tests.support.pages import HOSTILE, decided, full_size_page, hostile_page, marked_page, page, split
from tests.support.tables import published_split


class Elements(HTMLParser):
    """Every start tag with its attributes, as a browser's tokenizer would see them."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def data_of(text):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)[1])


def test_nothing_is_loaded_from_anywhere():
    for tag, attributes in Elements(marked_page()).found:
        for name in ("src", "href", "srcset", "action", "data"):
            value = attributes.get(name, "")
            assert value.startswith(("data:image/svg+xml", "#")) or not value, (tag, name)
    assert not re.search(r"https?://(?!www\.w3\.org)", marked_page())


def test_hostile_text_makes_no_element():
    found = Elements(hostile_page()).found
    assert sum(tag == "script" for tag, _ in found) == 2
    assert not any(tag in ("iframe", "object", "embed") for tag, _ in found)
    assert not any(name.startswith("on") for _, attributes in found for name in attributes)
    assert not any("javascript:" in (value or "") and name != "content" for _, a in found for name, value in a.items())
    assert [d["turns"][0][2] for d in data_of(hostile_page())["dialogues"]] == list(HOSTILE)


def test_embedded_json_cannot_end_its_element():
    text = embedded({"a": "</script><!--\u2028&"})
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == {"a": "</script><!--\u2028&"}


def test_the_policy_allows_this_script_and_style_alone():
    text = marked_page()
    policy = next(a["content"] for tag, a in Elements(text).found if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "style=" not in re.sub(r"<script.*?</script>", "", text, flags=re.S)


def test_marks_stand_on_their_turns():
    found = {d["id"]: d["marks"] for d in data_of(marked_page())["dialogues"]}
    alert, sh, dv = 0, 6, 9
    assert found == {
        "test-000000": [[0, sh, "hit", True, 0], [2, dv, "false_alarm", False, 0]],
        "test-000001": [[0, alert, "early", False, 1], [2, alert, "early", True, 1]],
        "test-000002": [[0, dv, "late", True, 1], [2, dv, "late", False, 1]],
        "test-000003": [[1, sh, "missed", True, 0]],
        "test-000004": [],
    }


def test_the_summary_says_it_in_words():
    text = marked_page()
    assert "Of 4 tags to find, the system placed 1 on the very turn where they begin; 1 came early" in text
    assert "1 late, and 1 never." in text
    assert "Content note:" in text
    assert "Figures are not comparable" in text


def test_a_service_is_told_what_to_expect_and_a_file_without_these_figures_has_a_page_too():
    text = marked_page()
    # three of four dialogues with a label are flagged, the one without is not
    assert "1,000 of them would raise about 8 alerts, 100 % of them right, and 2.5 of the 10 with a label" in text
    assert "<h3>In a service</h3>" in text
    assert "is one alert; it is right if the conversation holds a label." in text
    assert "F-latency (F1 × speed)" in text
    dialogues = [dialogue("U one | confirm_SH_ongoing", name="x")]
    tagged = decided(dialogues, [[["confirm_SH_ongoing"]]])
    metrics = metrics_record(split(dialogues), tagged, resamples=5)
    for name in ("deployment", "deployment_confirm", "early_risk"):
        del metrics[name]
    older = render(dialogues, tagged, CRADLE, metrics, system="a system")
    assert "In a service" not in older
    assert "Early risk" not in older


def test_silent_misses_link_to_their_dialogue():
    assert '<a href="#dialogue-3">test-000003</a>' in marked_page()
    assert data_of(marked_page())["dialogues"][3]["silent"] == [6]


def test_a_system_without_probabilities_has_a_report_too():
    text = marked_page(beliefs=False)
    assert "gave no probabilities" in text
    assert data_of(text)["dialogues"][0]["bars"] == []


def test_hidden_text_is_left_out_of_page_and_data():
    text = marked_page(hidden=True)
    assert [turn[2] for d in data_of(text)["dialogues"] for turn in d["turns"]] == [""] * 13
    assert prose.HIDDEN_NOTE in text.replace("&#39;", "'")


def test_the_words_behind_a_flag_are_there_unless_text_is_hidden():
    span = Span(turn_id=0, start=2, end=5, words="one", weight=0.25)
    flags = {f"test-{n:06d}": [] for n in range(5)} | {"test-000000": [Flag(2, "confirm_DV_past", 0.8, (span,))]}
    assert data_of(marked_page(flags=flags))["dialogues"][0]["evidence"] == [[2, 9, [["one", 0, 55]]]]
    assert [d["evidence"] for d in data_of(marked_page(flags=flags, hidden=True))["dialogues"]] == [[]] * 5


def test_an_exclusive_corpus_has_classes_instead_of_onsets():
    classes = TagSet(("change", "neutral", "sustain"), exclusive=True)
    dialogues = [dialogue("U a | change", "L b", "U c | neutral", name="x")]
    text = page(dialogues, [[["change"], ["sustain"]]], classes)
    assert "named the right class on 1 of 2 user turns" in text
    assert "Silent misses" not in text
    assert data_of(text)["dialogues"][0]["marks"] == [
        [0, 0, "hit", True, 0], [2, 1, "missed", True, 0], [2, 2, "false_alarm", False, 0]
    ]  # fmt: skip


def test_any_tag_names_will_do():
    text = page([dialogue("U a | hope", name="x")], [[["loss"]]], TagSet(("hope", "loss")))
    assert "Safety and false alarms" in text


def test_the_same_split_gives_the_same_bytes():
    assert marked_page() == marked_page()


def test_published_systems_stand_on_the_real_split_only():
    text = full_size_page(published_split(text="words " * 30))
    assert "Claude-4.5-Sonnet" in text
    assert "not comparable" not in text
    assert len(text.encode()) < 5_000_000


def test_pictures_are_plain_svg_in_two_versions():
    addresses = re.findall(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)", marked_page())
    assert len(addresses) == 8  # timing, detection, reliability and threshold
    for address in addresses:
        drawing = base64.b64decode(address).decode()
        assert drawing.rstrip().endswith("</svg>")
        assert "<script" not in drawing


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("confirm_SI_passive_ongoing", "Confirm SI passive, ongoing"),
        ("alert_past", "Alert, past"),
        ("change", "change"),
    ],
)
def test_tags_have_readable_names(name, label):
    assert prose.tag_label(name) == label


def test_figures_of_nothing_do_not_fail():
    dialogues = [dialogue("U a", name="x")]
    assert split(dialogues).dialogues
    assert decided(dialogues, [[[]]])
    assert "None: no tag that was missed" in page(dialogues, [[[]]])
