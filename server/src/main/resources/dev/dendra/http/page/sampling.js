// SPDX-License-Identifier: Apache-2.0

// The controls of sampling, with the ranges that the API documents. An empty field leaves the choice to the server.

const STORE = "dendra.sampling";
const LARGEST_INTEGER = 2147483647;

export const CONTROLS = [
  { name: "temperature", label: "Temperature", min: 0, max: 2, step: 0.05, initial: 1 },
  { name: "top_p", label: "Top p", min: 0, max: 1, step: 0.01, initial: 1 },
  { name: "top_k", label: "Top k (0: all)", min: 0, max: LARGEST_INTEGER, step: 1, initial: 0 },
  { name: "min_p", label: "Min p", min: 0, max: 1, step: 0.01, initial: 0 },
  { name: "repetition_penalty", label: "Repetition penalty", min: 0.01, max: 100, step: 0.01, initial: 1 },
  { name: "max_tokens", label: "Most tokens", min: 1, max: LARGEST_INTEGER, step: 1, initial: 512 },
  { name: "seed", label: "Seed (empty: random)", min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER, step: 1, initial: null },
];

/** Why a text is no value of a control; null if it is one. */
export function refusal(control, text) {
  const value = Number(text);
  if (text.trim() === "") return null;
  if (!Number.isFinite(value)) return "A number is needed.";
  if (value < control.min || value > control.max) return "From " + control.min + " to " + control.max + ".";
  if (control.step === 1 && !Number.isInteger(value)) return "A whole number is needed.";
  return null;
}

export class SamplingControls {
  #inputs = new Map();

  constructor(element) {
    let kept = {};
    try {
      kept = JSON.parse(sessionStorage.getItem(STORE)) ?? {};
    } catch {
      // Not ours; the initial values do.
    }
    for (const control of CONTROLS) element.append(this.#row(control, kept[control.name]));
  }

  /** Fields of a request. The first wrong control is focused, and then there is null. */
  values() {
    const values = {};
    for (const control of CONTROLS) {
      const { input } = this.#inputs.get(control.name);
      if (!this.#check(control)) {
        input.focus();
        return null;
      }
      if (input.value.trim() !== "") values[control.name] = Number(input.value);
    }
    return values;
  }

  reset() {
    for (const control of CONTROLS) {
      this.#inputs.get(control.name).input.value = control.initial ?? "";
      this.#check(control);
    }
    this.#save();
  }

  #row(control, kept) {
    const row = document.createElement("div");
    row.className = "control";
    const label = document.createElement("label");
    const input = document.createElement("input");
    const problem = document.createElement("p");
    label.textContent = control.label;
    label.htmlFor = input.id = "sampling-" + control.name;
    Object.assign(input, { type: "number", name: control.name, min: control.min, max: control.max, inputMode: "decimal" });
    // The step of the arrow keys; values in between are welcome.
    input.step = control.step;
    input.value = typeof kept === "string" ? kept : (control.initial ?? "");
    problem.className = "problem";
    problem.id = input.id + "-problem";
    problem.hidden = true;
    input.setAttribute("aria-describedby", problem.id);
    row.append(label, input, problem);
    this.#inputs.set(control.name, { input, problem });
    input.addEventListener("input", () => this.#save());
    input.addEventListener("change", () => this.#check(control));
    return row;
  }

  #check(control) {
    const { input, problem } = this.#inputs.get(control.name);
    // A number field hides text that is no number.
    const reason = input.validity.badInput ? "A number is needed." : refusal(control, input.value);
    problem.textContent = reason ?? "";
    problem.hidden = reason === null;
    input.setAttribute("aria-invalid", String(reason !== null));
    return reason === null;
  }

  #save() {
    const values = {};
    for (const [name, { input }] of this.#inputs) values[name] = input.value;
    try {
      sessionStorage.setItem(STORE, JSON.stringify(values));
    } catch {
      // No room: they last as long as the page then.
    }
  }
}
