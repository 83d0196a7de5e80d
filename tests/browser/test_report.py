"""The report in a real browser: hostile text stays text, filters filter, keys work, 600 dialogues open quickly."""

import re

import pytest

from crisis_turns.evidence.flag import Flag, Span
from tests.browser.screenshots import take
from tests.support.pages import HOSTILE, full_size_page, hostile_page, marked_page
from tests.support.tables import published_split

# the driver talks to the browser over the loopback address
pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]
KEYS = {"down": "\ue015", "enter": "\ue007", "tab": "\ue004", "space": " "}


def press(window, key):
    window.driver.switch_to.active_element.send_keys(KEYS[key])


def ids(window):
    return window.texts("#list .id")


def choose(window, *, kinds=(), tag="", name=""):
    window.run(
        """
        const [kinds, tag, name] = arguments;
        document.querySelectorAll("input[name=kind]").forEach((box) => { box.checked = kinds.includes(box.value); });
        document.getElementById("tag").value = tag;
        const id = document.getElementById("id");
        id.value = name;
        id.dispatchEvent(new Event("input", { bubbles: true }));
        """,
        list(kinds), tag, name,
    )  # fmt: skip
    return [i.removeprefix("test-00000") for i in ids(window)]


@pytest.mark.parametrize("policy", [True, False], ids=["with the content policy", "without the content policy"])
def test_hostile_text_stays_text(window, policy):
    html = hostile_page()
    if not policy:  # escaping alone must hold
        html = re.sub(r"<meta http-equiv=.Content-Security-Policy[^>]*>", "", html)
    window.open(html)
    window.run("document.querySelectorAll('#list details').forEach((d) => { d.open = true; })")
    window.driver.implicitly_wait(0.2)
    assert window.run("return new Promise((done) => setTimeout(() => done(window.attacked), 300))") is None
    assert window.texts("#list .user .text") == list(HOSTILE)
    assert window.texts("#list .listener .text") == list(HOSTILE)
    assert ids(window) == list(HOSTILE)
    made = "return document.querySelectorAll('#list :is(script, img, svg, iframe, a), main iframe, h1 img').length"
    assert window.run(made) == 0
    assert window.run("return document.querySelectorAll('[href^=\"javascript\" i]').length") == 0
    assert window.messages() == []


