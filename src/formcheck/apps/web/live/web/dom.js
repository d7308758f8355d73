// Helpers for elements that every part of the page uses. Words from outside are inserted as text, never as HTML.

import { words } from "./words.js";

const ICONS = { ok: "●", warn: "▲", fix: "■", cannot_tell: "?", info: "i" };
const SVG = "http://www.w3.org/2000/svg";

export const find = (name, root = document) => root.querySelector(name);

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

/** Writes words only when they are new, or a screen reader would read them ten times a second. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Makes an element as narrow as its lines of text, so that its plate hides as little of the picture as possible. */
export function hug(element) {
  element.style.width = "";
  const lines = document.createRange();
  lines.selectNodeContents(element);
  const width = lines.getBoundingClientRect().width;
  if (width) element.style.width = `calc(${Math.ceil(width) + 1}px + 0.1em)`;
}

/** Returns the mark of a state: colour and icon; the word is next to it or is read aloud. */
export function chip(state, { spoken = false } = {}) {
  const element = make("span", "chip", ICONS[state] ?? "");
  element.dataset.state = state;
  if (spoken) {
    element.setAttribute("role", "img");
    element.setAttribute("aria-label", words(`state_${state in ICONS ? state : "info"}`));
  } else element.setAttribute("aria-hidden", "true");
  return element;
}

export function list(texts) {
  const element = make("ul");
  element.append(...texts.map((text) => make("li", "", text)));
  return element;
}

/** Returns a group of choices for one answer: radio buttons under one question. */
export function choice(question, name, answers, { taken } = {}) {
  const group = make("fieldset", "choice");
  const options = make("div", "options");
  options.append(...answers.map(([value, text]) => option(name, value, text, value === taken)));
  group.append(make("legend", "", question), options);
  return group;
}

function option(name, value, text, checked) {
  const label = make("label", "option");
  const input = make("input");
  Object.assign(input, { type: "radio", name, value, checked });
  label.append(input, make("span", "", text));
  return label;
}

/** Returns the chosen value in a group of choices, null if none is chosen. */
export const taken = (root, name) => root.querySelector(`input[name="${CSS.escape(name)}"]:checked`)?.value ?? null;
