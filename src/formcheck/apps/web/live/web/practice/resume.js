// What a reload, a sleeping computer or a closed tab must not lose: the set that runs, kept in this browser for a while.

const NAME = "formcheck:set";
const KEPT_MS = 30 * 60_000;

/** Keeps the running set: {movement, side, of, session, carried}. */
export function keepSet(set) {
  try {
    localStorage.setItem(NAME, JSON.stringify({ ...set, atMs: Date.now() }));
  } catch {} // private windows may refuse: then only the running page knows
}

export function forgetSet() {
  try {
    localStorage.removeItem(NAME);
  } catch {}
}

/** Returns the set that was not ended, null if there is none or it is too old. */
export function keptSet() {
  try {
    const kept = JSON.parse(localStorage.getItem(NAME));
    const isUsable = typeof kept?.movement === "string" && Date.now() - kept.atMs < KEPT_MS && kept.carried;
    return isUsable ? kept : null;
  } catch {
    return null;
  }
}

/** Returns how many repetitions of a kept set are complete. */
export const doneOf = ({ carried }) => (carried?.repetitions ?? []).filter(({ whole }) => whole !== false).length;
