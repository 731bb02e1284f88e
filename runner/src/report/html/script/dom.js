// Elements. Every text that comes from the report becomes a text node here, never markup.

/** An element. Children are elements, texts, or nothing. */
function el(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === false || value === null) continue;
    if (name === "on") {
      for (const [event, does] of Object.entries(value)) element.addEventListener(event, does);
    } else {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  const there = children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
  element.append(...there.map((child) => (child instanceof Node ? child : visible(String(child)))));
  return element;
}

/** A text in which nothing is hidden: controls, and marks that turn the direction of what follows, are written out. */
function visible(text) {
  const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;
  return text.replace(hidden, (mark) => `\\u{${mark.charCodeAt(0).toString(16)}}`);
}

/** A link within the page. */
function link(view, parameters, attributes, ...children) {
  return el("a", { href: address(view, parameters), ...attributes }, ...children);
}

/** The address of a view. Parameters without value are left out. */
function address(view, parameters) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters ?? {})) {
    if (value !== undefined && value !== null && value !== "" && value !== false) query.set(name, value === true ? "1" : value);
  }
  const text = query.toString();
  return text ? `#${view}?${text}` : `#${view}`;
}

const count = (number) => number.toLocaleString("en");
const counted = (number, one, several = `${one}s`) => `${count(number)} ${number === 1 ? one : several}`;

/** A share, never rounded up to all of it. */
function percent(part, whole) {
  if (!whole) return "–";
  if (part === whole) return "100 %";
  return `${Math.min(99.9, Math.floor((1000 * part) / whole) / 10).toFixed(1)} %`;
}

/** Text with a place to break behind what joins words. */
function breakable(text) {
  return text.split(/(?<=[/_.,@])/).flatMap((part, index) => (index ? [document.createElement("wbr"), part] : [part]));
}

/** Prose, with what stands between backticks set as code. */
function prose(text) {
  return text.split(/`([^`\n]+)`/).map((part, index) => (index % 2 ? el("code", null, part) : part));
}

/** `pyarrow@26.0.1` with its version set back. */
function party(name) {
  const at = name.indexOf("@");
  if (at < 0) return el("span", { class: "party" }, name);
  return el("span", { class: "party" }, name.slice(0, at), el("span", { class: "version" }, name.slice(at + 1)));
}

/** A bar of how many results there are of each kind. */
function bar(counts) {
  const total = counts.reduce((sum, number) => sum + number, 0);
  const parts = [KIND.ok, ...FAILURES.map(({ id }) => KIND[id]), KIND.seen, KIND.open].filter((kind) => counts[kind]);
  const element = el("span", { class: "bar", "aria-hidden": "true" });
  for (const kind of parts) {
    const part = el("span", { class: `part ${KINDS[kind].id}` });
    // Even one in a thousand is seen.
    part.style.flexGrow = Math.max(counts[kind] / total, kind === KIND.ok ? 0 : 0.015);
    element.append(part);
  }
  return element;
}

/** Says something to those who do not see the page. */
function say(text) {
  document.getElementById("said").textContent = text;
}
