// Many recordings: each is copied and checked in turn, two at a time at most: one is checked while the next is copied. So
// formcheck never holds more than two copies, and this page never holds a file in memory.

import { button, chip, config, fillWords, find, make, say } from "/review/desk/web/dom.js";
import { pickRecordings, placeOf, readDropped } from "./chosen.js";
import { askStates, askStored, copy, order, Refusal } from "./server.js";

const UNDER_WAY = 2, ASK_EVERY_MS = 1000;
const rows = []; // of what goes in: { file, phase, ... }; phases: waits, copies, checks, done, problem, cancelled
const isOver = row => ["done", "problem", "cancelled"].includes(row.phase);
const isUnderWay = row => ["copies", "checks"].includes(row.phase);
const megabytes = Math.round(config.most_bytes / 1e6);

// Lines ------------------------------------------------------------------------------------------------------------------

function addRow(file, choice) {
  const row = { file, ...choice, phase: "waits", item: make("li"), name: make("span", "name"), state: make("span", "state"), bar: null };
  row.act = button(say("cancel"), "button quiet small", () => isOver(row) ? again(row) : cancel(row));
  row.item.append(row.name, row.state, row.act);
  find("#rows").append(row.item);
  rows.push(row);
  show(row, say("waits"));
  rows.filter(one => one.file.name === file.name).forEach(showName);
}

function show(row, words, share = null) {
  row.state.textContent = words;
  row.item.classList.toggle("problem", row.phase === "problem");
  showName(row);
  const isToRepeat = row.phase === "problem" || row.phase === "cancelled";
  row.act.hidden = row.phase === "done";
  row.act.textContent = say(isToRepeat ? "again" : "cancel");
  row.act.setAttribute("aria-label", say(isToRepeat ? "again_of" : "cancel_of", { name: row.file.name }));
  if (share === null) {
    row.bar?.remove();
    row.bar = null;
  } else {
    if (!row.bar) {
      row.bar = document.createElement("progress");
      row.bar.setAttribute("aria-label", row.file.name);
      row.item.append(row.bar);
    }
    row.bar.value = share;
  }
  showTotal();
}

/** Shows the name, a link once there is a result; with its folder where another file has the same name. */
function showName(row) {
  const { name } = row.file, folder = placeOf(row.file).split("/").slice(0, -1).join("/");
  const isOneOfMany = rows.some(one => one !== row && one.file.name === name);
  row.name.replaceChildren(row.found ? link(row.found, name) : name,
    ...(isOneOfMany && folder ? [make("span", "soft", ` ${say("in_folder", { folder })}`)] : []));
}

function showTotal() {
  const done = rows.filter(row => row.phase === "done").length, count = rows.filter(row => row.phase !== "cancelled").length;
  const problems = rows.filter(row => row.phase === "problem").length;
  find("#queue").hidden = !rows.length;
  find("#total").textContent = say(problems ? "total_problems" : "total", { done, count, problems });
  find("#cancel-all").hidden = rows.every(isOver);
}

function fail(row, words) {
  if (row.phase === "cancelled") return;
  row.phase = "problem";
  const start = `${row.file.name}: `;
  show(row, words.startsWith(start) ? words.slice(start.length) : words);
  next();
}

function describe(found) {
  if (!found.total) return say(found.state === "waiting" ? "waits" : "opening");
  const words = [say(found.drawing ? "drawing" : "measuring", found)], left_s = found.left_s;
  if (left_s !== null) words.push(left_s < 60 ? say("seconds_left", { count: Math.max(5, 5 * Math.round(left_s / 5)) })
    : say("minutes_left", { count: Math.round(left_s / 60) }));
  return words.join(", ");
}

// Going on ---------------------------------------------------------------------------------------------------------------

function next() {
  while (rows.filter(isUnderWay).length < UNDER_WAY && !rows.some(row => row.phase === "copies")) {
    const row = rows.find(one => one.phase === "waits");
    if (!row) return showTotal();
    begin(row);
  }
}

async function begin(row) {
  row.phase = "copies";
  if (row.file.size > config.most_bytes) return fail(row, say("too_large", { size: megabytes }));
  const request = (row.request = new XMLHttpRequest());
  show(row, say("copying", { percent: 0 }), 0);
  try {
    const upload = await copy(row.file, request, share => row.phase === "copies"
      && show(row, share < 1 ? say("copying", { percent: Math.floor(100 * share) }) : say("looking"), 0));
    const isWanted = () => row.phase === "copies" && row.request === request;
    if (!isWanted()) return;
    const { movement, side, file } = row;
    const { result } = await order("check", { upload, movement, side, file_date_s: file.lastModified / 1000 });
    if (!isWanted()) return void order("cancel", { result }).catch(() => {}); // cancelled meanwhile
    row.result = result;
    row.phase = "checks";
    show(row, say("waits"), 0);
    next();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (row.request === request) fail(row, error.message);
  }
}

let isAsking = false;

