// What a later release may add within the layout and the protocol of today is ignored by the programs of today and of each release; what it
// may not is refused, with a reason.
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import type { KickbackClient } from '../../src/kickback/node/client.ts'
import { statementOf } from '../../src/kickback/node/statement.ts'
import { Trust } from '../../src/kickback/node/trust.ts'
import { decodeMessage, REPLY_VALUES_MAX } from '../../src/kickback/wire/message.ts'
import { aliveMessage } from '../../src/kickback/wire/proof.ts'
import type { Request } from '../../src/kickback/wire/protocol.ts'
import {
  DATABASE_NAMES,
  layout,
  type Snapshot as Opened,
  Snapshot,
  snapshotOf,
  stamp,
  standingOf,
  Zones,
  zoneLines,
} from '../../src/resolver/index.ts'
import { signedMessage } from '../../src/resolver/snapshot/header.ts'
import { Scratch } from '../cli/scratch.ts'
import { folder } from '../folder.ts'
import { key, master, sign } from '../kickback/node/masters.ts'
import { builtModule, noCompiler } from '../nss/programs.ts'
import { RunDir } from '../nss/rundir.ts'
import { askedOf } from './asking.ts'
import { bodyOf } from './exchanges.ts'
import { laterFile, laterMessage, laterSnapshot } from './later.ts'
import { newMaster, recordedMaster, started, statusOf } from './master.ts'
import { otherMachine, type Recording, recordings } from './recording.ts'
import { relay, type Said } from './transcript.ts'

/** The public snapshot of a recording. */
function snapshotIn(t: Test, recording: Recording): Buffer {
  return readFileSync(join(recording.unpacked(t, 'master'), 'state/snapshot.1'))
}

/** The same content under a header that the tests' key signed, as a later release may write it or as it is. */
function signed(bytes: Uint8Array, generation: number): Opened {
  stamp(bytes, { generation, contentTime: generation }, sign)
  return Snapshot.open(bytes)
}

/** The main files of the programs that are tried: that of today, and that of the release. */
const programs = (t: Test, recording: Recording): readonly (string | undefined)[] => [undefined, recording.program(t)]

/** The modules that are tried. */
const modules = (t: Test, recording: Recording): readonly string[] => [builtModule(), recording.module(t)]

/** A node of a program that follows a master at a port of loopback, and trusts the tests' key. */
async function follower(t: Test, port: number, program: string | undefined) {
  const node = new Scratch(t)
  node.write('key', key.export({ type: 'spki', format: 'pem' }))
  const folders = ['--run-dir', node.path('run'), '--state-dir', node.path('state')]
  const running = node.start(
    ['proxy', '--master', `127.0.0.1:${port}`, '--key', node.path('key'), ...folders],
    {},
    program,
  )
  await running.logged('following')
  return { node, running }
}

/** Every message of both sides gets fields that nobody knows. */
const withMore = ({ body }: Said): Buffer => bodyOf(laterMessage(decodeMessage(body, REPLY_VALUES_MAX)))

