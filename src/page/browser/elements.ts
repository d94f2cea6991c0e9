/** Elements of the page, made of text alone: nothing that comes from outside is ever read as HTML. */

/** The element with this id. */
export function at<E extends HTMLElement = HTMLElement>(id: string): E {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`the page has no ${id}`)
  return found as E
}

/** A new element with a class, and what it holds: elements, or text as it is. */
export function made(tag: string, name = '', ...held: readonly (Node | string)[]): HTMLElement {
  const element = document.createElement(tag)
  if (name !== '') element.className = name
  element.append(...held)
  return element
}

/** A message as text and code: what stands between backticks is typed, or stands in a file. One that is not closed stands as it is. */
export function told(message: string): readonly (Node | string)[] {
  const parts = message.split(/`([^`]+)`/)
  return parts.map((part, i) => (i % 2 === 1 ? made('code', '', part) : part))
}

/** Replaces what an element holds, if it would look different: what stands still can be read and selected. */
export function fill(element: HTMLElement, ...held: readonly (Node | string)[]): void {
  const next = made('div', '', ...held)
  if (next.innerHTML !== element.innerHTML) element.replaceChildren(...next.childNodes)
}

/** A new element of SVG with attributes. */
export function drawn(tag: string, attributes: Readonly<Record<string, string>>, ...held: readonly Node[]): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  element.append(...held)
  return element
}
