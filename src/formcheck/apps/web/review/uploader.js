// Sends a recording to the app as it is, piece by piece, so that neither side holds it in memory. Words from outside are
// inserted as text, never as HTML.

const uploaders = new WeakMap();

export default function ({ parentElement, data, setStateValue }) {
  const uploader = uploaders.get(parentElement) ?? new Uploader(parentElement);
  uploaders.set(parentElement, uploader);
  uploader.data = data;
  uploader.keep = (key) => setStateValue("uploaded", key);
  uploader.show();
}

class Uploader {
  constructor(root) {
    const find = (name) => root.querySelector(name);
    this.zone = find(".zone");
    this.input = find("input");
    this.limits = find(".limits");
    this.underWay = find(".under-way");
    this.bar = find("progress");
    this.note = find(".note");
    this.problem = find(".problem");
    this.input.addEventListener("change", () => this.take(this.input.files));
    find("button").addEventListener("click", () => this.stop());
    for (const name of ["dragenter", "dragover"]) this.zone.addEventListener(name, (event) => this.over(event, true));
    for (const name of ["dragleave", "drop"]) this.zone.addEventListener(name, (event) => this.over(event, false));
    this.zone.addEventListener("drop", ({ dataTransfer }) => this.take(dataTransfer.files));
  }

  take(files) {
    if (files.length === 1) this.send(files[0]);
    if (files.length < 2) return;
    this.stop();
    this.keep("");
    this.problem.textContent = "One recording at a time here. For several, press “A folder, or several recordings at once” below.";
  }

  show() {
    this.input.accept = this.data.suffixes.map((suffix) => `.${suffix}`).join(",");
    this.limits.textContent = `Up to ${this.data.most_bytes / 1e6} MB and ${this.data.most_minutes} minutes`;
  }

  over(event, is) {
    event.preventDefault();
    this.zone.classList.toggle("over", is);
  }

  async send(file) {
    this.stop();
    this.keep("");
    this.problem.textContent = "";
    if (file.size > this.data.most_bytes) return this.fail(file.name, `expected at most ${this.data.most_bytes / 1e6} MB`);
    const request = (this.request = new XMLHttpRequest());
    this.underWay.hidden = false;
    this.bar.value = 0;
    this.note.textContent = `Copying ${file.name}`;
    try {
      const token = await this.fetchToken();
      if (request !== this.request) return;
      request.upload.onprogress = ({ loaded, total }) => this.progress(file.name, loaded / Math.max(total, 1));
      request.onload = () => request === this.request && this.answered(file.name, request);
      request.onerror = () => request === this.request && this.fail(file.name, "the connection broke off; please try again");
      request.open("PUT", `${this.data.url}?name=${encodeURIComponent(file.name)}`);
      request.setRequestHeader("X-Formcheck-Token", token);
      request.send(file);
    } catch {
      this.fail(file.name, "the app does not answer; please load this page again");
    }
  }

  async fetchToken() {
    const answer = await fetch("/live/token", { cache: "no-store", credentials: "same-origin" });
    if (!answer.ok) throw new Error(`no token: ${answer.status}`);
    return (await answer.json()).token;
  }

  progress(name, share) {
    this.bar.value = share;
    if (share >= 1) this.note.textContent = `Looking at what ${name} is`;
  }

  answered(name, { status, responseText }) {
    if (status !== 200) return this.fail(name, responseText.slice(0, 500));
    const { key, problem } = JSON.parse(responseText);
    if (problem) return this.fail(name, problem);
    this.underWay.hidden = true;
    this.request = null;
    this.note.textContent = `${name} is ready to be checked`;
    this.keep(key);
  }

  fail(name, text) {
    this.underWay.hidden = true;
    this.request = null;
    this.note.textContent = "";
    const why = text.startsWith(`${name}: `) ? text.slice(name.length + 2) : text;
    this.problem.textContent = `${name} could not be checked: ${why}. Nothing was stored, and your recording is unchanged.`;
    this.input.value = "";
  }

  stop() {
    const request = this.request;
    this.request = null;
    request?.abort();
    this.underWay.hidden = true;
    this.note.textContent = "";
  }
}
