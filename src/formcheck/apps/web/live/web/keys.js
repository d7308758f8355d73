// The keys of the stage. A button with the focus handles Enter and Space itself, and so does a text field.

const TAKES_KEYS = "button, a, summary, input, select, textarea";
const WRITES = "input, select, textarea";

/** @param does returns what a key does now: {key: function}; missing keys are left to the browser. */
export function listen(does) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || document.querySelector("dialog[open]")) return;
    const on = event.target instanceof Element ? event.target : document.body;
    const isLetter = event.key.length === 1 && event.key !== " ";
    if (event.key !== "Escape" && on.matches(isLetter ? WRITES : TAKES_KEYS)) return;
    const action = does()[isLetter ? event.key.toLowerCase() : event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
  // After a click the focus goes back to the heading, so that Space stops and does not press the same button again.
  document.addEventListener("click", (event) => {
    const tool = event.detail > 0 && event.target instanceof Element && event.target.closest(".tools button");
    if (tool) document.querySelector("#stage-title").focus({ preventScroll: true });
  });
}
