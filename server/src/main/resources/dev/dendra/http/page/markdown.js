// SPDX-License-Identifier: Apache-2.0

// The little of Markdown that models write most: paragraphs, headings, lists, fenced code, inline code, bold. All else is
// text. parse() makes data of it and render() makes nodes of that; no text is ever read as HTML.

// None of these backtracks: each takes a time linear in the line.
const FENCE = /^ {0,3}(`{3,}|~{3,})([^`]*)$/;
const HEADING = /^ {0,3}#{1,6}[ \t]+(.*)$/;
const BULLET = /^ {0,3}[-*+][ \t]+(.*)$/;
const NUMBER = /^ {0,3}(\d{1,9})[.)][ \t]+(.*)$/;

/**
 * Blocks: {type: "paragraph" | "heading", text}, {type: "code", language, text}, {type: "bullets", items} or
 * {type: "numbers", start, items}. A fence that is not closed yet reaches to the end.
 */
export function parse(source) {
  const blocks = [];
  const lines = source.replace(/\r\n?/g, "\n").split("\n");
  let open = null;
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i];
    const fence = FENCE.exec(line);
    if (fence) {
      const code = [];
      for (i++; i < lines.length && !closes(lines[i], fence[1]); i++) code.push(lines[i]);
      blocks.push({ type: "code", language: fence[2].trim().split(/\s/, 1)[0], text: code.join("\n") });
      open = null;
      continue;
    }
    if (line.trim() === "") {
      // A list goes on after an empty line if another item follows, a paragraph does not.
      if (open?.type === "paragraph") open = null;
      else if (open) open.loose = true;
      continue;
    }
    const heading = HEADING.exec(line);
    const bullet = BULLET.exec(line);
    const number = NUMBER.exec(line);
    if (heading) {
      blocks.push({ type: "heading", text: heading[1].trim() });
      open = null;
    } else if (bullet) {
      open = list(blocks, open, "bullets", 1, bullet[1]);
    } else if (number) {
      open = list(blocks, open, "numbers", Number(number[1]), number[2]);
    } else if (open?.type === "paragraph") {
      open.text += "\n" + line;
    } else if (open && !open.loose) {
      open.items.push(open.items.pop() + "\n" + line.trim());
    } else {
      open = { type: "paragraph", text: line };
      blocks.push(open);
    }
  }
  for (const block of blocks) delete block.loose;
  return blocks;
}

function closes(line, fence) {
  const end = line.trim();
  return end.length >= fence.length && end === fence[0].repeat(end.length);
}

function list(blocks, open, type, start, item) {
  if (open?.type !== type) {
    open = type === "numbers" ? { type, start, items: [] } : { type, items: [] };
    blocks.push(open);
  }
  open.loose = false;
  open.items.push(item);
  return open;
}

/** Spans of a text: {type: "text" | "code" | "bold", text}. */
export function spans(text) {
  const result = [];
  let plain = "";
  const add = (type, content) => {
    if (plain) result.push({ type: "text", text: plain });
    plain = "";
    result.push({ type, text: content });
  };
  let at = 0;
  // Marks that were looked for in vain are not looked for again: it takes linear time.
  const missing = new Set();
  while (at < text.length) {
    const mark = text[at] === "`" ? run(text, at) : text.startsWith("**", at) ? "**" : "";
    if (mark && !missing.has(mark)) {
      const from = at + mark.length;
      const end = closing(text, from, mark);
      if (end < 0) missing.add(mark);
      const content = text.slice(from, end);
      if (end > from && (mark[0] === "`" || content.trim() === content)) {
        add(mark[0] === "`" ? "code" : "bold", content);
        at = end + mark.length;
        continue;
      }
    }
    const length = mark.length || 1;
    plain += text.slice(at, at + length);
    at += length;
  }
  if (plain) result.push({ type: "text", text: plain });
  return result;
}

function run(text, at) {
  let end = at;
  while (text[end] === "`") end++;
  return text.slice(at, end);
}

function closing(text, from, mark) {
  let at = text.indexOf(mark, from);
  while (at >= 0 && mark[0] === "`" && run(text, at).length !== mark.length) {
    at = text.indexOf(mark, at + run(text, at).length);
  }
  return at;
}

/** Shows text in an element. Called again with more of the same text it leaves alone what has not changed. */
export class MarkdownView {
  #element;
  #shown = [];

  constructor(element) {
    this.#element = element;
  }

  show(source) {
    const blocks = parse(source);
    const keys = blocks.map(block => JSON.stringify(block));
    let same = 0;
    while (same < keys.length && keys[same] === this.#shown[same]) same++;
    while (this.#element.childNodes.length > same) this.#element.lastChild.remove();
    for (const block of blocks.slice(same)) this.#element.append(render(block, this.#element.ownerDocument));
    this.#shown = keys;
  }
}

/** The element of one block. */
export function render(block, document) {
  if (block.type === "code") {
    const pre = document.createElement("pre");
    const code = document.createElement("code");
    code.textContent = block.text;
    // A block that scrolls sideways has to be reachable without a mouse.
    pre.tabIndex = 0;
    pre.append(code);
    return pre;
  }
  if (block.items) {
    const list = document.createElement(block.type === "numbers" ? "ol" : "ul");
    if (block.type === "numbers") list.start = block.start;
    for (const item of block.items) list.append(inline(document.createElement("li"), item));
    return list;
  }
  return inline(document.createElement(block.type === "heading" ? "h3" : "p"), block.text);
}

function inline(element, text) {
  const document = element.ownerDocument;
  for (const span of spans(text)) {
    if (span.type === "text") {
      element.append(span.text);
      continue;
    }
    const child = document.createElement(span.type === "code" ? "code" : "strong");
    child.textContent = span.text;
    element.append(child);
  }
  return element;
}
