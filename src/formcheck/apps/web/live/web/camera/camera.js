// Turns on the camera, and says in plain words why it failed.

import { words } from "../words.js";

const WANTED = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } };
const PROBLEMS = { NotAllowedError: "refused", SecurityError: "refused", NotFoundError: "missing", OverconstrainedError: "missing",
  NotReadableError: "busy", AbortError: "busy", TrackStartError: "busy", DevicesNotFoundError: "missing" };

/** Returns the stream of a camera, of that name or on that side of a phone; throws an Error whose `problem` is a key of `problemWords`. */
export async function openCamera(deviceId, facingMode = "user") {
  if (!window.isSecureContext) throw trouble("insecure");
  if (!navigator.mediaDevices?.getUserMedia) throw trouble("old");
  const which = deviceId ? { deviceId: { exact: deviceId } } : { facingMode };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: false, video: { ...WANTED, ...which } });
  } catch (error) {
    // The camera chosen last time may not be connected now: use any other.
    if (deviceId && PROBLEMS[error.name] === "missing") return openCamera("", facingMode);
    throw trouble(PROBLEMS[error.name] ?? "busy");
  }
}

export function closeCamera(stream) {
  for (const track of stream?.getTracks() ?? []) {
    track.onended = null;
    track.stop();
  }
}

/** Returns the cameras by name; browsers give no names before the first permission. */
export async function cameras() {
  const all = (await navigator.mediaDevices?.enumerateDevices?.().catch(() => [])) ?? [];
  return all.filter(({ kind, deviceId }) => kind === "videoinput" && deviceId);
}

/** Returns the words for the person: a title and one to three sentences. */
export function problemWords(problem) {
  const texts = [words(`camera_${problem}`)];
  if (problem === "refused") texts.push(words(`camera_refused_${browser()}`), words("camera_refused_system"));
  if (problem === "insecure") texts.push(words("camera_insecure_do"));
  return { title: words(`camera_${problem}_title`), texts };
}

function browser() {
  const agent = navigator.userAgent;
  if (agent.includes("Firefox")) return "firefox";
  if (/Chrome|Chromium|Edg/.test(agent)) return "chrome";
  return agent.includes("Safari") ? "safari" : "other";
}

function trouble(problem) {
  return Object.assign(new Error(problem), { problem });
}
