// Who practises: chosen here, with a passcode if the person has one. Names are plain text, never HTML.

import { find, make, say } from "../dom.js";
import { button, sendFor } from "./screening.js";
import { words } from "../words.js";

const GUEST = "guest";
const MINE = ["formcheck.today", "formcheck.pain", "formcheck:set", "formcheck:result", "formcheck:routine"]; // what this browser remembers of one person
const PLACE = "of-person.";
const MOST_NAME = 80;

/** Returns the people of this computer and who practises; nobody if the server does not answer. */
export async function askPeople() {
  try {
    const answer = await fetch("/live/people", { cache: "no-store" });
    if (answer.ok) return await answer.json();
  } catch {
    // practice goes on without people
  }
  return { people: [], now: "", name: "", choose: false, trouble: null };
}

export class People {
  /** @param on called with: leave(), changed() when another person practises from now on. */
  constructor(root, line, on) {
    this.root = root;
    this.line = line;
    this.on = on;
    this.list = find(".people", root);
    this.status = find(".status", root);
    this.row = find(".buttons", root);
  }

  /** Asks who practises; returns whether that must be said first. */
  async refresh() {
    this.state = await askPeople();
    const { people, name, now, trouble } = this.state;
    const isShown = people.length > 1 || now === GUEST;
    this.line.hidden = !isShown;
    if (isShown)
      this.line.replaceChildren(make("bdi", "", now === GUEST ? words("people_guest") : name),
        button(words("people_change"), "quiet", () => this.on.open()));
    this.trouble = trouble;
    return this.state.choose;
  }

  async show() {
    await this.refresh();
    this.draw();
  }

  draw() {
    const { people, now, choose } = this.state;
    say(this.status, this.trouble?.text ?? "");
    this.list.replaceChildren(...people.map((one) => this.entry(one)), this.entry({ key: GUEST, name: words("people_guest") }));
    const others = choose ? [] : [button(words("screening_back"), "first", () => this.on.leave())];
    this.row.replaceChildren(...others, button(words("people_add"), "", () => this.drawAdd()),
      ...(people.some(({ key }) => key === now) ? [button(words("people_mine"), "quiet", () => this.drawMine())] : []));
  }

  entry({ key, name, locked = false }) {
    const item = make("li"), isNow = key === this.state.now && !this.state.choose;
    const choose = button("", "big", () => (locked && !isNow ? this.drawPasscode(item, { key, name }) : this.choose(key)));
    choose.append(make("bdi", "", name));
    if (isNow) choose.append(make("small", "soft", words("people_now")));
    else if (locked) choose.append(make("small", "soft", words("people_locked")));
    else if (key === GUEST) choose.append(make("small", "soft", words("people_guest_what")));
    choose.setAttribute("aria-pressed", String(isNow));
    item.append(choose);
    return item;
  }

  drawPasscode(item, one) {
    const form = this.form([this.field("passcode", { isSecret: true })], words("people_open"), ({ passcode }) => this.choose(one.key, passcode));
    item.replaceChildren(make("bdi", "large", one.name), form);
    find("input", item).focus();
  }

  drawAdd() {
    const form = this.form([this.field("name"), this.field("passcode", { isSecret: true, isFree: true }), honest()], words("people_add_do"),
      (said) => this.send("/live/people", said, ({ now }) => this.moved(now)));
    this.list.replaceChildren(wrap(form));
    this.row.replaceChildren(button(words("screening_back"), "", () => this.draw()));
    find("input", this.list).focus();
  }

  /** The person's own name, passcode, and leaving with everything. */
  drawMine() {
    const me = this.state.people.find(({ key }) => key === this.state.now);
    const name = this.form([this.field("name", { value: me.name })], words("people_rename"),
      (said) => this.send("/live/people/change", { name: said.name }, () => this.show()));
    const code = this.form([this.field("passcode", { isSecret: true, isFree: true }), honest()], words(me.locked ? "people_code_new" : "people_code_set"),
      (said) => this.send("/live/people/change", { passcode: said.passcode }, () => this.show()));
    this.list.replaceChildren(wrap(name), wrap(code), wrap(this.leaving(me)));
    this.row.replaceChildren(button(words("screening_back"), "first", () => this.draw()));
  }

