// SPDX-License-Identifier: Apache-2.0

// Puts the page together: what is typed becomes a request, what comes back is shown.

import { apiKey, generate, models } from "./api.js";
import { Conversations, exported, messages } from "./conversation.js";
import { SamplingControls } from "./sampling.js";
import { StatePanel } from "./state.js";
import { Transcript, count, figures, rate } from "./transcript.js";

const CHOICES = "dendra.choices";
const KEY_NOTE = "Kept until this tab is closed.";
const HINT = "Enter sends, Shift+Enter breaks the line, Esc stops";

/** Milliseconds between two looks at a growing answer. */
const FRAME = 40;

const at = id => document.getElementById(id);
const prompt = at("prompt");
const conversations = new Conversations();
const transcript = new Transcript(at("transcript"), at("empty"), { copy, edit, regenerate });
const sampling = new SamplingControls(at("sampling"));
const panel = new StatePanel();
const choices = kept();
let running = null;
let editing = false;

function mode() {
  return document.querySelector("input[name=mode]:checked").value;
}

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(CHOICES)) ?? {};
  } catch {
    return {};
  }
}

function keepChoices() {
  try {
    sessionStorage.setItem(CHOICES, JSON.stringify({ mode: mode(), model: at("model").value, system: at("system").value }));
  } catch {
    // No room: they last as long as the page then.
  }
}

function announce(message) {
  at("status").textContent = message;
}

function show() {
  const completion = mode() === "completion";
  const busy = running !== null;
  transcript.show(conversations.of(mode()), mode(), busy);
  prompt.classList.toggle("raw", completion);
  at("prompt-label").textContent = completion ? "Prompt, as the model gets it" : "Message";
  at("empty").textContent = completion ? "The model goes on from a prompt." : "Nothing said yet.";
  at("system-section").hidden = completion;
  at("hint").textContent = editing ? "Changing the last message; Esc leaves it" : HINT;
  at("send").hidden = busy;
  at("stop").hidden = !busy;
  document.querySelector(".modes").disabled = busy;
  at("clear").disabled = busy || conversations.of(mode()).length === 0;
  at("export").disabled = at("clear").disabled;
}

function send() {
  const text = prompt.value;
  if (running || text.trim() === "") {
    prompt.focus();
    return;
  }
  const values = sampled();
  if (!values) return;
  if (editing) conversations.dropLast(mode(), true);
  editing = false;
  prompt.value = "";
  conversations.of(mode()).push({ role: "user", text });
  answer(values);
}

function regenerate() {
  const values = sampled();
  if (!values) return;
  editing = false;
  conversations.dropLast(mode(), false);
  answer(values);
  prompt.focus();
}

/** The sampling fields of a request, or null; then the wrong one is focused. */
function sampled() {
  const values = sampling.values();
  if (!values) {
    openSide(true);
    sampling.values();
    announce("A sampling value is wrong.");
  }
  return values;
}

function request(turns, values) {
  const model = at("model").value || undefined;
  return mode() === "chat"
    ? { model, messages: messages(turns, at("system").value), ...values }
    : { model, prompt: turns.at(-1).text, ...values };
}

async function answer(values) {
  const turns = conversations.of(mode());
  const path = mode() === "chat" ? "chat/completions" : "completions";
  const body = request(turns, values);
  const turn = { role: "assistant", text: "", model: at("model").value };
  const clock = new AnswerClock();
  turns.push(turn);
  running = new AbortController();
  conversations.save();
  show();
  announce("Answering");
  let frame = 0;
  const draw = () => {
    frame = 0;
    transcript.update();
    at("live").textContent = clock.live();
  };
  try {
    for await (const piece of generate(path, body, running.signal)) {
      clock.take(piece);
      if (piece.text) turn.text += piece.text;
      if (piece.finish) turn.finish = piece.finish;
      frame ||= setTimeout(draw, FRAME);
    }
  } catch (failure) {
    if (failure.name === "AbortError") {
      turn.finish = "stopped";
    } else {
      turn.problem = failure.message;
      if (failure.status === 401) turn.needsKey = true;
    }
  }
  clearTimeout(frame);
  turn.figures = clock.figures();
  running = null;
  at("live").textContent = "";
  const room = conversations.save();
  const stopFocused = document.activeElement === at("stop");
  show();
  if (stopFocused) prompt.focus();
  announce(turn.problem ? "Failed: " + turn.problem : "Answer ended: " + figures(turn).join(", "));
  if (!room) announce("The browser has no room to keep this conversation.");
  if (turn.needsKey) askForKey();
  panel.look();
}

/** Counts and times the tokens of an answer. */
class AnswerClock {
  #start = performance.now();
  #first = null;
  #last = null;
  #pieces = 0;
  #counted = 0;

