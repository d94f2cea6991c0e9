/** The search: a key, and what each database says of it. */
import type { PageAnswers, PageCited, PageExplanation } from '../index.ts'
import { ask } from './asking.ts'
import { at, fill, made, told } from './elements.ts'

/** What came of a question that was asked later is not replaced by an earlier one. */
let asked = 0

/** Has the form explain what is typed; `failed` is told of what it could not ask. */
export function listenForSearch(failed: (error: unknown) => void): void {
  at('search').addEventListener('submit', (event) => {
    event.preventDefault()
    const typed = at<HTMLInputElement>('key').value.trim()
    if (typed !== '') void explain(`/explain.json?typed=${encodeURIComponent(typed)}`).catch(failed)
  })
}

/** Explains the node with this number. */
export function explainNode(number: number): Promise<void> {
  return explain(`/node.json?number=${number}`)
}

async function explain(path: string): Promise<void> {
  const own = ++asked
  at('answers').setAttribute('aria-busy', 'true')
  try {
    const answers = await ask<PageAnswers>(path)
    if (own === asked) show(answers)
  } finally {
    at('answers').removeAttribute('aria-busy')
  }
}

function show({ key, answers }: PageAnswers): void {
  const nothing = made('p', 'note', 'Nothing is known of that.')
  fill(at('answers'), ...(answers.length === 0 ? [nothing] : answers.map((answer) => answerOf(key, answer))))
}

function answerOf(key: string, { database, isFound, message, entry, lines }: PageExplanation): HTMLElement {
  const tag = made('span', 'tag', isFound ? `in ${database}` : `not found in ${database}`)
  const shown = entry.length === 0 ? [] : [blockOf(entry.join('\n'))]
  return made(
    'div',
    'answer',
    made('h3', '', key, tag),
    made('p', '', ...told(message)),
    ...shown,
    ...(lines.length === 0 ? [] : [made('ul', 'cited', ...lines.map(citedOf))]),
  )
}

function citedOf({ place, message, text }: PageCited): HTMLElement {
  const line = text === '' ? [] : [blockOf(text)]
  return made('li', '', made('span', 'place', place), ...told(message), ...line)
}

/** Text as it is written; it can be reached by keyboard, to be scrolled. */
function blockOf(text: string): HTMLElement {
  const block = made('pre', '', made('code', '', text))
  block.tabIndex = 0
  return block
}
