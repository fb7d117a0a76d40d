// SPDX-License-Identifier: Apache-2.0

// What was said, kept for as long as the tab is open.
//
// A turn is {role: "user", text} or {role: "assistant", text, model, figures?, finish?, problem?, needsKey?}. In completion
// mode the user's turn is a raw prompt and the assistant's goes on from it.

const STORE = "dendra.conversations";

export class Conversations {
  #turns = { chat: [], completion: [] };

  constructor() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(STORE));
      if (Array.isArray(kept?.chat) && Array.isArray(kept?.completion)) this.#turns = kept;
    } catch {
      // Not ours; begin anew.
    }
  }

  /** The turns of a mode, the oldest first. */
  of(mode) {
    return this.#turns[mode];
  }

  clear(mode) {
    this.#turns[mode] = [];
    this.save();
  }

  /** Drops the last answer; with its question too if asked. */
  dropLast(mode, withQuestion) {
    const turns = this.#turns[mode];
    if (turns.at(-1)?.role === "assistant") turns.pop();
    if (withQuestion && turns.at(-1)?.role === "user") turns.pop();
    this.save();
  }

  /** False if the browser has no room left for it. */
  save() {
    try {
      sessionStorage.setItem(STORE, JSON.stringify(this.#turns));
      return true;
    } catch {
      return false;
    }
  }
}

/** The messages of a chat request: answers that never began, and what they would have answered, are left out. */
export function messages(turns, system) {
  const result = system.trim() === "" ? [] : [{ role: "system", content: system }];
  turns.forEach((turn, i) => {
    const unanswered = turn.role === "user" && turns[i + 1]?.role === "assistant" && turns[i + 1].text === "";
    if (!unanswered && turn.text !== "") result.push({ role: turn.role, content: turn.text });
  });
  return result;
}

/** The file that "Export" saves. */
export function exported(mode, turns, system, sampling) {
  return JSON.stringify(
    { format: "dendra.conversation", mode, exported: new Date().toISOString(), system: mode === "chat" ? system : undefined, sampling, turns },
    null,
    2,
  );
}
