// HTTP as a process of its own: what becomes of it and of its daemon when one of the two is killed or stopped.
import { connect, createServer } from 'node:net'
import t, { type Test } from 'tap'
import { type HttpFigures, httpWord } from '../../../src/daemon/processes/channel/http-figures.ts'
import { type Running, Scratch } from '../../cli/scratch.ts'
import { freePort } from '../../free-port.ts'
import { lives } from '../../hostile/vitals.ts'
import { until } from '../../patience.ts'

/** A master that answers HTTP, the port, and the process. */
async function serving(t: Test): Promise<{ scratch: Scratch; daemon: Running; port: number; pid: number }> {
  const scratch = new Scratch(t)
  const port = await freePort()
  const daemon = await scratch.serve('--http', `127.0.0.1:${port}`)
  await daemon.logged('answering HTTP')
  return { scratch, daemon, port, pid: await processOf(scratch) }
}

async function processOf(scratch: Scratch): Promise<number> {
  return JSON.parse((await scratch.ask('status', '--json')).stdout).http_process.pid
}

/** The text of the metrics; undefined where nobody answers. */
async function scrape(port: number): Promise<string | undefined> {
  try {
    return await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  } catch {
    return undefined
  }
}

t.test('an HTTP process that is killed is started again, and the sockets answer meanwhile', async (t) => {
  const { scratch, daemon, port, pid } = await serving(t)
  t.not(pid, daemon.process.pid)
  process.kill(pid, 'SIGKILL')
  t.match(await scratch.ask('query', 'hosts', 'n15'), { code: 0 })
  await daemon.logged('the HTTP process answers again')
  t.match(await scrape(port), /^kickback_http_restarts_total 1$/m)
})

t.test('an HTTP process that is stopped holds up no reload and no end', async (t) => {
  const { scratch, daemon, pid } = await serving(t)
  process.kill(pid, 'SIGSTOP')
  scratch.append('config', 'host 00:A0:D1:00:00:01 10.20.30.6 printer\n')
  t.match(await scratch.ask('reload'), { code: 0 })
  t.match(await scratch.ask('query', 'hosts', 'printer'), { code: 0 })
  t.match(await daemon.end(), { code: 0 })
  t.notOk(lives(pid))
})

t.test('a daemon that is killed with -9 takes its HTTP process with it', async (t) => {
  const { daemon, pid } = await serving(t)
  await daemon.end('SIGKILL')
  await until(async () => !lives(pid), 'the process has ended')
})

t.test('an address that another program has ends the start, with its name and code 1', async (t) => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  t.teardown(() => taken.close())
  const { port } = taken.address() as { port: number }
  const scratch = new Scratch(t)
  const { code, stderr } = await scratch.run('serve', ...scratch.flags, '--http', `127.0.0.1:${port}`)
  t.equal(code, 1)
  t.match(stderr, new RegExp(`can't listen on 127\\.0\\.0\\.1:${port}: address already in use; another program`))
})

t.test('scrapes without end are no reason to take the process for one that floods its daemon', async (t) => {
  const { scratch, port, pid } = await serving(t)
  const scrapers = Array.from({ length: 10 }, () => connect(port, '127.0.0.1'))
  let replies = 0
  for (const scraper of scrapers) {
    t.teardown(() => scraper.destroy())
    scraper.on('data', (bytes) => (replies += bytes.toString().split('HTTP/1.1 200').length - 1))
    scraper.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(100))
  }
  await until(() => replies === 1000)
  t.equal(await processOf(scratch), pid)
})

t.test('what a process tells is checked, whatever it is', async (t) => {
  const figures: HttpFigures = { generation: 0, places: [{ host: '127.0.0.1', port: 80 }], failures: {} }
  t.same(httpWord({ kind: 'ready', figures }), { kind: 'ready', figures })
  t.same(httpWord({ kind: 'ask', id: 1, what: 'reading', of: {} }), { kind: 'ask', id: 1, what: 'reading', of: {} })
  const wrong: readonly object[] = [
    {},
    { kind: 'word' },
    { kind: 'ready' },
    { kind: 'figures', figures: { ...figures, failures: { nothing: 1 } } },
    { kind: 'figures', figures: { ...figures, places: [{ host: 'name', port: 1 }] } },
    { kind: 'ask', id: 1, what: 'reading', of: { key: 1 } },
    { kind: 'ask', id: -1, what: 'reading', of: {} },
    { kind: 'failed', reason: 1 },
  ]
  for (const word of wrong) t.throws(() => httpWord(word as never), JSON.stringify(word))
})