  leaving(me) {
    const part = make("div", "part"), fields = me.locked ? [this.field("passcode", { isSecret: true })] : [];
    const form = this.form([make("p", "", words("people_delete_what")), ...fields], words("people_delete"), (said) => {
      const really = button(words("data_really"), "danger", () => this.send("/live/people/delete", { key: me.key, passcode: said.passcode ?? "" },
        ({ gone }) => this.left(me.key, gone)));
      part.replaceChildren(make("p", "large", words("people_delete_sure")), really, button(words("data_keep"), "", () => this.draw()));
      really.focus();
    });
    part.append(form);
    return part;
  }

  /** Says what went with a person who was deleted. */
  async left(key, gone) {
    forget(key);
    for (const name of MINE) drop(name);
    await this.show();
    const parts = Object.entries(gone).map(([code, count]) => words(count === 1 ? `data_${code}_one` : `data_${code}_many`, { count }));
    say(this.status, words("data_gone", { what: parts.join(", ") }));
    find("h1", this.root).focus();
  }

  choose(key, passcode = "") {
    return this.send("/live/people/choose", { key, passcode }, ({ now }) => this.moved(now));
  }

  /** Another person practises: this browser's memory is theirs now. */
  moved(now) {
    if (now !== this.state.now || this.state.choose) {
      if (this.state.now !== GUEST) putAway(this.state.now);
      for (const name of MINE) drop(name);
      if (now !== GUEST) takeOut(now);
    }
    this.on.changed();
  }

  async send(path, content, then) {
    say(this.status, "");
    try {
      await then(await sendFor(path, content));
    } catch (error) {
      say(this.status, this.explain(error.message, path));
    }
  }

  explain(message, path) {
    if (message.endsWith(": 507")) return words("people_unstored");
    if (!message.endsWith(": 400")) return words("data_failed");
    return /choose|delete/.test(path) ? words("people_wrong") : words("people_refused", { most: MOST_NAME });
  }

  field(name, { isSecret = false, isFree = false, value = "" } = {}) {
    const label = make("label", "labelled"), input = make("input");
    Object.assign(input, { name, value, type: isSecret ? "password" : "text", required: !isFree, autocomplete: isSecret ? "off" : "nickname",
      maxLength: isSecret ? 200 : 300, dir: "auto" });
    label.append(make("span", "", words(isFree ? `people_${name}_free` : `people_${name}`)), input);
    return label;
  }

  form(parts, does, then) {
    const form = make("form");
    form.append(...parts, button(does, "first", "submit"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      then(Object.fromEntries(new FormData(form)));
    });
    return form;
  }
}

const honest = () => make("p", "soft", words("people_honest"));

function wrap(part) {
  const item = make("li");
  item.append(part);
  return item;
}

function putAway(key) {
  try {
    const kept = Object.fromEntries(MINE.map((name) => [name, localStorage.getItem(name)]).filter(([, value]) => value !== null));
    localStorage.setItem(PLACE + key, JSON.stringify(kept));
  } catch {
    // a browser that stores nothing
  }
}

function takeOut(key) {
  try {
    for (const [name, value] of Object.entries(JSON.parse(localStorage.getItem(PLACE + key)) ?? {}))
      if (MINE.includes(name) && typeof value === "string") localStorage.setItem(name, value);
    localStorage.removeItem(PLACE + key);
  } catch {
    // nothing was put away
  }
}

const forget = (key) => drop(PLACE + key);

function drop(name) {
  try {
    localStorage.removeItem(name);
  } catch {
    // a browser that stores nothing
  }
}
