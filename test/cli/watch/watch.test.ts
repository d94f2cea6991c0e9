// --watch on a terminal, which script(1) makes, and in a pipe.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { builtMain } from '../../built.ts'
import { until } from '../../patience.ts'
import { Scratch } from '../scratch.ts'

/** A command on a terminal of 60 columns, and then what the terminal is set to. */
class OnTerminal {
  text = ''
  readonly process: ChildProcess

  constructor(words: readonly string[], environment: Record<string, string> = {}) {
    const line = `stty cols 60 rows 12; sh -c 'echo "pid $$"; exec "${process.execPath}" "${builtMain()}" ${words.join(' ')}'; echo "ended $?"; stty -a`
    this.process = spawn('setpriv', ['--pdeathsig', 'KILL', 'script', '-qec', line, '/dev/null'], {
      env: { ...process.env, TERM: 'xterm', ...environment },
    })
    this.process.stdout?.on('data', (chunk: Buffer) => {
      this.text += chunk.toString()
    })
  }

  async said(pattern: RegExp): Promise<void> {
    await until(() => pattern.test(this.text), `${pattern} in ${JSON.stringify(this.text.slice(-500))}`)
  }

  async press(key: string): Promise<void> {
    this.process.stdin?.write(key)
    await this.said(/ended \d+/)
    if (this.process.exitCode === null) await once(this.process, 'close')
  }
}

const ESC = '\u001b'
const ENTERED = `${ESC}[?1049h${ESC}[?25l`
const RESTORED = `${ESC}[?25h${ESC}[?1049lended 0`
/** Control sequences (ECMA-48, 5.4), and what ends a line beside the newline. */
const SEQUENCES = new RegExp(`${ESC}\\[[?\\d;]*[A-Za-z]|\\r`, 'g')

t.test(
  'the picture is drawn again, goes on over a restart of the daemon, and the terminal is given back',
  async (t) => {
    const scratch = new Scratch(t)
    const daemon = await scratch.serve()
    const terminal = new OnTerminal(['status', '--watch', '--run-dir', scratch.path('run')])
    t.teardown(() => terminal.process.kill('SIGKILL'))
    const pid = daemon.process.pid
    await terminal.said(new RegExp(`process ${pid},[\\s\\S]*process ${pid},`))
    await daemon.end()
    await terminal.said(/NO SERVICE/)
    const again = await scratch.serve()
    await terminal.said(new RegExp(`process ${again.process.pid},`))
    await terminal.press('q')
    t.match(terminal.text, RESTORED)
    t.match(terminal.text, / icanon /)
    t.match(terminal.text, ENTERED)
    t.match(terminal.text, `${ESC}[33mWARNING`, 'in colours')
    t.match(terminal.text, /\.\.\. \d+ more lines/, 'what does not fit is counted')
    const lines = terminal.text.slice(0, terminal.text.indexOf('ended')).replaceAll(`${ESC}[H`, '\n').split('\n')
    const bare = lines.map((line) => line.replace(SEQUENCES, ''))
    t.same(
      bare.filter((line) => line.length > 60 && / .* /.test(line.slice(13))),
      [],
      'nothing is wider than the terminal',
    )
  },
)

t.test(
  'Ctrl-C ends it, NO_COLOR takes the colours away, and a daemon that is not there yet is waited for',
  async (t) => {
    const scratch = new Scratch(t)
    const terminal = new OnTerminal(['status', '--watch', '--run-dir', scratch.path('run')], { NO_COLOR: '1' })
    t.teardown(() => terminal.process.kill('SIGKILL'))
    await terminal.said(/NO SERVICE/)
    await scratch.serve()
    await terminal.said(/master, process/)
    await terminal.press('\u0003')
    t.match(terminal.text, RESTORED)
    t.notOk(terminal.text.includes(`${ESC}[33m`))
  },
)

t.test('a signal ends it, and the terminal is given back', async (t) => {
  const scratch = new Scratch(t)
  const daemon = await scratch.serve()
  const terminal = new OnTerminal(['status', '--watch', '--run-dir', scratch.path('run')])
  t.teardown(() => terminal.process.kill('SIGKILL'))
  await terminal.said(/master, process/)
  const connected = JSON.parse((await scratch.ask('status', '--json')).stdout)
  t.equal(connected.connections, 2, 'one connection, which stays, and that of this question')
  process.kill(Number(/pid (\d+)/.exec(terminal.text)?.[1]), 'SIGTERM')
  await terminal.said(/ended 0/)
  t.match(terminal.text, RESTORED)
  await daemon.end()
})

t.test('in a pipe it says what it needs, and with --json prints a report on each line', async (t) => {
  const scratch = new Scratch(t)
  await scratch.serve()
  t.match(await scratch.ask('status', '--watch'), { code: 64, stdout: '', stderr: /--watch draws on a terminal/ })
  const lines = scratch.start(['status', '--watch', '--json', '--run-dir', scratch.path('run')])
  await until(() => lines.stdout.split('\n').length > 2, 'two reports')
  for (const line of lines.stdout.trimEnd().split('\n')) t.match(JSON.parse(line), { role: 'master' })
  await lines.end('SIGINT')
})