def test_the_page_asks_for_nothing_and_complains_of_nothing(window):
    window.open(marked_page())
    asked = window.run("return performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert [name for name in asked if not name.startswith("data:")] == []
    broken = "return [...document.images].filter((image) => !image.complete || !image.naturalWidth).length"
    assert window.run(broken) == 0
    assert window.messages() == []


def test_filters(window):
    window.open(marked_page())
    assert choose(window) == ["0", "1", "2", "3", "4"]
    assert choose(window, kinds=["missed"]) == ["3"]
    assert choose(window, kinds=["false_alarm"]) == ["0"]
    assert choose(window, kinds=["early", "late"]) == ["1", "2"]
    assert choose(window, tag="6") == ["0", "3"]
    assert choose(window, kinds=["hit"], tag="6") == ["0"]
    assert choose(window, kinds=["missed"], tag="9") == []
    assert choose(window, name="0003") == ["3"]
    assert window.texts("#count") == ["1 of 5 dialogues"]
    window.run("document.getElementById('clear').click()")
    assert len(ids(window)) == 5


def test_an_opened_dialogue_names_each_error_in_words(window):
    window.open(marked_page())
    window.run("document.querySelectorAll('#list details').forEach((d) => { d.open = true; })")
    window.run("return new Promise((done) => setTimeout(done, 100))")
    marks = window.texts("#list .marks .mark")
    assert marks == [
        "✓ Confirm SH, ongoing right turn",
        "△ Confirm DV, past said here, false alarm",
        "◁ Alert, ongoing said here, 1 user turn early",
        "◁ Alert, ongoing begins here, said 1 user turn early",
        "▷ Confirm DV, past begins here, said 1 user turn late",
        "▷ Confirm DV, past said here, 1 user turn late",
        "○ Confirm SH, ongoing begins here, missed",
    ]
    assert "Silent miss: Confirm SH, ongoing" in window.texts("#list .silent")[0]
    labels = window.run("return [...document.querySelectorAll('.track')].map((t) => t.getAttribute('aria-label'))")
    assert labels[0] == "Confirm SH, ongoing: highest 80 % at turn 0"


def test_the_words_behind_a_flag_stand_under_it_as_text(window):
    spans = (Span(2, 0, 3, HOSTILE[0], 0.25), Span(0, 2, 5, "one", 0.7))
    flags = {f"test-{n:06d}": [] for n in range(5)} | {"test-000000": [Flag(2, "confirm_DV_past", 0.8, spans)]}
    window.open(marked_page(flags=flags))
    window.run("document.querySelector('#list details').open = true")
    window.run("return new Promise((done) => setTimeout(done, 100))")
    assert window.texts("#list .marks li") == [
        "✓ Confirm SH, ongoing right turn",
        "△ Confirm DV, past said here, false alarm",
        f"55 % without “{HOSTILE[0]}”",
        "10 % without “one” (turn 0)",
    ]
    assert window.messages() == []


def test_the_keyboard_is_enough(window):
    window.open(marked_page())
    window.run("document.querySelector('input[value=missed]').focus()")
    press(window, "space")
    assert ids(window) == ["test-000003"]
    press(window, "space")
    window.run("document.querySelector('#list summary').focus()")
    press(window, "down")
    press(window, "enter")
    assert window.run("return document.querySelector('details.dialogue[open]').id") == "dialogue-1"
    window.open(marked_page())
    press(window, "tab")
    assert window.run("return document.activeElement.textContent") == "Skip to the dialogues"


def test_a_link_opens_its_dialogue_through_any_filter(window):
    window.open(marked_page(), fragment="#dialogue-3")
    assert window.run("return document.querySelector('details.dialogue[open]').id") == "dialogue-3"
    choose(window, name="0001")
    window.run("document.querySelector('#belief table a').click()")
    window.run("return new Promise((done) => setTimeout(done, 100))")
    assert len(ids(window)) == 5
    assert window.run("return document.querySelector('details.dialogue[open]').id") == "dialogue-3"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_the_whole_width(window, scheme):
    window.open(marked_page(), width=390, scheme=scheme)
    window.run("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    assert window.run("return document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(window, scheme):
    """Every mark, link and faint text reaches 4.5 to 1 against what is behind it (WCAG 2.2, 1.4.3)."""
    window.open(marked_page(), scheme=scheme)
    window.run("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    window.run("return new Promise((done) => setTimeout(done, 100))")
    weak = window.run(
        r"""
        const rgb = (text) => (text.match(/[\d.]+/g) || []).map(Number);
        const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
          .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
          .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
        const behind = (e) => {
          for (; e; e = e.parentElement) {
            const c = rgb(getComputedStyle(e).backgroundColor);
            if (c.length === 3) return c;
          }
          return [255, 255, 255];
        };
        return [...document.querySelectorAll(".mark, .faint, .small, .who, .text, a, p, td:not([class^=heat]), th")]
          .filter((e) => e.textContent.trim())
          .map((e) => {
            const [a, b] = [light(rgb(getComputedStyle(e).color)), light(behind(e))];
            return [e.className, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
          }).filter(([, ratio]) => ratio < 4.5);
        """
    )
    assert weak == []


def test_print_leaves_out_controls_and_closed_dialogues(window):
    window.open(marked_page(), fragment="#dialogue-0")
    window.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    shown = "return [...document.querySelectorAll(arguments[0])].filter((e) => e.offsetParent !== null).length"
    assert window.run(shown, ".filters, nav") == 0
    assert window.run(shown, "details.dialogue") == 1


def test_six_hundred_dialogues_open_in_under_two_seconds(window):
    window.open(full_size_page(published_split(text="words of a turn " * 12)))
    seconds = window.run("return performance.getEntriesByType('navigation')[0].loadEventEnd") / 1000
    assert seconds < 2
    assert window.texts("#count") == ["600 dialogues"]
    assert len(ids(window)) == 40
    window.run("document.getElementById('more').click()")
    assert len(ids(window)) == 80
    assert choose(window, name="test-000599") == ["test-000599"]


def test_the_readmes_pictures_can_be_taken_again(window, tmp_path):
    take(window, marked_page(), tmp_path / "figures")
    for name in ("report-1280.png", "report-390.png"):
        size = (tmp_path / "figures" / name).stat().st_size
        assert 5_000 < size < 200_000
