import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { terminalQuestions } from '../../../../src/cli/commands/setup/questions.ts'
import { folder } from '../../../folder.ts'

// The test runner puts its hooks into every child: they would take the signals.
const ASKING = ['env', '-u', 'NODE_OPTIONS', process.execPath, join(import.meta.dirname, 'asking.ts')]
const [CONTROL_C, CONTROL_D] = ['\x03', '\x04']

/** The program at a terminal, where this is typed (terminal.py); what the terminal shows, and how the program ended. */
function atTerminal(typed: string): string {
  const words = [join(import.meta.dirname, 'terminal.py'), ...ASKING]
  return spawnSync('python3', words, { input: typed, encoding: 'utf8', env: { PATH: process.env.PATH } }).stdout
}

/** The program with this on standard input. */
function piped(input: string) {
  return spawnSync(ASKING[0] ?? '', ASKING.slice(1), { input, encoding: 'utf8', env: {} })
}

t.test('answers that were typed ahead are those of the questions that come', async (t) => {
  t.match(
    atTerminal('one\n two \n'),
    /first\? second\? \{"canAsk":true,"answers":\["one","two"\],"left":""\}\nexit code 0\n$/,
  )
})

t.test('the end of the input in place of an answer is an error, which names it', async (t) => {
  for (const typed of [CONTROL_D, `one\n${CONTROL_D}`]) {
    const shown = atTerminal(typed)
    t.match(shown, /\n.*standard input ended before there was an answer; nothing was changed/)
    t.match(shown, /exit code 1\n$/)
  }
  t.match(piped('one\n').stderr, /standard input ended before there was an answer/)
})

t.test('^C ends the program at a question', async (t) => {
  t.match(atTerminal(`\0${CONTROL_C}`), /first\? \^C.*signal 2\n$/s)
  t.match(atTerminal(`one\n\0\0${CONTROL_C}`), /first\? second\? \^C.*signal 2\n$/s)
})

t.test('of a pipe each question takes a line, and leaves the rest', async (t) => {
  t.match(JSON.parse(piped('one\ntwo\nfor others\n').stdout), { answers: ['one', 'two'], left: 'for others\n' })
  t.match(JSON.parse(piped('one\ntwo').stdout), { answers: ['one', 'two'] }, 'the last line has no end')
})

t.test('a file gives its first line, and says what is wrong with it', async (t) => {
  const dir = folder(t)
  const file = (content: string): string => {
    const path = join(dir, 'file')
    writeFileSync(path, content)
    return path
  }
  t.equal(await terminalQuestions.firstLine(file(' a b \nc\n'), ''), 'a b')
  t.equal(await terminalQuestions.firstLine(file(''), ''), '')
  await t.rejects(
    terminalQuestions.firstLine(file('x'.repeat(5000)), ''),
    /can't read .*: the line is longer than 4096 bytes/,
  )
  mkdirSync(join(dir, 'folder'))
  await t.rejects(terminalQuestions.firstLine(join(dir, 'folder'), ''), /can't read .*folder: it is a directory/)
  await t.rejects(terminalQuestions.firstLine('/nowhere', ''), /can't read \/nowhere: no such file or directory/)
})
