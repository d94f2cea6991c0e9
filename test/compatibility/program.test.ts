// The program of a release beside that of today, as real daemons on loopback: each follows, serves and asks the other.
import { appendFileSync, existsSync } from 'node:fs'
import t, { type Test } from 'tap'
import { joinedKey } from '../../src/kickback/node/join.ts'
import { parseJoinToken } from '../../src/kickback/wire/join.ts'
import { type Ended, Scratch } from '../cli/scratch.ts'
import { until } from '../patience.ts'
import { clientAt } from './exchanges.ts'
import { newMaster, started, statusOf } from './master.ts'
import { type Recording, recordings } from './recording.ts'

/** The main file of a program; undefined for that of today. */
type Program = string | undefined

/** Runs a command of a program that asks the daemon of a folder. */
function ask(program: Program, scratch: Scratch, command: string, ...words: readonly string[]): Promise<Ended> {
  return scratch.start([command, '--run-dir', scratch.path('run'), ...words], {}, program).ended
}

/** A node of one program follows a master of another through changes, restarts and an outage. */
async function follows(t: Test, recording: Recording, master: Program, node: Program): Promise<void> {
  const [first, second] = [newMaster(t, recording), new Scratch(t)]
  const running = await started(first, master)
  const { place } = running
  const folders = ['--run-dir', second.path('run'), '--state-dir', second.path('state')]
  const proxy = second.start(
    ['proxy', '--master', place, '--key', first.path('state/signing.pub'), ...folders],
    {},
    node,
  )
  await proxy.logged('following')
  t.match(await ask(node, second, 'query', 'passwd', 'ada'), { code: 0, stdout: /^ada:[x*]:1000:/ })
  t.match(await ask(node, second, 'query', 'hosts', 'node007'), { code: 0, stdout: /fd00:20:30::107 +n7/ })
  appendFileSync(first.path('passwd'), 'newcomer:x:1600:1600::/home/newcomer:/bin/sh\n')
  await proxy.logged('took a generation', 2)
  t.match(await ask(node, second, 'query', 'passwd', 'newcomer'), { code: 0, stdout: /^newcomer:/ })
  // A node tells its generation when its files are written, which is later than it answers from it.
  let theirs = await statusOf(first, master)
  await until(async () => {
    theirs = await statusOf(first, master)
    return theirs.reported === 1 && theirs.behind === 0
  }, 'the master knows what the node has')
  t.equal((await statusOf(second, node)).digest, theirs.digest)
  await running.end()
  t.match(await ask(node, second, 'query', 'passwd', 'newcomer'), { code: 0 }, 'while no master is there')
  const again = first.start(['serve', ...first.flags, '--listen', place], {}, master)
  await again.logged('ready')
  await proxy.logged('following', 2)
  t.equal((await statusOf(second, node)).generation, theirs.generation)
}

/** Each command of one program that asks a daemon, with a master of another. */
async function commands(t: Test, recording: Recording, master: Program, commandsOf: Program): Promise<void> {
  const scratch = newMaster(t, recording)
  const running = await started(scratch, master)
  const asks = (command: string, ...words: readonly string[]) => ask(commandsOf, scratch, command, ...words)
  t.match(await asks('status'), { stdout: /master/ })
  t.match(await asks('query', 'passwd', 'ada'), { code: 0, stdout: /^ada:/ })
  t.match(await asks('query', 'passwd', 'nosuch'), { code: 2 })
  t.match(await asks('query', 'group'), { code: 0, stdout: /^physics:[x*]:2000:ada,hedy$/m })
  t.match(await asks('query', 'netgroup', 'bmcs'), { code: 0, stdout: /n7-bmc/ })
  appendFileSync(scratch.path('passwd'), 'newcomer:x:1600:1600::/home/newcomer:/bin/sh\n')
  await running.logged('reload published')
  // A generation is kept a moment after it is served.
  let kept: readonly { readonly generation: number }[] = []
  await until(async () => {
    kept = JSON.parse((await asks('history', '--json')).stdout).generations
    return kept.length === 2
  })
  t.match(await asks('reload', '--back-to', String(kept[0]?.generation)), { code: 0 })
  t.match(await asks('query', 'passwd', 'newcomer'), { code: 2 })
  t.match(await asks('reload', '--dry-run'), { code: 0, stdout: /newcomer/ })
  t.match(await asks('reload', '--release'), { code: 0 })
  t.match(await asks('query', 'passwd', 'newcomer'), { code: 0 })
  t.match(await asks('keys', 'token'), { code: 0, stdout: /^[0-9a-f]{4}-/ })
}

for (const recording of recordings()) {
  const { release } = recording

  t.test(`a node of ${release} follows today's master`, (t) => follows(t, recording, undefined, recording.program(t)))

  t.test(`today's node follows a master of ${release}`, (t) => follows(t, recording, recording.program(t), undefined))

  t.test(`commands of ${release} ask today's master`, (t) => commands(t, recording, undefined, recording.program(t)))

  t.test(`today's commands ask a master of ${release}`, (t) => commands(t, recording, recording.program(t), undefined))

  t.test(`today's node joins a master of ${release} by a token`, async (t) => {
    const [scratch, program] = [newMaster(t, recording), recording.program(t)]
    const { place } = await started(scratch, program)
    const { stdout } = await ask(program, scratch, 'keys', 'token')
    const [host = '', port] = place.split(':')
    const client = await clientAt(t, { host, port: Number(port) })
    const { key } = await joinedKey(client, parseJoinToken(stdout.trim()) ?? Buffer.alloc(0))
    // A master without a root gives its signing key.
    const believed = existsSync(scratch.path('state/root.pub')) ? 'state/root.pub' : 'state/signing.pub'
    t.equal(key.export({ type: 'spki', format: 'pem' }), scratch.read(believed))
  })
}
