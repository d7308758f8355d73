// Helpers for elements, words and times. Words from outside are inserted as text, never as HTML.

const SVG = "http://www.w3.org/2000/svg";
export const config = JSON.parse(document.getElementById("config").textContent);

export const find = (name, root = document) => root.querySelector(name);

/** Returns a text of the page, filled with values. */
export function say(key, values = {}) {
  return (config.words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

export function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

export function draw(tag, attributes = {}) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

export function button(text, className, does) {
  const element = make("button", className, text);
  element.type = "button";
  element.addEventListener("click", does);
  return element;
}

export function chip(state, icon) {
  const element = make("span", "chip", icon);
  element.dataset.state = state;
  element.setAttribute("aria-hidden", "true");
  return element;
}

/** Returns a time as mm:ss.d; the tenths matter where pictures are stepped. */
export function clock(time_s) {
  const tenths = Math.max(0, Math.floor(time_s * 10 + 1e-6));
  const minutes = Math.floor(tenths / 600);
  return `${String(minutes).padStart(2, "0")}:${String(Math.floor(tenths / 10) % 60).padStart(2, "0")}.${tenths % 10}`;
}

/** Fills every element that names its words. */
export function fillWords(root = document) {
  for (const element of root.querySelectorAll("[data-w]")) element.textContent = say(element.dataset.w);
  for (const element of root.querySelectorAll("[data-w-label]")) {
    element.setAttribute("aria-label", say(element.dataset.wLabel));
    if (element.matches("button")) element.title = say(element.dataset.wLabel);
  }
}
