// SPDX-License-Identifier: Apache-2.0

// Server-sent events (WHATWG HTML, section 9.2), from chunks that may end anywhere.

/** Longest event that is taken, in UTF-16 units. */
export const LONGEST_EVENT = 4 << 20;

export class EventParser {
  #decoder = new TextDecoder();
  #line = "";
  #afterCarriageReturn = false;
  #type = "";
  #data = null;
  #size = 0;

  /** Takes bytes; returns the events that they complete, each {type, data}. Throws if an event is too long. */
  push(bytes) {
    let text = this.#decoder.decode(bytes, { stream: true });
    const events = [];
    if (text === "") return events;
    if (this.#afterCarriageReturn) {
      // The second half of a line end that was cut in two.
      if (text[0] === "\n") text = text.slice(1);
      this.#afterCarriageReturn = false;
    }
    let from = 0;
    for (const end of text.matchAll(/\r\n|\r|\n/g)) {
      this.#take(this.#line + text.slice(from, end.index), events);
      this.#line = "";
      from = end.index + end[0].length;
    }
    this.#afterCarriageReturn = text.endsWith("\r");
    this.#line += text.slice(from);
    this.#limit(this.#line.length);
    return events;
  }

  #take(line, events) {
    if (line === "") {
      if (this.#data !== null) events.push({ type: this.#type || "message", data: this.#data.join("\n") });
      this.#type = "";
      this.#data = null;
      this.#size = 0;
      return;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (field === "event") {
      this.#type = value;
    } else if (field === "data") {
      this.#limit(value.length);
      this.#size += value.length + 1;
      (this.#data ??= []).push(value);
    }
  }

  #limit(more) {
    if (this.#size + more > LONGEST_EVENT) throw new Error("The server sent an event that is too long.");
  }
}

/** The events of a response body. What is cut off at its end is no event. */
export async function* events(body) {
  const parser = new EventParser();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* parser.push(value);
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
