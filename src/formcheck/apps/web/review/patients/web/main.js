// Patients: the list, and one patient's folder. What people wrote is inserted as text, never as HTML.

import { button, config, fillWords, find, make, say } from "/review/desk/web/dom.js";
import { order, Refusal, save } from "./server.js";

const status = find("#status"), view = find("#view");
const day = seconds => new Date(1000 * seconds).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });

function tell(words, isProblem = false) {
  status.textContent = words;
  status.classList.toggle("problem", isProblem);
}

/** Does something that formcheck may refuse; says so, and returns whether it went well. */
async function attempt(does, words = "") {
  document.body.setAttribute("aria-busy", "true");
  tell(say("working"));
  try {
    await does();
    tell(words);
    return true;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    tell(error.message, true);
    return false;
  } finally {
    document.body.removeAttribute("aria-busy");
  }
}

// Parts of both views ----------------------------------------------------------------------------------------------------

function field(words, input, attributes = {}) {
  const label = make("label", "field");
  Object.assign(input, attributes);
  label.append(make("span", "", say(words)), input);
  return label;
}

const secret = (words, isNew = false) => {
  const input = make("input");
  return [field(words, input, { type: "password", maxLength: 1000, autocomplete: isNew ? "new-password" : "off" }), input];
};

function form(parts, words, does, kind = "first") {
  const root = make("form"), go = make("button", `button small ${kind}`, say(words)), acts = make("p");
  go.type = "submit";
  acts.append(go);
  root.noValidate = true;
  root.append(...parts, acts);
  root.addEventListener("submit", event => { event.preventDefault(); does(); });
  return root;
}

const fields = (...labels) => { const root = make("div", "fields"); root.append(...labels); return root; };
const passNote = () => make("p", "soft", say("pass_note", { count: config.least_letters }));

function differ(first, second) {
  if (first.value === second.value) return false;
  tell(say("pass_differs"), true);
  return true;
}

function line(name, states, acts) {
  const item = make("li"), words = make("div", "words"), buttons = make("div", "acts");
  words.append(make("span", "name", name), ...states.filter(Boolean).map(state => make("span", "state", state)));
  buttons.append(...acts);
  item.append(words, buttons);
  return item;
}

function act(words, label, name, does, kind = "quiet") {
  const one = button(say(words), `button small ${kind}`, does);
  one.setAttribute("aria-label", say(label, { name }));
  return one;
}

function section(title, ...parts) {
  const root = make("section"), head = make("h2", "", say(title));
  root.append(head, ...parts);
  return root;
}

const list = (items, none) => {
  if (!items.length) return make("p", "soft", say(none));
  const root = make("ol");
  root.append(...items);
  return root;
};

// All patients -----------------------------------------------------------------------------------------------------------

const stateOf = one => say(!one.encrypted ? "readable" : one.open ? "unlocked" : "locked");

async function showAll() {
  const { patients } = await order("list");
  const items = patients.map(one => line(one.code, [stateOf(one)], [act("open", "open_of", one.code, () => go(one.id), "")]));
  view.replaceChildren(make("h1", "", say("title")), make("p", "lead", say("lead")), list(items, "none"), newPatient());
}

function newPatient() {
  const code = make("input"), root = section("add");
  root.classList.add("box");
  const [passField, pass] = secret("add_pass", true), [againField, again] = secret("again", true);
  root.append(form([fields(field("add_code", code, { type: "text", maxLength: 200, autocomplete: "off" })), make("p", "soft", say("add_code_note")),
    fields(passField, againField), passNote()], "add_go", () => {
    if (differ(pass, again)) return;
    attempt(async () => go((await order("add", { code: code.value, passphrase: pass.value })).id));
  }));
  return root;
}

// One patient ------------------------------------------------------------------------------------------------------------

function show(found) {
  const about = { id: found.id };
  const does = (name, more = {}, words = "") => attempt(async () => show(await order(name, { ...about, ...more })), words);
  const head = make("div", "head"), back = make("p");
  const link = make("a", "", say("back"));
  link.href = "#";
  back.append(link);
  head.append(make("h1", "", found.code), make("span", "soft", stateOf(found)));
  view.replaceChildren(back, head);
  if (!found.open) return view.append(unlock(does));
  if (found.encrypted) {
    head.append(button(say("lock"), "button small", () => attempt(async () => {
      const { count } = await order("lock", about);
      show(await order("show", about));
      setTimeout(() => tell(say("closed", { count })));
    })));
    view.append(make("p", "soft", say("lock_note", { minutes: config.minutes })));
  }
  view.append(keptOf(found, about, does), comingOf(found, does), exportsOf(found), manage(found, about, does));
}

