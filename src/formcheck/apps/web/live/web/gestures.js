// Hands that lead on: the server sees them, and this says what they mean on the view that is shown.
// A view of its own names its meanings: data-one-hand, data-both-hands and data-still on its section.

const MEANS = {
  stage: { one_hand: "stop" },
  stopped: { one_hand: "go", both_hands: "stop", still: "go" },
  summary: { one_hand: "next", both_hands: "again" },
};

/** Tells every part of the page what the person wants: next, again, other_side, stop, go, yes or no. */
export function act(detail) {
  document.dispatchEvent(new CustomEvent("formcheck:act", { detail }));
}

/** Takes in a reply's gesture: sends what a finished one means. */
export function gestured(gesture) {
  if (!gesture?.done) return;
  const { view } = document.body.dataset, own = document.getElementById(view)?.dataset ?? {};
  const named = { one_hand: own.oneHand, both_hands: own.bothHands, still: own.still };
  const detail = named[gesture.done] ?? MEANS[view]?.[gesture.done];
  if (detail) act(detail);
}
