// Pain is remembered: reported at the press, also as the page closes, and asked about next time.

import { send } from "../person/screening.js";
import { words } from "../words.js";

const PLACE = "formcheck.pain";
const PATH = "/live/pain";
const ASK_NEW_SIGNS = new Set(["same", "worse"]);

/** Reports a press of Pain at once. What cannot be sent now is sent when the page is opened next. @return a promise: it was tried. */
export function reportPain(movement) {
  const body = JSON.stringify({ movement, at_utc: new Date().toISOString() });
  keep(body);
  return fetch(PATH, { method: "POST", body, keepalive: true, headers: { "Content-Type": "application/json" } })
    .then(({ ok }) => ok && forget(), () => {});
}

/** Sends a report that could not be sent before. */
export async function sendKeptPain() {
  const body = kept();
  if (!body) return;
  try {
    const { ok } = await fetch(PATH, { method: "POST", body, headers: { "Content-Type": "application/json" } });
    if (ok) forget();
  } catch {
    // the next start tries again
  }
}

/** Asks how it is today, and about new signs where it is not better; or how it is now, and about new signs as well. */
export class PainToday {
  /** @param on called with: decided(today), later(). */
  constructor(asker, on) {
    this.asker = asker;
    this.on = on;
  }

  /** @param isNow it has just hurt, in the middle of a routine. */
  ask({ name, why, answers }, newSigns, laterButton, { isNow = false } = {}) {
    const kicker = words(isNow ? "stopped_title" : "pain_kicker"), hasSigns = (value) => (isNow ? value !== "mistake" : ASK_NEW_SIGNS.has(value));
    const text = isNow ? words("pain_now") : why === "rose" ? words("pain_rose") : name ? words("pain_last", { name }) : words("pain_last_any");
    const today = { id: "today", text, kind: "choice", answers };
    const signs = { id: "new_signs", text: newSigns, kind: "yes_no" };
    const on = {
      answered: (id, value, said) => {
        if (id === "new_signs" || !hasSigns(value)) return void this.send(said), false;
        this.asker.ask([today, signs], said, on, { at: 1, kicker });
        return false;
      },
      leave: () => this.on.later(),
    };
    this.asker.ask([today], {}, on, { kicker, more: [laterButton], hasWayBack: false });
  }

  async send({ today, new_signs: newSigns = false }) {
    try {
      await send("/live/pain/today", { today, new_signs: newSigns });
      this.on.decided(today);
    } catch {
      this.asker.fail(words("screening_failed"));
    }
  }
}

function keep(body) {
  try {
    localStorage.setItem(PLACE, body);
  } catch {
    // a browser that stores nothing: the socket has reported it as well
  }
}

function kept() {
  try {
    return localStorage.getItem(PLACE);
  } catch {
    return null;
  }
}

function forget() {
  try {
    localStorage.removeItem(PLACE);
  } catch {
    // nothing was stored
  }
}
