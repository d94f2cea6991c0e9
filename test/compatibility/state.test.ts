// The state dir of a release under the program of today, and back again: numbers, history, key, pin and what was served are kept.
import { cpSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Scratch } from '../cli/scratch.ts'
import { until } from '../patience.ts'
import { recordedMaster, started, statusOf } from './master.ts'
import { recordings } from './recording.ts'

interface Past {
  readonly generation: number
  readonly digest: string
}

/** What the history file of a state dir holds. */
const historyOf = (scratch: Scratch): readonly Past[] =>
  scratch
    .read('state/history')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

for (const recording of recordings()) {
  const { release } = recording

  t.test(`today's master goes on from a state dir of ${release}`, async (t) => {
    const master = recordedMaster(t, recording)
    const past = historyOf(master)
    const key = master.read('state/signing.key')
    await started(master)
    const status = await statusOf(master)
    t.match(status, { signed: true, pinned: { generation: past[0]?.generation } }, 'what was pinned stays pinned')
    t.match(status, { digest: past.at(-1)?.digest, generation: past.at(-1)?.generation }, 'with its number')
    t.match(await master.ask('query', 'passwd', 'newcomer'), { code: 2 })
    t.equal(master.read('state/signing.key'), key)
    const { generations } = JSON.parse((await master.ask('history', '--json')).stdout)
    t.strictSame(
      generations.map(({ generation, digest }: Past) => ({ generation, digest })),
      past.map(({ generation, digest }) => ({ generation, digest })),
    )
    t.match(await master.ask('reload', '--release'), { code: 0 })
    t.match(await master.ask('query', 'passwd', 'newcomer'), { code: 0 })
    t.ok((await statusOf(master)).generation > (past.at(-1)?.generation ?? Number.NaN), 'numbers grow')
    t.match(await master.ask('reload', '--back-to', String(past[0]?.generation)), { code: 0 })
    t.match(await master.ask('query', 'passwd', 'newcomer'), { code: 2 }, 'a generation of then can be served again')
  })

  t.test(`sources that ${release} kept stand in for one that is broken at the first start of today`, async (t) => {
    const master = recordedMaster(t, recording)
    rmSync(master.path('state/pin'))
    master.write('config', 'nodes many\n')
    await started(master)
    t.match(await master.ask('query', 'hosts', 'n7'), { code: 0 })
    t.match(await master.ask('query', 'passwd', 'newcomer'), { code: 0 })
    const other = recordedMaster(t, recording)
    for (const name of ['sources', 'snapshot.1', 'pin']) rmSync(other.path(`state/${name}`), { recursive: true })
    other.write('config', 'nodes many\n')
    t.not((await other.start(['serve', ...other.flags]).ended).code, 0, 'control: without them there is nothing')
  })

  t.test(`a master of ${release} goes on from a state dir that today's wrote`, async (t) => {
    const [master, program] = [recordedMaster(t, recording), recording.program(t)]
    const running = await started(master)
    t.match(await master.ask('reload', '--release'), { code: 0 })
    const before = await statusOf(master)
    await running.end()
    await started(master, program)
    const after = await statusOf(master, program)
    t.match(after, { digest: before.digest, generation: before.generation, signed: true })
    const { stdout } = await master.start(['history', '--json', '--run-dir', master.path('run')], {}, program).ended
    t.equal(JSON.parse(stdout).generations.at(-1).generation, before.generation)
  })

  t.test(`today's node answers from a state dir of ${release} while no master is there`, async (t) => {
    const node = new Scratch(t)
    cpSync(join(recording.unpacked(t, 'node'), 'state'), node.path('state'), { recursive: true })
    const key = join(recording.unpacked(t, 'master'), 'state/signing.pub')
    const folders = ['--run-dir', node.path('run'), '--state-dir', node.path('state')]
    const proxy = node.start(['proxy', '--master', '127.0.0.1:1', '--key', key, ...folders])
    await proxy.logged('started')
    t.match(await node.ask('query', 'passwd', 'ada'), { code: 0, stdout: /^ada:/ })
    // Who asks a socket waits for no disk, so the file may come a moment later.
    await until(() => existsSync(node.path('run/snapshot.1')), 'it publishes the snapshot for the module')
  })
}
