// The report and the exports.

import { button, find, make, say } from "./dom.js";
import { download, madeUrl, Refusal, send } from "./server.js";

const EXPORTS = ["xlsx", "csv", "fhir", "trc", "mot", "c3d", "dlc", "nwb"];
const MOST_PAIN = 10;

export class ReportForm {
  constructor() {
    this.panel = find("#panel-report");
  }

  show(data) {
    if (!this.isBuilt) this.build();
    this.isBuilt = true;
    this.showOthers(data.others);
    this.sides.hidden = !data.has_both_sides;
    if (!this.patient.value) this.patient.value = data.form?.patient || data.whose;
    this.corrections.hidden = !data.corrections.length;
  }

  build() {
    const root = make("form", "report");
    root.addEventListener("submit", event => event.preventDefault());
    const fields = make("div", "fields");
    this.patient = this.input("patient", "report_patient");
    this.complaint = this.input("complaint", "report_complaint");
    this.adherence = this.input("adherence", "report_adherence");
    this.pain = make("select");
    this.pain.append(new Option(say("report_pain_not"), ""), ...Array.from({ length: MOST_PAIN + 1 }, (_, number) => new Option(number, number)));
    this.compare = make("select");
    this.paper = make("select");
    for (const paper of ["A4", "Letter"]) this.paper.append(new Option(paper, paper));
    for (const input of [this.patient, this.complaint, this.adherence]) fields.append(input.parentElement);
    for (const [name, select, words] of [["pain", this.pain, "report_pain"], ["compare", this.compare, "report_compare"], ["paper", this.paper, "report_paper"]]) {
      const label = make("label", "field");
      select.id = `report-${name}`;
      label.append(make("span", "", say(words)), select);
      fields.append(label);
    }
    const acts = make("p", "acts");
    acts.append(button(say("report_pdf"), "small first", () => this.make("report", this.read("pdf"))),
      button(say("report_html"), "small", () => this.make("report", this.read("html"))),
      button(say("report_curves"), "small", () => this.make("compare", { compare: this.compare.value })));
    this.state = make("p", "state");
    this.state.setAttribute("role", "status");
    const exports = make("p", "acts exports");
    for (const to of EXPORTS) {
      const one = button(say(`export_${to}`), "small", () => this.make("export", { to, patient: this.patient.value, pain: this.pain.value }));
      exports.append(one);
    }
    this.corrections = button(say("export_corrections"), "small", () => download(madeUrl("corrections.json")));
    exports.append(this.corrections);
    root.append(make("p", "soft", say("report_lead")), fields, this.sides = make("p", "soft", say("report_curves_note")), acts, this.state, make("h2", "", say("export_title")), exports);
    this.panel.replaceChildren(root);
  }

  input(name, words) {
    const label = make("label", "field wide"), input = make("input");
    input.type = "text";
    input.maxLength = 300;
    input.id = `report-${name}`;
    label.append(make("span", "", say(words)), input);
    return input;
  }

  showOthers(others) {
    const chosen = this.compare.value;
    const day = dated_s => new Date(1000 * dated_s).toLocaleDateString(document.documentElement.lang, { dateStyle: "medium" });
    this.compare.replaceChildren(new Option(say("report_alone"), ""),
      ...others.map(one => new Option(`${one.name}, ${day(one.dated_s)}`, one.key)));
    this.compare.value = others.some(one => one.key === chosen) ? chosen : "";
  }

  read(format) {
    return { format, paper: this.paper.value, compare: this.compare.value, patient: this.patient.value,
      complaint: this.complaint.value, pain: this.pain.value, adherence: this.adherence.value };
  }

  async make(route, form) {
    this.state.textContent = say("report_making");
    try {
      const { url } = await send(route, { form });
      const name = new URLSearchParams(url.split("?")[1]).get("name");
      this.state.textContent = say("report_ready", { name });
      download(url);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.state.textContent = error.message;
    }
  }
}
