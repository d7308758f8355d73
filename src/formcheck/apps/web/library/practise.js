// Practise along: the clip loops, the person turns the steps, the timer runs through its parts, and the coach's voice
// leads through them. No camera.

const SETTINGS = "formcheck.live"; // sound and voice are those of the live page
const PAIN = "formcheck.pain";
const FEEL_AFTER_S = 5;

const STILL = matchMedia("(prefers-reduced-motion: reduce)");
const followed = new WeakMap();

export default function ({ parentElement, data }) {
  const known = followed.get(parentElement) ?? new Practise(parentElement);
  followed.set(parentElement, known);
  known.show(data);
  return () => known.rest();
}

class Practise {
  constructor(root) {
    this.find = (name) => root.querySelector(name);
    this.onKey = (event) => this.key(event);
    this.find(".go").addEventListener("click", () => this.toggle());
    this.find(".again").addEventListener("click", () => this.reset());
    this.find(".before").addEventListener("click", () => this.turn(-1));
    this.find(".after").addEventListener("click", () => this.turn(1));
    this.find(".voice").addEventListener("click", () => this.voice.toggle(() => this.draw()));
    this.find(".pain").addEventListener("click", () => this.hurts());
    this.voice = new Voice();
  }

  show(data) {
    document.removeEventListener("keydown", this.onKey);
    document.addEventListener("keydown", this.onKey);
    const text = JSON.stringify(data);
    if (text === this.text) return;
    this.text = text;
    this.data = data;
    this.find("h1").textContent = data.name;
    this.find(".badge").hidden = !data.advanced;
    this.find(".back").textContent = "‹ Back";
    this.find(".back").href = data.back_url;
    this.find(".practise").classList.remove("is-over");
    this.find(".hurts").hidden = true;
    this.find(".rest-words").textContent = data.come_out;
    this.find(".hurts a").href = data.today_url;
    this.find(".breath").textContent = data.breath;
    this.find(".dose").textContent = data.dose;
    this.find(".come-out").textContent = data.come_out;
    this.find(".stop").innerHTML = data.stop_html; // Python has escaped it, like the clip
    this.find(".clip").innerHTML = data.clip_html;
    const video = this.find("video");
    if (video) {
      video.muted = true;
      if (!STILL.matches) video.play().catch(() => {});
    }
    this.find(".steps").replaceChildren(...data.steps.map((step, number) => {
      const item = document.createElement("li");
      const words = document.createElement("span");
      words.textContent = step;
      item.append(words);
      item.addEventListener("click", () => this.turn(number - this.step));
      return item;
    }));
    this.step = 0;
    this.turn(0);
    this.reset();
  }

  rest() {
    this.voice.hush();
    document.removeEventListener("keydown", this.onKey);
    clearInterval(this.clock);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const on = event.composedPath()[0];
    const pressed = event.key === " " && on instanceof Element && on.matches("button, a, summary, input, video");
    const does = { " ": () => this.toggle(), ArrowDown: () => this.turn(1), ArrowUp: () => this.turn(-1), r: () => this.reset(),
      R: () => this.reset(), p: () => this.hurts(), P: () => this.hurts(), Escape: () => this.find(".back").click() }[event.key];
    if (!does || pressed) return; // a button that has the focus takes the space key itself
    event.preventDefault();
    does();
  }

  // Steps -------------------------------------------------------------------------------------------------------------

  turn(by) {
    const items = [...this.find(".steps").children];
    this.step = Math.min(Math.max(this.step + by, 0), items.length - 1);
    items.forEach((item, number) => (number === this.step ? item.setAttribute("aria-current", "step") : item.removeAttribute("aria-current")));
    this.find(".before").disabled = this.step === 0;
    this.find(".after").disabled = this.step === items.length - 1;
  }

  // The timer ---------------------------------------------------------------------------------------------------------

  get part() { return this.data.parts[this.at]; }

  reset() {
    this.pause();
    this.at = 0;
    this.spent_s = 0;
    this.started = false;
    this.spoken = {};
    this.draw();
  }

  toggle() {
    if (this.part.kind === "done") return this.reset();
    if (this.clock) return this.pause();
    this.started = true;
    this.since_ms = performance.now();
    this.clock = setInterval(() => this.tick(), 100);
    // The screen must not go dark in the middle of a hold; if the browser refuses, it goes dark.
    navigator.wakeLock?.request("screen").then((lock) => { this.lock = lock; }, () => {});
    this.draw();
  }

  pause() {
    if (this.clock) this.tick();
    if (this.data && this.part?.kind !== "done") this.voice.hush();
    clearInterval(this.clock);
    this.clock = undefined;
    this.lock?.release().catch(() => {});
    this.lock = undefined;
    if (this.data && this.part) this.draw();
  }

