// What the calm screens between two sets do when a key, a button or a hand asks for it (gestures.js).

/** Calls what belongs to an act while a view is shown: {act: function}. */
export function hear(view, does) {
  document.addEventListener("formcheck:act", ({ detail }) => {
    if (document.body.dataset.view === view) does()[detail]?.();
  });
}
