// The parts of the page as a whole: the present view, its title, the privacy line, the banner, a screen that stays on.

import { find, say } from "./dom.js";
import { log } from "./log.js";
import { words } from "./words.js";

let lock;

/** Shows one view, names the state, and moves the focus to the view's heading. */
export function show(view, state = view) {
  const before = document.body.dataset.view;
  document.body.dataset.view = view;
  log.state = state;
  for (const section of document.querySelectorAll("section.view")) section.hidden = section.id !== view;
  find("nav.pages").hidden = ["stage", "stopped", "step"].includes(view);
  banner("");
  if (before === view && document.activeElement !== document.body) return;
  scrollTo(0, 0);
  find("h1", find(`#${view}`)).focus({ preventScroll: true });
}

export function banner(text) {
  const element = find("#banner");
  element.hidden = !text;
  say(element, text);
}

/** Says where pictures go, and what is stored. */
export function privacy({ local, host }, record) {
  const where = local ? "local" : "host";
  const key = record === "none" ? `privacy_${where}` : `privacy_${record}_${where}`;
  const line = find("#privacy");
  line.classList.toggle("recording", record !== "none");
  say(line, words(key, { host }));
}

export function title() {
  document.title = words(document.hidden ? "title_hidden" : "title_page");
}

/** Keeps the screen on during practice; if the browser refuses, it goes dark. */
export async function stayAwake(awake) {
  if (!awake) {
    lock?.release().catch(() => {});
    lock = null;
    return;
  }
  lock = await navigator.wakeLock?.request("screen").catch(() => null);
}
