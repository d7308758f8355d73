// What a key, a button or a gesture asks for on the calm screens between two sets. All three send the same event.

export const ACT = "formcheck:act";

/** Sends an act: next, again, other_side, stop, go, yes or no. */
export function act(detail) {
  document.dispatchEvent(new CustomEvent(ACT, { detail }));
}

/** Calls what belongs to an act while a view is shown: {act: function}. */
export function hear(view, does) {
  document.addEventListener(ACT, ({ detail }) => {
    if (document.body.dataset.view === view) does()[detail]?.();
  });
}