  take({ text, usage, finish }) {
    if (text) this.#pieces++;
    if (usage) this.#counted = usage.completion_tokens;
    if (text || finish) {
      this.#last = performance.now();
      if (text) this.#first ??= this.#last;
    }
  }

  /** A piece of text is a token, but for those that are not whole characters, until the server has counted them. */
  get #tokens() {
    return Math.max(this.#pieces, this.#counted);
  }

  figures() {
    const seconds = this.#first === null ? 0 : (this.#last - this.#first) / 1000;
    return {
      tokens: this.#tokens,
      tokensPerSecond: this.#tokens > 1 && seconds > 0 ? (this.#tokens - 1) / seconds : null,
      firstTokenSeconds: this.#first === null ? null : (this.#first - this.#start) / 1000,
    };
  }

  live() {
    const { tokens, tokensPerSecond } = this.figures();
    return count(tokens, "token") + (tokensPerSecond === null ? "" : ", " + rate(tokensPerSecond));
  }
}

function edit() {
  const question = conversations.of(mode()).findLast(turn => turn.role === "user");
  editing = true;
  prompt.value = question.text;
  show();
  prompt.focus();
  prompt.select();
}

function cancelEditing() {
  editing = false;
  prompt.value = "";
  show();
}

async function copy(turn) {
  try {
    await navigator.clipboard.writeText(turn.text);
    announce("Copied");
  } catch {
    announce(copyBySelection(turn.text) ? "Copied" : "The browser does not let this page copy.");
  }
}

/** For pages that came neither from this machine nor over TLS, which have no clipboard. */
function copyBySelection(text) {
  const field = document.createElement("textarea");
  const focused = document.activeElement;
  field.className = "hidden";
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  focused?.focus();
  return done;
}

function save() {
  const text = exported(mode(), conversations.of(mode()), at("system").value, sampling.values() ?? {});
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = "conversation.json";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

function openSide(open) {
  document.body.classList.toggle("side", open);
  at("side-toggle").setAttribute("aria-expanded", String(open));
}

function askForKey() {
  openSide(true);
  at("key-note").textContent = "This server answers only with an API key, and not with this one.";
  if (!apiKey.get()) at("key-note").textContent = "This server answers only with an API key.";
  at("key-note").classList.add("alarm");
  at("key").setAttribute("aria-invalid", "true");
  at("key").focus();
}

async function keyChanged() {
  apiKey.set(at("key").value.trim());
  at("key-note").textContent = KEY_NOTE;
  at("key-note").classList.remove("alarm");
  at("key").removeAttribute("aria-invalid");
  panel.look();
  if (await listModels()) goOn();
}

/** Goes on where the server asked for a key: answers what it left unanswered for want of one. */
function goOn() {
  const asked = document.activeElement === at("key");
  if (asked) openSide(false);
  if (!running && conversations.of(mode()).at(-1)?.needsKey) regenerate();
  else if (asked) prompt.focus();
}

/** Whether the server has told which models it has. */
async function listModels() {
  try {
    const ids = await models();
    const chosen = at("model").value || choices.model;
    at("model").replaceChildren(...ids.map(id => new Option(id, id, false, id === chosen)));
    return true;
  } catch (failure) {
    if (failure.status === 401) askForKey();
    else announce(failure.message);
    return false;
  }
}

at("composer").addEventListener("submit", event => {
  event.preventDefault();
  send();
});
prompt.addEventListener("keydown", event => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    send();
  }
});
document.addEventListener("keydown", event => {
  if (event.key !== "Escape" || event.isComposing) return;
  if (running) running.abort();
  else if (editing) cancelEditing();
  else if (document.body.classList.contains("side")) {
    openSide(false);
    at("side-toggle").focus();
  }
});
at("stop").addEventListener("click", () => running?.abort());
at("clear").addEventListener("click", () => {
  editing = false;
  conversations.clear(mode());
  show();
  announce("Cleared");
  prompt.focus();
});
at("export").addEventListener("click", save);
at("reset").addEventListener("click", () => sampling.reset());
at("side-toggle").addEventListener("click", () => openSide(!document.body.classList.contains("side")));
at("key").addEventListener("change", keyChanged);
at("access").addEventListener("submit", event => event.preventDefault());
at("system").addEventListener("input", keepChoices);
at("model").addEventListener("change", keepChoices);
document.querySelector(".modes").addEventListener("change", () => {
  editing = false;
  keepChoices();
  show();
});
addEventListener("pagehide", () => conversations.save());

at("key").value = apiKey.get();
at("system").value = choices.system ?? "";
if (choices.mode === "completion") document.querySelector("input[value=completion]").checked = true;
show();
listModels();
prompt.focus();
