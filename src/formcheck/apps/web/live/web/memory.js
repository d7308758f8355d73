// What Today and the lessons remember, in this browser: the choice, known stretches, and where the easier way is due.

const PLACE = "formcheck.today";
const EMPTY = { plan: "", routine: "", minutes: 0, isCalm: false, isLess: false, eased: "", easedFlag: "", wish: "", known: [], easier: {} };

export class Memory {
  constructor() {
    Object.assign(this, structuredClone(EMPTY), read());
  }

  /** Remembers what was chosen: a routine, a movement or a wish. */
  choose(values) {
    Object.assign(this, values);
    this.keep();
  }

  /**
   * Takes over what the last session suggests, once: the person may choose otherwise. After a session that was easy again,
   * null takes it back. @return whether anything changed.
   */
  suggest(easier) {
    const flag = easier ? (easier.way === "calm" ? "isCalm" : "isLess") : "";
    if (easier === undefined || (easier?.at ?? "") === this.eased) return false;
    const before = this.easedFlag ? { [this.easedFlag]: false } : {};
    this.choose({ ...before, eased: easier?.at ?? "", easedFlag: flag, ...(flag ? { [flag]: true } : {}) });
    return true;
  }

  /** Whether today goes the way that the last session suggests. */
  follows(easier) {
    return Boolean(easier) && (easier.way === "calm" ? this.isCalm : this.isLess);
  }

  knows(id) {
    return this.known.includes(id);
  }

  /** Remembers that a stretch was done: it need not be explained again. */
  learn(id) {
    if (this.knows(id)) return;
    this.known.push(id);
    this.keep();
  }

  /** Remembers an answer that leads to the easier way; null when it is not due any more. */
  ease(id, answer) {
    if (answer) this.easier[id] = answer;
    else delete this.easier[id];
    this.keep();
  }

  keep() {
    const kept = Object.fromEntries(Object.keys(EMPTY).map((key) => [key, this[key]]));
    try {
      localStorage.setItem(PLACE, JSON.stringify(kept));
    } catch {
      // a browser that stores nothing: it is remembered until the page is closed
    }
  }
}

function read() {
  try {
    const kept = JSON.parse(localStorage.getItem(PLACE)) ?? {};
    return Object.fromEntries(Object.keys(EMPTY).filter((key) => typeof kept[key] === typeof EMPTY[key] && kept[key])
      .map((key) => [key, kept[key]]));
  } catch {
    return {};
  }
}
