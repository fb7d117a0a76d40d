// SPDX-License-Identifier: Apache-2.0

// Shows the turns of a conversation.

import { MarkdownView } from "./markdown.js";

/** Closer to the end than this, in pixels, a reader wants to see what comes next. */
const NEAR_END = 48;

export class Transcript {
  #element;
  #empty;
  #actions;
  #last = null;

  /** actions: {copy(turn), edit(), regenerate()} */
  constructor(element, empty, actions) {
    this.#element = element;
    this.#empty = empty;
    this.#actions = actions;
  }

  /** Shows all turns anew. The last one may go on; see update(). */
  show(turns, mode, busy) {
    const focused = this.#focused();
    this.#last = null;
    this.#element.replaceChildren();
    this.#empty.hidden = turns.length > 0;
    this.#element.setAttribute("aria-busy", String(busy));
    const question = turns.findLastIndex(turn => turn.role === "user");
    turns.forEach((turn, i) => {
      const last = i === turns.length - 1;
      const view = new TurnView(turn, mode, this.#element);
      view.busy(busy && last);
      if (!(busy && last)) {
        if (turn.text) view.button("Copy", () => this.#actions.copy(turn));
        if (!busy && i === question) view.button("Edit", this.#actions.edit);
        if (!busy && last && turn.role === "assistant") view.button("Regenerate", this.#actions.regenerate);
      }
      if (last) this.#last = view;
    });
    this.#element.scrollTop = this.#element.scrollHeight;
    if (focused) this.#focus(focused);
  }

  /** The button of a turn that has the focus, as {turn, label}; null if none has. */
  #focused() {
    const button = document.activeElement;
    const turn = [...this.#element.children].findIndex(article => article.contains(button));
    return turn < 0 ? null : { turn, label: button.textContent };
  }

  #focus({ turn, label }) {
    const buttons = this.#element.children[turn]?.querySelectorAll("button") ?? [];
    [...buttons].find(button => button.textContent === label)?.focus({ preventScroll: true });
  }

  /** Shows what has been added to the last turn. */
  update() {
    const { scrollTop, clientHeight, scrollHeight } = this.#element;
    this.#last?.update();
    if (scrollHeight - scrollTop - clientHeight < NEAR_END) this.#element.scrollTop = this.#element.scrollHeight;
  }
}

class TurnView {
  #turn;
  #article = document.createElement("article");
  #text = document.createElement("div");
  #meta = document.createElement("div");
  #markdown = null;

  constructor(turn, mode, parent) {
    this.#turn = turn;
    this.#article.className = turn.role + (mode === "completion" ? " raw" : "");
    const title = document.createElement("h2");
    title.textContent = turn.role === "assistant" ? turn.model || "Answer" : mode === "completion" ? "Prompt" : "You";
    this.#text.className = "text";
    this.#meta.className = "meta";
    if (turn.role === "assistant" && mode === "chat") this.#markdown = new MarkdownView(this.#text);
    this.#article.append(title, this.#text);
    if (turn.problem) this.#article.append(paragraph("problem", turn.problem));
    for (const figure of figures(turn)) {
      const span = document.createElement("span");
      span.textContent = figure;
      this.#meta.append(span);
    }
    this.#article.append(this.#meta);
    this.update();
    parent.append(this.#article);
  }

  update() {
    if (this.#markdown) this.#markdown.show(this.#turn.text);
    else this.#text.textContent = this.#turn.text;
  }

  busy(busy) {
    this.#article.classList.toggle("busy", busy);
  }

  button(label, action) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", action);
    this.#meta.append(button);
  }
}

/** What is told of an answer once it has ended. */
export function figures({ figures, finish }) {
  if (!figures) return [];
  const result = [count(figures.tokens, "token")];
  if (figures.tokensPerSecond !== null) result.push(rate(figures.tokensPerSecond));
  if (figures.firstTokenSeconds !== null) result.push("first token after " + duration(figures.firstTokenSeconds));
  if (finish) result.push("finish: " + finish);
  return result;
}

export function count(number, noun) {
  return number.toLocaleString("en") + " " + noun + (number === 1 ? "" : "s");
}

export function rate(perSecond) {
  return perSecond.toFixed(perSecond < 100 ? 1 : 0) + " tokens/s";
}

function duration(seconds) {
  return seconds < 1 ? Math.round(seconds * 1000) + " ms" : seconds.toFixed(1) + " s";
}

function paragraph(className, text) {
  const element = document.createElement("p");
  element.className = className;
  element.textContent = text;
  return element;
}
