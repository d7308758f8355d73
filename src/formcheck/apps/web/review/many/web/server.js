// What goes to and comes from formcheck: a recording piece by piece, an order, a question.

import { config, say } from "/review/desk/web/dom.js";

const PLACE = "/review/folder";
export const visitor = Array.from(crypto.getRandomValues(new Uint8Array(8)), byte => byte.toString(16).padStart(2, "0")).join("");

/** Thrown with what formcheck said. */
export class Refusal extends Error {}

async function ask(url, options) {
  let answer;
  try {
    answer = await fetch(url, { cache: "no-store", credentials: "same-origin", ...options });
  } catch {
    throw new Refusal(say("lost"));
  }
  const text = await answer.text();
  let content = {};
  try {
    content = JSON.parse(text);
  } catch { /* a plain line */ }
  if (!answer.ok) throw new Refusal(content.problem ?? text.slice(0, 500));
  return content;
}

const fetchToken = async () => (await ask("/live/token")).token;

/** Asks for the results that are stored here. */
export const askStored = () => ask(`${PLACE}/stored`);

/** Asks how far these checks are. */
export const askStates = results => ask(`${PLACE}/states?${new URLSearchParams({ results: results.join(","), visitor })}`);

/** Sends an order: begin a check, or cancel one. */
export async function order(name, body) {
  const headers = { "Content-Type": "application/json", "X-Formcheck-Token": await fetchToken() };
  return ask(`${PLACE}/${name}`, { method: "POST", headers, body: JSON.stringify({ ...body, visitor }) });
}

/** Copies a recording to formcheck as it is; returns the name by which it waits there. */
export async function copy(file, request, progress) {
  const token = await fetchToken();
  return new Promise((resolve, reject) => {
    const fail = words => reject(new Refusal(words));
    request.upload.onprogress = ({ loaded, total }) => progress(loaded / Math.max(total, 1));
    request.onabort = () => fail(say("cancelled"));
    request.onerror = () => fail(say("broken"));
    request.onload = () => {
      if (request.status !== 200) return fail(request.responseText.slice(0, 500));
      const { key, problem } = JSON.parse(request.responseText);
      if (problem) fail(problem); else resolve(key);
    };
    request.open("PUT", `${config.upload}?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("X-Formcheck-Token", token);
    request.send(file);
  });
}
