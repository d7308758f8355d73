// What goes to and comes from formcheck. A passphrase goes only into the body of an order, never into an address.

import { say } from "/review/desk/web/dom.js";

const PLACE = "/review/patients";

/** Thrown with what formcheck said. */
export class Refusal extends Error {}

async function ask(url, options) {
  try {
    return await fetch(url, { cache: "no-store", credentials: "same-origin", ...options });
  } catch {
    throw new Refusal(say("lost"));
  }
}

async function send(name, body) {
  const { token } = await (await ask("/live/token")).json();
  const headers = { "Content-Type": "application/json", "X-Formcheck-Token": token };
  const answer = await ask(`${PLACE}/${name}`, { method: "POST", headers, body: JSON.stringify(body) });
  if (answer.ok) return answer;
  const text = await answer.text();
  let problem = text.slice(0, 500);
  try {
    problem = JSON.parse(text).problem ?? problem;
  } catch { /* a plain line */ }
  throw new Refusal(problem);
}

/** Sends an order and returns what follows. */
export const order = async (name, body = {}) => (await send(name, body)).json();

/** Saves what an order answers with as a file. */
export async function save(name, body, fileName) {
  const url = URL.createObjectURL(await (await send(name, body)).blob());
  const link = document.createElement("a");
  Object.assign(link, { href: url, download: fileName });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