  tick() {
    const now_ms = performance.now();
    this.spent_s += (now_ms - this.since_ms) / 1000;
    this.since_ms = now_ms;
    while (this.part.length_s && this.spent_s >= this.part.length_s) {
      this.spent_s -= this.part.length_s;
      this.at += 1;
    }
    if (this.part.kind === "done") {
      this.spent_s = 0;
      clearInterval(this.clock);
      this.clock = undefined;
      this.pause();
    }
    this.draw();
  }

  /** Says each thing once: what to do in each part, what to feel in the first, and the end. */
  tell() {
    const { kind, words, detail, length_s } = this.part, { teach, name } = this.data;
    const once = (key, text) => {
      if (this.spoken[key] || !text) return;
      this.spoken[key] = true;
      this.voice.say(text);
    };
    if (kind === "ready") once("ready", `${name}. ${teach?.how ?? ""}`);
    else if (kind === "done") once("done", [words, detail].join(". "));
    else once(`part-${this.at}`, [words, detail].filter(Boolean).join(", "));
    if (kind === "work" && length_s > 2 * FEEL_AFTER_S && this.spent_s > FEEL_AFTER_S) once("feel", teach?.feel);
    if (kind === "work" && length_s > 2 * FEEL_AFTER_S && this.spent_s > length_s / 2) once("breath", this.data.breath);
  }

  /** Pain ends it: it is remembered, and Today asks how it is before anything else. */
  hurts() {
    this.pause();
    this.rest();
    reportPain(this.data.id);
    this.find("video")?.pause();
    this.find(".practise").classList.add("is-over");
    this.find(".hurts").hidden = false;
    this.find(".hurts a").focus();
    this.voice.say(this.data.come_out);
  }

  draw() {
    if (this.clock || this.part.kind === "done") this.tell();
    const { kind, words, detail, length_s } = this.part;
    const timer = this.find(".timer"), running = Boolean(this.clock), done = kind === "done";
    timer.dataset.kind = kind;
    timer.classList.toggle("paused", this.started && !running && !done);
    this.find(".left").textContent = done ? "✓" : String(Math.max(1, Math.ceil(length_s - this.spent_s)));
    this.find(".gone").style.strokeDasharray = `${done ? 100 : (100 * this.spent_s) / length_s} 100`;
    this.say(".words", running || done || !this.started ? words : `Paused: ${words.toLowerCase()}`);
    this.say(".detail", detail);
    const next = this.data.parts[this.at + 1];
    this.say(".next", !next || next.kind === "done" ? "" : `Next: ${[next.words, next.detail].filter(Boolean).join(", ")}, ${next.length_s} s`);
    this.say(".voice", this.voice.words);
    this.say(".go", done ? "Do it again" : running ? "Pause" : this.started ? "Continue" : "Start");
    this.find(".again").hidden = !this.started || done;
  }

  say(place, words) {
    const element = this.find(place);
    if (element.textContent !== words) element.textContent = words; // or a screen reader would read it ten times a second
  }
}

/** Reports pain at once; what cannot be sent now is sent when Today is opened next, as after a set with a camera. */
function reportPain(movement) {
  const body = JSON.stringify({ movement, at_utc: new Date().toISOString() });
  try { localStorage.setItem(PAIN, body); } catch { /* a private window may refuse */ }
  fetch("/live/pain", { method: "POST", body, keepalive: true, headers: { "Content-Type": "application/json" } })
    .then(({ ok }) => { if (ok) localStorage.removeItem(PAIN); }).catch(() => {});
}

/** The coach's voice, as on the live page: only voices of this machine, and off where the person has turned it off. */
class Voice {
  constructor() {
    this.talk = window.speechSynthesis;
    this.settings = kept();
  }

  get isOn() { return (this.settings.sound ?? true) && (this.settings.voice ?? true); }

  get own() {
    const local = (this.talk?.getVoices() ?? []).filter((voice) => voice.localService);
    return local.find((voice) => voice.name === this.settings.voiceName) ?? local.find((voice) => voice.lang.startsWith("en")) ?? null;
  }

  get words() {
    if (!this.own) return "This device has no voice";
    return this.isOn ? "The coach speaks" : "The coach is silent";
  }

  toggle(then) {
    const isOn = !this.isOn;
    this.settings = { ...kept(), sound: isOn || (this.settings.sound ?? true), voice: isOn };
    try { localStorage.setItem(SETTINGS, JSON.stringify(this.settings)); } catch { /* a private window may refuse */ }
    if (!isOn) this.hush();
    then();
  }

  say(text) {
    window.dispatchEvent(new CustomEvent("formcheck:said", { detail: { text } }));
    const voice = this.own;
    if (!this.isOn || !voice) return;
    this.talk.cancel();
    const utterance = new SpeechSynthesisUtterance(text);
    Object.assign(utterance, { voice, lang: voice.lang, volume: this.settings.volume ?? 0.8 });
    this.talk.speak(utterance);
  }

  hush() { this.talk?.cancel(); }
}

function kept() {
  try { return JSON.parse(localStorage.getItem(SETTINGS)) ?? {}; } catch { return {}; }
}
