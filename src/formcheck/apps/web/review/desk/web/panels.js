// What stands beside the picture: verdict, faults, measures, and the corrections that were made.

import { button, chip, clock, find, make, say } from "./dom.js";

const TABS = ["faults", "table", "log", "prescribe", "report", "draft"];

/** Makes the tabs; returns a function that opens one. */
export function makeTabs() {
  const list = find("#tabs");
  const open = name => {
    for (const one of TABS) {
      const tab = find(`#tab-${one}`);
      tab.setAttribute("aria-selected", String(one === name));
      tab.tabIndex = one === name ? 0 : -1;
      find(`#panel-${one}`).hidden = one !== name;
    }
  };
  TABS.forEach((name, place) => {
    const tab = button(say(`tab_${name}`), "tab", () => open(name));
    tab.id = `tab-${name}`;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", `panel-${name}`);
    tab.addEventListener("keydown", event => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      const next = TABS[(place + step + TABS.length) % TABS.length];
      open(next);
      find(`#tab-${next}`).focus();
    });
    list.append(tab);
  });
  open("faults");
  return open;
}

export function showVerdict(data) {
  const { verdict, prescription } = data, root = find("#verdict");
  const head = make("h1", "headline");
  head.append(chip(verdict.state, verdict.icon), make("span", "", verdict.headline));
  const title = make("p", "soft", verdict.title), why = make("p", "why", verdict.why);
  const facts = make("p", "facts soft", verdict.facts.map(([name, words]) => `${name} ${words}`).join(" · "));
  root.dataset.state = verdict.state;
  root.replaceChildren(head, title, why, facts);
  if (data.patient) root.append(make("p", "own", say("patient_chosen", { clock: clock(data.patient.at_s) })));
  if (prescription?.changes.length)
    root.append(make("p", "own", say("own_limits", { changes: prescription.changes.join("; ") })));
}

export function showFaults(data, does) {
  const panel = find("#panel-faults"), held = panel.contains(document.activeElement) ? document.activeElement.id : "";
  const list = make("ol", "faults");
  data.faults.forEach((fault, number) => list.append(faultCard(fault, number, data, does)));
  if (!data.faults.length) list.append(make("li", "none soft", say("no_faults")));
  panel.replaceChildren(list);
  for (const [key, lines] of [["parts", data.verdict.good], ["unseen", data.verdict.unseen]]) {
    if (!lines.length) continue;
    const block = make("ul", `plain ${key}`);
    block.append(...lines.map(line => make("li", "", line)));
    panel.append(make("h2", "", say(key)), block);
  }
  if (held) document.getElementById(held)?.focus({ preventScroll: true });
}

function faultCard(fault, number, data, does) {
  const card = make("li", `fault ${fault.status}`);
  card.dataset.from = fault.from_s;
  card.dataset.to = fault.to_s;
  const show = button("", "show", () => does.showFault(fault));
  show.id = `fault-${number}`;
  show.append(chip(fault.state, fault.icon), make("span", "name", fault.name), make("span", "when", fault.when));
  if (fault.detail) show.append(make("span", "detail", fault.detail));
  show.append(make("span", "says", fault.cue));
  show.setAttribute("aria-label", `${say("show_fault", fault)}. ${fault.word}. ${fault.detail}. ${fault.cue}`);
  card.append(show);
  const acts = make("p", "acts");
  // newest first; each person judges for themselves, so that two raters need not take each other's word back
  const judged = data.corrections.filter(one => one.fault === fault.id && Math.abs(one.at_s - fault.from_s) < 0.06);
  const isAnyone = fault.status === "added" || !does.by(), done = judged.find(one => isAnyone || one.by === does.by());
  if (judged.length) acts.append(make("span", "status", `${say(`status_${fault.status}`)} · ${judged[0].by}`));
  if (done) acts.append(act("take_back_of", "take_back", { words: done.words }, () => does.takeBack(done.id), number));
  else for (const kind of ["accept", "reject"])
    acts.append(act(`${kind}_fault`, kind, fault, () => does.judgeFault(fault, kind), number));
  card.append(acts);
  return card;
}

function act(label, words, values, does, number) {
  const one = button(say(words), "small", does);
  one.id = `${words}-${number}`;
  one.setAttribute("aria-label", say(label, values));
  return one;
}

/** Marks the faults of the picture that is shown. */
export function followFaults(time_s) {
  for (const card of document.querySelectorAll(".fault")) {
    const isNow = time_s >= Number(card.dataset.from) - 0.05 && time_s < Number(card.dataset.to);
    card.toggleAttribute("data-now", isNow);
  }
}

export function showTable(data) {
  const scroll = make("div", "scroll"), table = make("table"), head = make("tr"), body = make("tbody");
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", say("tab_table"));
  for (const key of ["measured", "in_hold", "target", "median", "most"]) {
    const cell = make("th", { measured: "", target: "goal" }[key] ?? "num", say(key));
    cell.scope = "col";
    head.append(cell);
  }
  for (const row of data.table) {
    const line = make("tr", row.asked ? "asked" : ""), name = make("th", "", row.name);
    name.scope = "row";
    if (row.called) name.append(make("span", "soft", row.called));
    line.append(name, ...["hold", "target", "median", "most"].map(key => make("td", key === "target" ? "goal" : "num", row[key])));
    body.append(line);
  }
  const top = make("thead");
  top.append(head);
  table.append(top, body);
  scroll.append(table);
  find("#panel-table").replaceChildren(scroll);
}

export function showLog(data, does) {
  const panel = find("#panel-log");
  panel.replaceChildren(make("p", "soft", say(data.corrections.length ? "log_lead" : "no_log")));
  const list = make("ol", "log");
  for (const one of data.corrections) {
    const item = make("li"), when = new Date(one.at_utc).toLocaleString(document.documentElement.lang,
      { dateStyle: "medium", timeStyle: "short" });
    item.append(button(one.words, "show", () => does.goTo(one.at_s)), make("span", "soft", `${one.by}, ${when}`));
    const back = button(say("take_back"), "small", () => does.takeBack(one.id));
    back.setAttribute("aria-label", say("take_back_of", one));
    item.append(back);
    list.append(item);
  }
  panel.append(list);
}

