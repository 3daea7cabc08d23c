/** Elements by id and by need. Text is always text: what a run says is never read as markup. */

export function byId<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} #${id}`);
  return found;
}

type Child = Node | string | number | null | undefined;

export function make<K extends keyof HTMLElementTagNameMap>(tag: K, className: string, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className) element.className = className;
  for (const child of children) if (child !== null && child !== undefined) element.append(typeof child === "number" ? String(child) : child);
  return element;
}

export function button(className: string, label: string, act: () => void): HTMLButtonElement {
  const element = make("button", className, label);
  element.type = "button";
  element.addEventListener("click", act);
  return element;
}

let noteTimer: ReturnType<typeof setTimeout> | undefined;

/** One line at the bottom of the picture, gone after a while. */
export function say(line: string, seconds = 5): void {
  const note = byId("note", HTMLParagraphElement);
  note.textContent = line;
  note.hidden = line === "";
  clearTimeout(noteTimer);
  if (seconds > 0) noteTimer = setTimeout(() => (note.hidden = true), seconds * 1000);
}

export function unsay(): void {
  byId("note", HTMLParagraphElement).hidden = true;
}
