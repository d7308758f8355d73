// The log for tests and the benchmark. Every list is bounded: a page that is open for an hour must not grow.

const ROUND_TRIPS = 600, SHOWN = 1800, SAID = 400;

export const log = {
  said: [],
  stats: { sent: 0, replies: 0, roundTripMs: [], painted: 0, shownAtMs: [] },
  state: "",
  last: null,
};
window.formcheck = log;

export function keep(list, value, most) {
  list.push(value);
  if (list.length > most) list.shift();
}

export function taken(frame) {
  window.dispatchEvent(new CustomEvent("formcheck:taken", { detail: { frame } }));
}

export function sent(frame, sentAtMs) {
  log.stats.sent += 1;
  window.dispatchEvent(new CustomEvent("formcheck:sent", { detail: { frame, sentAtMs } }));
}

/** Counts pictures that get no answer as not sent: replaced by a newer one, or lost with the connection. */
export function leftOut(pictures) {
  log.stats.sent -= pictures;
}

export function replied(frame, sentAtMs, reply) {
  const repliedAtMs = performance.now();
  log.stats.replies += 1;
  log.last = reply;
  keep(log.stats.roundTripMs, repliedAtMs - sentAtMs, ROUND_TRIPS);
  window.dispatchEvent(new CustomEvent("formcheck:reply", { detail: { frame, sentAtMs, repliedAtMs } }));
}

export function painted(atMs) {
  log.stats.painted += 1;
  keep(log.stats.shownAtMs, atMs, SHOWN);
}

export function said(entry) {
  keep(log.said, entry, SAID);
}
