// Sound, voice, camera and recording. Stored in this browser, except for the recording: that is chosen again at each visit.

import { beep, wakeSound } from "./voice/beeps.js";
import { cameras } from "./camera/camera.js";
import { choice, find, make, taken } from "./dom.js";
import { button } from "./person/screening.js";
import { openSounds } from "./voice/sounds.js";
import { chooseLanguage, language, languages, words } from "./words.js";

const PLACE = "formcheck.live";
const USUAL = { sound: true, voice: true, beeps: true, volume: 0.8, voiceName: "", cameraId: "" };

export class Settings {
  /** @param on called with: answers(), data(), about(), reminders(), plan(), people(); each leads to a view of its own. */
  constructor(dialog, on = {}) {
    this.dialog = dialog;
    this.on = on;
    Object.assign(this, USUAL, kept());
    this.record = "none";
    this.listeners = [];
    dialog.addEventListener("close", () => this.changed());
  }

  change(values) {
    Object.assign(this, values);
    this.changed();
  }

  changed() {
    try {
      localStorage.setItem(PLACE, JSON.stringify(Object.fromEntries(Object.keys(USUAL).map((key) => [key, this[key]]))));
    } catch {
      // a browser that stores nothing: the settings last until the page is closed
    }
    for (const listener of this.listeners) listener();
  }

  async open(voice) {
    this.speaker = voice;
    const form = find("form", this.dialog), found = await cameras();
    const isInSet = document.body.dataset.view === "stopped"; // a set must not be left by accident
    form.replaceChildren(title(), this.sounds(), part(this.voices(), ...(isInSet ? [] : [this.language()]), this.cameras(found)),
      this.recording(), ...(isInSet ? [] : [this.mine()]), button(words("settings_close"), "first", "submit"));
    form.onchange = () => this.read(form);
    this.allow(form);
    this.dialog.showModal();
  }

  sounds() {
    const group = make("fieldset");
    group.append(make("legend", "", words("settings_sound")), this.tick("sound"), this.tick("voice"), this.tick("beeps"));
    const volume = make("input");
    Object.assign(volume, { type: "range", name: "volume", min: 0, max: 1, step: 0.05, value: this.volume });
    const row = make("div", "buttons");
    row.append(button(words("settings_try"), "try", () => this.tryOut()), button(words("sounds_legend"), "quiet", () => openSounds(this.speaker)));
    group.append(labelled(words("settings_volume"), volume), row);
    return group;
  }

  tick(name) {
    const label = make("label", "tick"), input = make("input");
    Object.assign(input, { type: "checkbox", name, checked: this[name] });
    label.append(input, make("span", "", words(`settings_${name}_on`)));
    return label;
  }

  voices() {
    const all = this.speaker.voices;
    if (!all.length) return this.voiceless();
    const select = make("select");
    select.name = "voiceName";
    select.append(new Option(words("settings_voice_auto"), ""), ...all.map((one) => new Option(`${one.name} (${one.lang})`, one.name)));
    select.value = this.voiceName;
    return labelled(words("settings_voice"), select);
  }

  voiceless() {
    const group = make("div", "labelled");
    group.append(make("span", "", words("settings_voice")), make("span", "soft", words("settings_no_voice")),
      button(words("voice_how"), "quiet", () => openSounds(this.speaker)));
    return group;
  }

  language() {
    const select = make("select");
    select.name = "language";
    select.append(...languages.map(([code, name]) => new Option(name, code)));
    select.value = language;
    select.addEventListener("change", () => chooseLanguage(select.value));
    const group = labelled(words("settings_language"), select);
    group.append(make("span", "soft", words("settings_language_note")));
    return group;
  }

  mine() {
    const group = make("fieldset"), row = make("div", "buttons");
    const leadTo = (name) => {
      const one = button(words(`settings_${name}`), "", () => {
        this.dialog.close();
        this.on[name]?.();
      });
      one.dataset.leadsTo = name;
      return one;
    };
    row.append(leadTo("answers"), leadTo("data"), leadTo("about"), leadTo("reminders"), leadTo("plan"), leadTo("people"));
    group.append(make("legend", "", words("settings_mine")), row);
    return group;
  }

  /** Goes back to the usual settings, without storing them. */
  forget() {
    Object.assign(this, USUAL);
  }

  cameras(found) {
    const select = make("select");
    select.name = "cameraId";
    select.append(new Option(words("settings_camera_auto"), ""), ...found.map(({ label, deviceId }, number) =>
      new Option(label || words("settings_camera_number", { number: number + 1 }), deviceId)));
    select.value = found.some((one) => one.deviceId === this.cameraId) ? this.cameraId : "";
    return labelled(words("settings_camera"), select);
  }

  recording() {
    const answers = ["none", "landmarks", "video"].map((name) => [name, words(`settings_record_${name}`)]);
    const group = choice(words("settings_record"), "record", answers, { taken: this.record });
    group.append(make("p", "soft", words("settings_record_note")));
    return group;
  }

  /** Without sound, what belongs to it has nothing to do. */
  allow(form) {
    for (const control of form.querySelectorAll("[name=voice], [name=beeps], [name=volume], [name=voiceName], .try")) control.disabled = !this.sound;
  }

  read(form) {
    for (const name of ["sound", "voice", "beeps"]) this[name] = form.elements[name].checked;
    for (const name of ["voiceName", "cameraId"]) this[name] = form.elements[name]?.value ?? this[name];
    this.volume = Number(form.elements.volume.value);
    this.record = taken(form, "record");
    this.allow(form);
    this.changed();
  }

  async tryOut() {
    await wakeSound();
    if (this.beeps) beep("event", this.volume);
    this.speaker.say({ id: "try", text: words("settings_try_words"), kind: "coach" });
  }
}

function kept() {
  try {
    return JSON.parse(localStorage.getItem(PLACE)) ?? {};
  } catch {
    return {};
  }
}

function title() {
  const element = make("h2", "", words("settings_title"));
  element.id = "settings-title";
  return element;
}

function part(...controls) {
  const group = make("div", "part-of");
  group.append(...controls);
  return group;
}

function labelled(text, control) {
  const label = make("label", "labelled");
  label.append(make("span", "", text), control);
  return label;
}