async function lookAgain() {
  const asked = rows.filter(row => row.phase === "checks");
  if (!asked.length || isAsking) return;
  let states;
  isAsking = true;
  try {
    states = await askStates(asked.map(row => row.result));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    find("#notes").textContent = error.message;
    return;
  } finally {
    isAsking = false;
  }
  if (find("#notes").textContent === say("lost")) find("#notes").textContent = "";
  let isNew = false;
  for (const row of asked) {
    if (row.phase !== "checks") continue;
    const found = states[row.result];
    if (!found || found.state === "gone" || found.state === "stopped") fail(row, say("gone"));
    else if (found.state === "failed") fail(row, found.why.join(" "));
    else if (found.state === "finished") {
      row.phase = "done";
      row.found = found;
      show(row, "");
      fillVerdict(row.state, found);
      isNew = true;
    } else show(row, describe(found), found.total ? (found.drawing ? 0.8 + 0.2 * found.done / found.total : 0.8 * found.done / found.total) : 0);
  }
  if (isNew) showStored();
  next();
}

function cancel(row) {
  if (isOver(row)) return;
  const was = row.phase;
  row.phase = "cancelled";
  if (was === "copies") row.request?.abort();
  const isWaitedFor = rows.some(one => one.phase === "checks" && one.result === row.result); // the same recording twice
  if (was === "checks" && !isWaitedFor) order("cancel", { result: row.result }).catch(() => {});
  show(row, say("cancelled"));
  next();
}

function again(row) {
  row.phase = "waits";
  row.result = row.request = row.found = null;
  show(row, say("waits"));
  next();
}

function cancelAll() {
  for (const row of rows.filter(one => one.phase === "waits")) { // first, so that none of them begins
    row.phase = "cancelled";
    show(row, say("cancelled"));
  }
  rows.forEach(cancel);
}

// Choosing ---------------------------------------------------------------------------------------------------------------

function take(files, isFolder) {
  const { found, leftOut } = pickRecordings(files, isFolder);
  const notes = [];
  if (leftOut) notes.push(say("left_out", { count: leftOut }));
  const room = config.most_files - rows.filter(row => !isOver(row)).length;
  if (found.length > room) notes.push(say("too_many", { count: found.length, files: room }));
  if (!found.length) notes.push(say("nothing"));
  find("#notes").textContent = notes.join("\n");
  const choice = { movement: find("#movement").value, side: find("#side-field").hidden ? "auto" : find("#side").value };
  for (const file of found.slice(0, Math.max(0, room))) addRow(file, choice);
  next();
}

function wire() {
  const movement = find("#movement"), asked = new URLSearchParams(location.search).get("movement");
  for (const one of config.movements) movement.append(new Option(one.name, one.id));
  if (config.movements.some(one => one.id === asked)) movement.value = asked;
  for (const side of ["auto", "left", "right"]) find("#side").append(new Option(say(`side_${side}`), side));
  const showSide = () => find("#side-field").hidden = !config.movements.find(one => one.id === movement.value).sides;
  movement.addEventListener("change", showSide);
  showSide();
  for (const kind of ["folder", "files"]) {
    const input = find(`#${kind}`);
    find(`#choose-${kind}`).addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      take([...input.files], kind === "folder");
      input.value = "";
    });
  }
  find("#choose-folder").hidden = !("webkitdirectory" in find("#folder"));
  find("#files").accept = config.suffixes.map(suffix => `.${suffix}`).join(",");
  const zone = find("#zone");
  const over = (event, is) => { event.preventDefault(); zone.classList.toggle("over", is); };
  for (const name of ["dragenter", "dragover"]) zone.addEventListener(name, event => over(event, true));
  zone.addEventListener("dragleave", event => over(event, false));
  zone.addEventListener("drop", async event => {
    over(event, false);
    const { files, isFolder } = await readDropped(event.dataTransfer);
    take(files, isFolder);
  });
  find("#cancel-all").addEventListener("click", cancelAll);
  addEventListener("beforeunload", event => {
    if (!rows.some(row => ["waits", "copies"].includes(row.phase))) return;
    event.preventDefault();
    event.returnValue = say("leave");
  });
}

// What is stored ---------------------------------------------------------------------------------------------------------

function link(found, words) {
  const one = make("a", "", words);
  one.href = `/review?result=${found.result}`;
  one.setAttribute("aria-label", say("open_of", { name: words }));
  return one;
}

function fillVerdict(element, found) {
  const words = [found.verdict, found.movement].filter(Boolean).join(" · ");
  element.replaceChildren(...(found.icon ? [chip(found.state_of, found.icon)] : []), words,
    ...(found.warnings ?? []).map(text => make("span", "warning", text)));
}

let asksForStored = 0;

async function showStored() {
  const number = (asksForStored += 1), { results } = await askStored();
  if (number !== asksForStored) return; // a newer list is on its way
  const day = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  find("#stored-none").hidden = results.length > 0;
  find("#results").replaceChildren(...results.map(found => {
    const item = make("li"), name = make("span", "name"), state = make("span", "state");
    name.append(link(found, found.name));
    fillVerdict(state, found);
    item.append(name, state, make("span", "date", day.format(new Date(1000 * found.dated_s))), make("span", "by", say(`date_${found.dated_by}`)));
    return item;
  }));
}

async function start() {
  fillWords();
  find("#limits").textContent = say("limits", { files: config.most_files, size: megabytes, minutes: config.most_minutes });
  wire();
  setInterval(lookAgain, ASK_EVERY_MS);
  await showStored();
  document.body.dataset.ready = "1";
}

start().catch(error => {
  if (!(error instanceof Refusal)) throw error;
  find("#notes").textContent = error.message;
});
