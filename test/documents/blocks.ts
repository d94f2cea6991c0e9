// The fenced code blocks of a Markdown page.

/** One fenced block: its language (the first word after the fence), its lines, and the line of its opening fence. */
export interface Block {
  readonly language: string
  readonly lines: readonly string[]
  readonly line: number
}

/** All fenced blocks of a page, in order. A fence that is never closed is an error. */
export function blocksOf(page: string): Block[] {
  const blocks: Block[] = []
  let open: { language: string; lines: string[]; line: number } | undefined
  for (const [index, line] of page.split('\n').entries()) {
    const fence = /^```(.*)$/.exec(line)
    if (fence === null) open?.lines.push(line)
    else if (open === undefined) open = { language: (fence[1] ?? '').trim(), lines: [], line: index + 1 }
    else {
      blocks.push(open)
      open = undefined
    }
  }
  if (open !== undefined) throw new Error(`the block of line ${open.line} is not closed`)
  return blocks
}

/** A command of a console block and the output that the page promises for it. */
export interface Step {
  readonly command: string
  readonly output: readonly string[]
}

/** The steps of a console block: `$ command`, continued by a final backslash, then its output up to the next command. */
export function stepsOf(block: Block): Step[] {
  const steps: { command: string; output: string[] }[] = []
  for (const line of block.lines) {
    const last = steps.at(-1)
    if (line.startsWith('$ ')) steps.push({ command: line.slice(2), output: [] })
    else if (last === undefined) throw new Error(`line ${block.line}: output before the first command`)
    else if (last.output.length === 0 && last.command.endsWith('\\')) last.command += `\n${line}`
    else last.output.push(line)
  }
  return steps
}

/** A command of a block of several machines, with the machine that runs it. */
export interface Turn extends Step {
  readonly machine: string
}

/** The turns of a block of several machines: `master# command`, continued by a final backslash, then its output up to the next command. */
export function turnsOf(block: Block): Turn[] {
  const turns: { machine: string; command: string; output: string[] }[] = []
  for (const line of block.lines) {
    const last = turns.at(-1)
    const [, machine, command] = /^([a-z][a-z0-9]*)# (.*)$/.exec(line) ?? []
    if (machine !== undefined && command !== undefined) turns.push({ machine, command, output: [] })
    else if (last === undefined) throw new Error(`line ${block.line}: output before the first command`)
    else if (last.output.length === 0 && last.command.endsWith('\\')) last.command += `\n${line}`
    else last.output.push(line)
  }
  return turns
}

/** Whether output is what a page promises: line by line, where `...` alone stands for any number of lines, and within a
 *  line for any text. */
export function isPromised(promised: readonly string[], output: string): boolean {
  const pattern = promised.map((line) => (line === '...' ? '(?:.*\n)*?' : `${literal(line)}\n`)).join('')
  return new RegExp(`^${pattern}$`).test(output)
}

function literal(line: string): string {
  return line
    .split('...')
    .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    .join('.*')
}
