"use strict";
// Shows the embedded dialogues. All text goes through textContent: nothing of it is ever parsed as HTML.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const PAGE = 40;
  const list = document.getElementById("list");
  const form = document.getElementById("filters");
  const more = document.getElementById("more");
  const open = document.getElementById("open");
  const clear = document.getElementById("clear");
  let matching = [];
  let shown = 0;

  function element(name, className, text) {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function add(parent, ...children) {
    children.forEach((child) => parent.append(child));
    return parent;
  }

  const turns = (n) => `${n} user turn${n === 1 ? "" : "s"}`;

  // what a mark says, from its outcome and the side it stands on
  function sentence(outcome, gold, moved) {
    if (outcome === "hit") return data.outcomes.hit[1];
    if (outcome === "missed") return data.exclusive ? "is its class" : "begins here, missed";
    if (outcome === "false_alarm") return data.exclusive ? "was named" : "said here, false alarm";
    return gold ? `begins here, said ${turns(moved)} ${outcome}` : `said here, ${turns(moved)} ${outcome}`;
  }

  function mark([, tag, outcome, gold, moved]) {
    const made = element("li", `mark ${outcome}`);
    const sign = element("span", "sign", data.outcomes[outcome][0]);
    sign.setAttribute("aria-hidden", "true");
    return add(made, sign, " ", element("b", "", data.tags[tag]), ` ${sentence(outcome, gold, moved)}`);
  }

  // the words behind a flag, each with the turn where they stand and the probability without them
  function evidence(dialogue, [place, tag]) {
    const id = dialogue.turns[place][0];
    return dialogue.evidence.filter((e) => e[0] === place && e[1] === tag).flatMap(([, , spans]) => spans).map(
      ([words, turn, percent]) => element("li", "evidence",
        `${percent} % without “${words}”${turn === id ? "" : ` (turn ${turn})`}`));
  }

  // the lowest of three scales that holds every bar and threshold of the dialogue
  function scaleOf(dialogue) {
    const highest = Math.max(...dialogue.bars.flatMap(([tag, values]) => {
      const threshold = data.thresholds ? data.thresholds[tag] : 0;
      return threshold <= 100 ? [...values, threshold] : values;
    }));
    return [25, 50, 100].find((top) => highest <= top) || 100;
  }

  function track(dialogue, users, tag, values, top) {
    const made = element("div", "track");
    const peak = values.indexOf(Math.max(...values));
    made.setAttribute("role", "img");
    made.setAttribute("aria-label", `${data.tags[tag]}: highest ${values[peak]} % at turn ${users[peak][0][0]}`);
    values.forEach((value, i) => {
      const [turn, place] = users[i];
      const marks = dialogue.marks.filter((m) => m[0] === place && m[1] === tag);
      const said = marks.some((m) => m[2] === "hit" || !m[3]);
      const gold = marks.some((m) => m[3]);
      const cell = element("span", `cell${said ? " said" : ""}${gold ? " gold" : ""}`);
      cell.title = `turn ${turn[0]}: ${value} %${gold ? ", begins here" : ""}${said ? ", said" : ""}`;
      const bar = element("span", "bar");
      bar.style.height = `${Math.max(100 * value / top, 2)}%`;
      cell.append(bar);
      made.append(cell);
    });
    if (data.thresholds && data.thresholds[tag] <= 100) {
      const line = element("span", "threshold");
      line.style.bottom = `${100 * data.thresholds[tag] / top}%`;
      made.append(line);
    }
    return made;
  }

  function bars(dialogue) {
    const users = dialogue.turns.map((turn, place) => [turn, place]).filter(([turn]) => turn[1]);
    const top = scaleOf(dialogue);
    const box = element("div", "bars");
    box.append(element("p", "small", `Probability that a tag begins, one bar per user turn, up to ${top} %`));
    dialogue.bars.forEach(([tag, values]) => {
      add(box, element("p", "name", data.tags[tag]), track(dialogue, users, tag, values, top));
    });
    const line = data.thresholds ? " · dashed line: threshold" : "";
    box.append(element("p", "small", `▲ begins here · strong bar: said here${line}`));
    return box;
  }

  function body(dialogue) {
    const made = element("div", "body");
    const chat = element("ol", "chat");
    dialogue.turns.forEach(([id, user, text], place) => {
      const turn = element("li", user ? "user" : "listener");
      const who = element("p", "who", `${user ? "User" : "Listener"} · turn ${id}`);
      const said = element("p", "text", data.hidden ? "text left out" : text || "(no text)");
      if (data.hidden || !text) said.classList.add("faint");
      add(turn, who, said);
      const marks = dialogue.marks.filter((m) => m[0] === place);
      if (marks.length) turn.append(add(element("ul", "marks"), ...marks.flatMap((m) => [mark(m), ...evidence(dialogue, m)])));
      chat.append(turn);
    });
    made.append(chat);
    const aside = element("div", "aside");
    if (dialogue.bars.length) aside.append(bars(dialogue));
    dialogue.silent.forEach((tag) => aside.append(element("p", "silent small",
      `Silent miss: ${data.tags[tag]} was believed to have begun, but never said.`)));
    made.append(aside);
    return made;
  }

  function entry(index) {
    const dialogue = data.dialogues[index];
    const made = element("details", "dialogue");
    made.id = `dialogue-${index}`;
    const summary = element("summary");
    summary.append(element("span", "id", dialogue.id));
    const counts = element("span", "counts");
    Object.entries(data.outcomes).forEach(([outcome, [sign, name, plural]]) => {
      // early and late stand on both ends of the same tag: count them once
      const twoEnded = outcome === "early" || outcome === "late";
      const n = dialogue.marks.filter((m) => m[2] === outcome && (!twoEnded || m[3])).length;
      if (!n) return;
      const count = element("span", `mark ${outcome}`);
      const drawn = element("span", "sign", sign);
      drawn.setAttribute("aria-hidden", "true");
      add(count, drawn, ` ${n} `, element("span", "word", n > 1 ? plural : name));
      add(counts, count, " ");
    });
    if (!dialogue.marks.length) counts.append(element("span", "faint", "no tag, none said"));
    add(summary, " ", counts, " ", element("span", "length faint", `${dialogue.turns.length} turns`));
    made.append(summary);
    made.addEventListener("toggle", () => {
      if (made.open && !made.querySelector(".body")) made.append(body(dialogue));
    });
    return made;
  }

  function matches(dialogue) {
    const kinds = [...form.querySelectorAll("input[name=kind]:checked")].map((box) => box.value);
    const tag = document.getElementById("tag").value;
    const id = document.getElementById("id").value.trim().toLowerCase();
    if (id && !dialogue.id.toLowerCase().includes(id)) return false;
    if (!kinds.length && tag === "") return true;
    return dialogue.marks.some((m) => (!kinds.length || kinds.includes(m[2])) && (tag === "" || m[1] === Number(tag)));
  }

  function showMore() {
    const next = matching.slice(shown, shown + PAGE);
    add(list, ...next.map(entry));
    shown += next.length;
    more.hidden = shown >= matching.length;
    open.hidden = !shown;
    return next;
  }

  function filter() {
    matching = data.dialogues.map((_, index) => index).filter((index) => matches(data.dialogues[index]));
    shown = 0;
    list.replaceChildren();
    showMore();
    const all = data.dialogues.length;
    document.getElementById("count").textContent =
      matching.length === all ? `${all} dialogues` : `${matching.length} of ${all} dialogues`;
  }

  // a link to one dialogue, from the table of silent misses or from outside
  function follow() {
    const found = /^#dialogue-(\d+)$/.exec(location.hash);
    if (!found || !data.dialogues[found[1]]) return;
    const index = Number(found[1]);
    if (!matching.includes(index)) { form.reset(); filter(); }
    while (matching.indexOf(index) >= shown) showMore();
    const made = document.getElementById(`dialogue-${index}`);
    made.open = true;
    made.querySelector("summary").focus();
    made.scrollIntoView();
  }

  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  clear.addEventListener("click", () => { form.reset(); filter(); });
  more.addEventListener("click", () => {
    const [first] = showMore();
    document.getElementById(`dialogue-${first}`).querySelector("summary").focus();
  });
  open.addEventListener("click", () => list.querySelectorAll("details").forEach((made) => { made.open = true; }));
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.target.tagName !== "SUMMARY") return;
    const all = [...list.querySelectorAll("summary")];
    const next = all[all.indexOf(event.target) + step];
    if (next) { event.preventDefault(); next.focus(); }
  });
  window.addEventListener("hashchange", follow);
  document.querySelectorAll("#belief a").forEach((link) => link.addEventListener("click", (event) => {
    event.preventDefault(); // a second click on the same link changes no hash
    location.hash = link.hash;
    follow();
  }));
  form.hidden = false;
  filter();
  follow();
})();
