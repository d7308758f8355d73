// What a reload, a sleeping computer or a closed tab must not lose: the set that runs, or the result with its questions.
// Both are kept in this browser for a while.

const NAME = "formcheck:set", RESULT = "formcheck:result";
const KEPT_MS = 30 * 60_000;

/** Keeps the running set: {movement, side, of, session, carried}. */
export function keepSet(set) {
  write(NAME, set);
}

/** The set is over; its result, too. */
export function forgetSet() {
  forget(NAME);
  forget(RESULT);
}

/** Returns the set that was not ended, null if there is none or it is too old. */
export function keptSet() {
  const kept = read(NAME);
  return typeof kept?.movement === "string" && kept.carried ? kept : null;
}

/** Returns how many repetitions of a kept set are complete. */
export const doneOf = ({ carried }) => (carried?.repetitions ?? []).filter(({ whole }) => whole !== false).length;

/** Keeps the result that is on the screen: {summary, set, card, sideBefore, at: the place in a routine}; without its pictures. */
export function keepResult({ summary, ...more }) {
  write(RESULT, { ...more, summary: { ...summary, best: null, worst: null } });
}

/** Keeps how far its questions are, and what was answered; nothing if the result is not kept. */
export function keepAsked(asked) {
  const kept = keptResult();
  if (kept) write(RESULT, { ...kept, asked });
}

export function forgetResult() {
  forget(RESULT);
}

/** Whether the person loads the page that showed a result again; one who opens it from elsewhere wants what is next. */
export function isLoadedAgain() {
  return performance.getEntriesByType("navigation")[0]?.type === "reload";
}

/** Returns the result that was not left, null if there is none or it is too old. */
export function keptResult() {
  const kept = read(RESULT);
  return typeof kept?.set?.movement === "string" && kept.summary ? kept : null;
}

function read(name) {
  try {
    const kept = JSON.parse(localStorage.getItem(name));
    return Date.now() - kept.atMs < KEPT_MS ? kept : null;
  } catch {
    return null;
  }
}

function write(name, value) {
  try {
    localStorage.setItem(name, JSON.stringify({ ...value, atMs: Date.now() }));
  } catch {} // private windows may refuse: then only the running page knows
}

function forget(name) {
  try {
    localStorage.removeItem(name);
  } catch {}
}
