// Everything that goes to and comes from formcheck.

import { config, say } from "./dom.js";

const about = new URLSearchParams({ result: config.result, part: config.part });
const address = name => `/review/desk/${name}?${about}`;

/** Thrown with the lines that formcheck said. */
export class Refusal extends Error {
  constructor(problems) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

async function ask(url, options) {
  try {
    return await fetch(url, { cache: "no-store", ...options });
  } catch {
    throw new Refusal([say("lost")]);
  }
}

async function read(answer) {
  if (answer.ok) return answer.json();
  const text = await answer.text();
  let problems = [text];
  try {
    problems = JSON.parse(text).problems ?? problems;
  } catch { /* a plain line */ }
  throw new Refusal(problems);
}

export async function load() {
  return read(await ask(address("data")));
}

/** Returns the poses as numbers, or null if none are stored. */
export async function loadPoses() {
  const answer = await ask(address("poses"));
  return answer.ok ? new Float32Array(await answer.arrayBuffer()) : null;
}

/** Returns the body of another result in the pictures of this one. */
export async function loadGhost(other) {
  const answer = await ask(`${address("ghost")}&${new URLSearchParams({ other })}`);
  if (!answer.ok) throw new Refusal([await answer.text()]);
  return new Float32Array(await answer.arrayBuffer());
}

export async function send(name, body) {
  const { token } = await read(await ask("/live/token"));
  const headers = { "Content-Type": "application/json", "X-Formcheck-Token": token };
  return read(await ask(address(name), { method: "POST", headers, body: JSON.stringify(body) }));
}

/** Saves something that formcheck made. */
export function download(url) {
  const link = document.createElement("a");
  link.href = url;
  link.download = "";
  document.body.append(link);
  link.click();
  link.remove();
}

export const madeUrl = name => `${address("made")}&name=${encodeURIComponent(name)}`;
