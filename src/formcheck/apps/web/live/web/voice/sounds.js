// The legend of voice and beeps: whether there is a voice, how to get one, and what each tone means.

import { beep, wakeSound } from "./beeps.js";
import { find, list, make } from "../dom.js";
import { words } from "../words.js";

const KINDS = ["count", "cue", "event", "praise"];
const SYSTEMS = [[/Windows/, "windows"], [/Android|iPhone|iPad/, "phone"], [/Mac OS/, "mac"], [/Linux|CrOS/, "linux"]];

export function openSounds(voice) {
  const root = find("#sounds"), form = find("form", root);
  const parts = [title("h2", "sounds-title", words("sounds_title"))];
  if (voice.voices.length) parts.push(make("p", "", words("sounds_has_voice", { name: voice.chosen.name })));
  else parts.push(make("p", "", words("sounds_no_voice")), list([words(`sounds_get_${system()}`)]));
  parts.push(make("h3", "", words("sounds_legend")), legend(voice));
  const close = make("button", "button first", words("sounds_close"));
  form.replaceChildren(...parts, close);
  root.showModal();
}

function legend(voice) {
  const rows = make("ul", "legend");
  rows.append(...KINDS.map((kind) => {
    const row = make("li"), play = make("button", "button quiet", words("sounds_play"));
    play.type = "button";
    play.addEventListener("click", async () => {
      await wakeSound();
      beep(kind, voice.settings.volume || 1);
    });
    play.setAttribute("aria-label", `${words("sounds_play")}: ${words(`sounds_${kind}`)}`);
    row.append(play, make("span", "", words(`sounds_${kind}`)));
    return row;
  }));
  return rows;
}

function title(tag, id, text) {
  const element = make(tag, "", text);
  element.id = id;
  return element;
}

const system = () => (SYSTEMS.find(([pattern]) => pattern.test(navigator.userAgent)) ?? SYSTEMS[3])[1];