for (const recording of recordings()) {
  const { release } = recording
  const skip = noCompiler || otherMachine
  const found = (t: Test): void =>
    void t.ok(
      recording.lines('answers.file').some((line) => line.startsWith('SUCCESS')),
      'control: something is found',
    )

  t.test(
    `modules of today and of ${release} read a snapshot in which all that may grow has grown`,
    { skip },
    async (t) => {
      const run = new RunDir()
      t.teardown(() => run.remove())
      const state = join(recording.unpacked(t, 'master'), 'state')
      run.publishBytes(laterFile(laterSnapshot(readFileSync(join(state, 'snapshot.1')))))
      const shadow = laterSnapshot(readFileSync(join(state, 'private/shadow.1')))
      run.publishShadowBytes(laterFile(shadow))
      for (const module of modules(t, recording)) {
        t.strictSame(await askedOf(module, run.path, recording.lines('questions')), recording.lines('answers.file'))
        t.strictSame(await askedOf(module, run.path, recording.lines('listings')), recording.lines('answers.listings'))
      }
      found(t)
    },
  )

  t.test(`modules refuse a snapshot of another layout as if it were not there`, { skip }, async (t) => {
    const run = new RunDir()
    t.teardown(() => run.remove())
    const bytes = snapshotIn(t, recording)
    const ask = (module: string) => askedOf(module, run.path, ['ask 65536 passwd:name:ada', 'ask 65536 hosts:4:n7'])
    for (const module of modules(t, recording)) {
      bytes.writeUInt32LE(layout.LAYOUT, layout.HEADER.at.layout)
      run.publishBytes(bytes)
      for (const line of await ask(module)) t.match(line, /^SUCCESS/, 'control')
      bytes.writeUInt32LE(layout.LAYOUT + 1, layout.HEADER.at.layout)
      run.publishBytes(bytes)
      for (const line of await ask(module)) t.match(line, /^UNAVAIL/)
    }
  })

  t.test(
    `the reader of today gives the same entries, zones and rights from a grown snapshot of ${release}`,
    async (t) => {
      const old = Snapshot.open(snapshotIn(t, recording))
      const later = Snapshot.open(snapshotOf(laterFile(laterSnapshot(old.bytes))))
      t.ok(later.verifyDigest())
      t.notSame(later.digest, old.digest, 'control: it is another')
      for (const name of DATABASE_NAMES.filter((name) => name !== 'hosts')) {
        t.strictSame([...later.entries(name)], [...old.entries(name)], name)
        t.equal(later.isComplete(name), old.isComplete(name))
      }
      const plain = (snapshot: Opened) =>
        Array.from(snapshot.entries('hosts'), ({ names, addresses }) => [names, addresses])
      t.strictSame(plain(later), plain(old))
      t.strictSame([later.patterns(), later.ranges()], [old.patterns(), old.ranges()])
      t.strictSame([later.masterorder(), later.domain], [old.masterorder(), old.domain])
      t.strictSame(zonesOf(later), zonesOf(old))
      for (const address of ['10.20.30.5', '10.20.30.107', '10.20.30.95', '10.20.30.200'].map(bytesOf)) {
        t.equal(standingOf(later, address, { allow: [] }), standingOf(old, address, { allow: [] }))
      }
    },
  )

  t.test(`nodes of today and of ${release} take a grown snapshot, and the next one`, async (t) => {
    for (const program of programs(t, recording)) {
      const bytes = snapshotIn(t, recording)
      const { server, place } = await master(t, signed(laterSnapshot(bytes), 7))
      const { node, running } = await follower(t, 'port' in place ? place.port : 0, program)
      const ask = (...words: string[]) =>
        node.start(['query', '--run-dir', node.path('run'), ...words], {}, program).ended
      t.match(await ask('passwd', 'ada'), { code: 0, stdout: /^ada:/ })
      t.match(await ask('hosts', 'pdu1'), { code: 0, stdout: /^10.20.30.90/ })
      t.match(await ask('hosts', 'node007'), { code: 0 })
      server.serve(signed(bytes, 8))
      await running.logged('took a generation', 2)
    }
  })

  t.test(`nodes of today and of ${release} follow over messages with fields that they do not know`, async (t) => {
    for (const program of programs(t, recording)) {
      const bytes = snapshotIn(t, recording)
      const { server, place } = await master(t, signed(bytes, 7))
      const { place: through, heard } = await relay(
        t,
        { host: '127.0.0.1', port: 'port' in place ? place.port : 0 },
        withMore,
      )
      const { node, running } = await follower(t, through.port, program)
      t.match(await node.start(['query', '--run-dir', node.path('run'), 'group', 'physics'], {}, program).ended, {
        code: 0,
      })
      server.serve(signed(laterSnapshot(bytes), 8))
      await running.logged('took a generation', 2)
      const replies = heard().filter(({ from }) => from === '<')
      t.ok(replies.length > 5 && replies.every(({ body }) => body.includes('later_nil')), 'control: they were there')
    }
  })

  t.test(`commands of today and of ${release} read reports with fields that they do not know`, async (t) => {
    const scratch = newMaster(t, recording)
    await started(scratch)
    const { place } = await relay(t, { path: scratch.path('run/admin/socket') }, (said) =>
      bodyOf(grown(decodeMessage(said.body, REPLY_VALUES_MAX)) as object),
    )
    const runDir = folder(t)
    const asker = new Scratch(t)
    mkdirSync(join(runDir, 'admin'))
    symlinkSync(place.path, join(runDir, 'admin/socket'))
    symlinkSync(place.path, join(runDir, 'socket'))
    for (const program of programs(t, recording)) {
      for (const words of [
        ['status'],
        ['history'],
        ['reload', '--dry-run'],
        ['keys', 'token'],
        ['query', 'passwd', 'ada'],
      ]) {
        const { code, stderr } = await asker.start([...words, '--run-dir', runDir], {}, program).ended
        t.ok(code === 0 || (words[0] === 'status' && code === 3), `${words[0]} ended with ${code}: ${stderr}`)
      }
    }
  })

  t.test(`modules of today and of ${release} read replies with fields that they do not know`, { skip }, async (t) => {
    const scratch = newMaster(t, recording)
    await started(scratch)
    const { place } = await relay(t, { path: scratch.path('run/socket') }, withMore)
    const isPublic = (_: string, i: number): boolean => !recording.lines('questions')[i]?.includes('shadow')
    for (const module of modules(t, recording)) {
      const answers = await askedOf(module, dirname(place.path), recording.lines('questions').filter(isPublic))
      t.strictSame(answers, recording.lines('answers.socket').filter(isPublic))
    }
    found(t)
  })

  t.test(`of a refusal that modules do not know the status tells what it means`, { skip }, async (t) => {
    const scratch = newMaster(t, recording)
    await started(scratch)
    const reply = { status: -2, error: 'moon', message: 'wrong phase' }
    const { place } = await relay(t, { path: scratch.path('run/socket') }, ({ from, body }) => {
      const { id, record } = decodeMessage(body, REPLY_VALUES_MAX)
      return from === '<' && record !== undefined ? bodyOf({ id, ...reply }) : body
    })
    for (const module of modules(t, recording)) {
      const ask = async () => (await askedOf(module, dirname(place.path), ['ask 65536 passwd:name:ada']))[0]
      for (const [status, answer] of [
        [-2, /^TRYAGAIN/],
        [-1, /^UNAVAIL/],
        [7, /^UNAVAIL/],
      ] as const) {
        reply.status = status
        t.match(await ask(), answer, `status ${status}`)
      }
    }
  })

  t.test(`masters of today and of ${release} go on from files with fields that they do not know`, async (t) => {
    for (const program of programs(t, recording)) {
      const scratch = recordedMaster(t, recording)
      const { length } = scratch.read('state/history').trimEnd().split('\n')
      for (const name of ['history', 'pin']) scratch.write(`state/${name}`, grownLines(scratch.read(`state/${name}`)))
      for (const name of readdirSync(scratch.path('state/generations')))
        growKept(scratch.path(`state/generations/${name}`))
      scratch.write('state/later', 'of another release')
      await started(scratch, program)
      const { stdout } = await scratch.start(['history', '--json', '--run-dir', scratch.path('run')], {}, program).ended
      t.equal(JSON.parse(stdout).generations.length, length)
      t.match(await statusOf(scratch, program), {
        pinned: { generation: JSON.parse(stdout).generations[0].generation },
      })
    }
  })
}