function unlock(does) {
  const [label, pass] = secret("pass");
  return form([fields(label)], "unlock", () => does("unlock", { passphrase: pass.value }));
}

function keptOf(found, about, does) {
  const blur = make("input"), check = make("label", "check");
  blur.type = "checkbox";
  check.append(blur, make("span", "", say("blur")));
  const items = found.kept.map(one => {
    const label = one.can_open ? one.label : say("diary_label", { name: one.label });
    const look = () => attempt(async () => location.assign((await order("open", { ...about, name: one.name })).url));
    return line(label, [say("kept_on", { when: day(one.kept_s) }), one.copy && say("copy_open")], [
      ...(one.can_open ? [act("work", "work_of", label, look, "")] : []),
      ...(one.copy ? [act("put_back", "put_back_of", label, () => does("put_back", { name: one.name }))] : []),
      act("export", "export_of", label, () => attempt(async () => {
        await save("take_out", { ...about, name: one.name, blur: blur.checked }, "kept.zip");
        show(await order("show", about));
      })),
    ]);
  });
  const root = section("kept", list(items, "kept_none"));
  if (items.length) root.append(make("p", "soft", say("put_back_note")), check);
  return root;
}

function comingOf(found, does) {
  const choice = name => {
    const box = make("input"), check = make("label", "check");
    Object.assign(box, { type: "checkbox", checked: found[name], id: name });
    box.addEventListener("change", () => does(name, { active: box.checked }));
    check.append(box, make("span", "", say(name)));
    return check;
  };
  const diary = make("p");
  diary.append(button(say("diary"), "button small", () => does("diary", {}, say("diary_kept"))));
  const items = found.stored.map(one => line(one.name, [day(one.dated_s)], [
    act("move_in", "move_in_of", one.name, () => does("move_in", { key: one.key }, say("moved", { name: one.name })))]));
  return section("new", choice("active"), choice("practice"), make("p", "soft", say("practice_note")), diary, make("h3", "", say("stored")), list(items, "stored_none"));
}

function exportsOf(found) {
  const items = found.exports.map(one => {
    const item = make("li");
    item.append(make("time", "", day(one.at_s)), make("span", "", say("export_line", one)));
    return item;
  });
  const root = section("exports", list(items, "exports_none"));
  find("ol", root)?.classList.add("exports");
  return root;
}

function manage(found, about, does) {
  const root = make("details"), [passField, pass] = secret(found.encrypted ? "new_pass" : "pass", true), [againField, again] = secret("again", true);
  root.append(make("summary", "", say("manage")));
  if (found.encrypted) {
    const [oldField, old] = secret("old_pass");
    root.append(form([fields(oldField), fields(passField, againField), passNote()], "change_pass",
      () => differ(pass, again) || does("passphrase", { old: old.value, passphrase: pass.value }, say("changed"))));
  } else {
    root.append(form([fields(passField, againField), passNote()], "encrypt",
      () => differ(pass, again) || does("encrypt", { passphrase: pass.value }, say("encrypted"))));
  }
  const code = make("input");
  root.append(form([fields(field("delete_code", code, { type: "text", maxLength: 200, autocomplete: "off" }))], "delete", () => attempt(async () => {
    await order("delete", { ...about, code: code.value });
    location.hash = "";
    await showAll();
    setTimeout(() => tell(say("deleted")));
  }), "quiet"));
  return root;
}

// Going about ------------------------------------------------------------------------------------------------------------

function go(id) {
  if (location.hash === `#${id}`) return open();
  location.hash = id;
}

const open = () => {
  const id = location.hash.slice(1);
  return attempt(async () => id ? show(await order("show", { id })) : showAll());
};

fillWords();
window.addEventListener("hashchange", open);
open().then(() => { document.body.dataset.ready = "1"; });