t.test('a node says of a master with another layout that it is too old for it', async (t) => {
  const [recording] = recordings()
  const { header } = signed(snapshotIn(t, recording as Recording), 7)
  for (const [is, wanted] of [
    [layout.LAYOUT, undefined],
    [layout.LAYOUT + 1, /layout 3.*upgrade/],
  ] as const) {
    const bytes = Buffer.from(header.bytes)
    bytes.writeUInt32LE(is, layout.HEADER.at.layout)
    bytes.set(sign(signedMessage(bytes)), layout.HEADER.at.signature)
    const said = { header: bytes, known: false, conflict: false }
    const client = {
      ask: async (_: string, { nonce, held }: Request<'ALIVE'>) => ({
        ...said,
        signature: sign(aliveMessage({ ...said, nonce, held })),
      }),
    }
    const statement = statementOf(client as unknown as KickbackClient, {
      trust: new Trust({ key }),
      held: undefined,
      now: 1,
    })
    if (wanted === undefined) t.match(await statement, { header: { generation: 7 } }, 'control')
    else await t.rejects(statement, { message: wanted })
  }
})

/** A value in which every map has a field more, at every depth. */
function grown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(grown)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  const entries = Object.entries(value).map(([name, one]) => [name, grown(one)])
  const kinds = new Set(entries.map(([, one]) => typeof one))
  // What is listed by name has no fields: only names can come there, with what all names have.
  if (kinds.size === 0 || (kinds.size === 1 && kinds.has('object'))) return Object.fromEntries(entries)
  const isCounts = kinds.size === 1 && kinds.has('number')
  return Object.fromEntries(isCounts ? [...entries, ['later', 1]] : [['later', { deep: [1] }], ...entries])
}

/** Lines of JSON, each with a field more. */
function grownLines(text: string): string {
  return text.replaceAll(/^\{/gm, '{"later":{"deep":[1]},')
}

/** A kept generation whose facts, the second line, have a field more. */
function growKept(path: string): void {
  const file = readFileSync(path)
  const at = file.indexOf('\n') + 1
  const more = Buffer.from('{"later":{"deep":[1]},')
  writeFileSync(path, Buffer.concat([file.subarray(0, at), more, file.subarray(at + 1)]))
}

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text.split('.').map(Number))

/** The lines of all zones. */
function zonesOf(snapshot: Opened): readonly string[] {
  const zones = new Zones(snapshot)
  return zones.all.flatMap((zone) => [...zoneLines(zone, 30)])
}
