import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { buildPublic, layout, stamp } from '../../src/resolver/index.ts'
import { pattern } from '../resolver/pattern.ts'
import { contents } from './contents.ts'
import { answerOf, asked, builtProgram, environment, missing, noCompiler, results } from './programs.ts'
import { RunDir } from './rundir.ts'

const QUESTIONS: readonly string[] = [
  ...['passwd:name:ada', 'passwd:id:1001', 'passwd:name:nix', 'group:name:physics', 'group:id:2002', 'group:id:9'],
  ...[
    'hosts:4:n15',
    'hosts:6:storage',
    'hosts:chain:storage',
    'hosts:4:Core',
    'hosts:4:.15',
    'hosts:4:n+0015.cluster.internal',
  ],
  ...['hosts:4:nix', 'hosts:address:10.9.1.1', 'hosts:address:fd00::6', 'ethers:name:n15', 'ethers:mac:2:0:0:0:0:f'],
  ...['netgroup:cluster', 'netgroup:mixed', 'initgroups:grace', 'networks:name:private', 'networks:number:a9fe0000'],
]

function snapshotBytes(): Uint8Array {
  const bytes = buildPublic(contents())
  stamp(bytes, { generation: 1 })
  return bytes
}

for (const how of ['bytes', 'lengths']) {
  t.test(`damaged snapshots (${how}), with ASan and UBSan`, { skip: noCompiler }, async (t) => {
    const run = new RunDir()
    t.teardown(() => run.remove())
    const [snapshot, questions] = [join(run.path, 'snapshot'), join(run.path, 'questions')]
    writeFileSync(snapshot, snapshotBytes())
    writeFileSync(questions, QUESTIONS.map((question) => `${question}\n`).join(''))
    const program = builtProgram('hostile', 'address', 'call.c')
    const ran = spawnSync(program, [run.path, snapshot, questions, how], {
      env: environment(run.path, 'address'),
      timeout: 100_000,
    })
    for (const { ok, title } of results(ran)) t.ok(ok, title)
  })
}

t.test('hostile numbers in header and section table', { skip: noCompiler }, async (t) => {
  const run = new RunDir()
  t.teardown(() => run.remove())
  const huge = [0xffffffffffffffffn, 0x7fffffffffffffffn, 1n << 40n, 1n << 32n, 0xfffffffffffffff8n, 1n, 0n]
  const firstSection = layout.HEADER.size
  const fields = [layout.SECTION.at.offset, layout.SECTION.at.size, layout.SECTION.at.count]
  const sections = new DataView(snapshotBytes().buffer).getUint32(layout.HEADER.at.section_count, true)
  for (const value of huge) {
    for (const field of fields) {
      const bytes = snapshotBytes()
      const view = new DataView(bytes.buffer, bytes.byteOffset)
      for (let i = 0; i < sections; i++) view.setBigUint64(firstSection + i * layout.SECTION.size + field, value, true)
      run.publishBytes(bytes)
      const answers = asked(
        run.path,
        QUESTIONS.map((question) => `ask 4096 ${question}`),
        'address',
      ).map(answerOf)
      const fine = field === layout.SECTION.at.count ? /^(SUCCESS|NOTFOUND)$/ : /^(NOTFOUND|UNAVAIL|TRYAGAIN)$/
      t.ok(
        answers.every(({ status }) => fine.test(status)),
        `every section's field at ${field} is ${value}: ${answers.map(({ status }) => status).join(' ')}`,
      )
    }
  }
})

/** The index of hosts by name. */
const HOSTS_BY_NAME = layout.recordsId('hosts') + 1

/** A snapshot whose index of host names has one empty slot and whose patterns all fit `.15`. */
function endlessBytes(slots: number, patterns: number): Uint8Array {
  const fits = { ...pattern('.'), targetPrefix: 'm' }
  const bytes = buildPublic(contents({ patterns: Array.from({ length: patterns }, () => fits) }))
  stamp(bytes, { generation: 1 })
  const endless = Buffer.alloc(bytes.length + slots * layout.SLOT.size, 1)
  endless.fill(0, bytes.length, bytes.length + layout.SLOT.size).set(bytes)
  endless.writeBigUInt64LE(BigInt(endless.length), layout.HEADER.at.size)
  const { id, offset, size } = layout.SECTION.at
  for (let i = 0; i < endless.readUInt32LE(layout.HEADER.at.section_count); i++) {
    const section = layout.HEADER.size + i * layout.SECTION.size
    if (endless.readUInt32LE(section + id) !== HOSTS_BY_NAME) continue
    endless.writeBigUInt64LE(BigInt(bytes.length), section + offset)
    endless.writeBigUInt64LE(BigInt(slots * layout.SLOT.size), section + size)
  }
  return endless
}

t.test('a full index and patterns without end are no endless look-up', { skip: noCompiler }, async (t) => {
  const run = new RunDir()
  t.teardown(() => run.remove())
  run.publishBytes(endlessBytes(1 << 22, 20_000))
  t.same(
    asked(run.path, ['ask 4096 hosts:4:.15', 'ask 4096 hosts:4:nix', 'ask 4096 passwd:name:ada']).map(
      (line) => answerOf(line).status,
    ),
    ['UNAVAIL', 'UNAVAIL', 'SUCCESS'],
  )
})

t.test('files and folders that somebody else could have written are not looked at', { skip: noCompiler }, async (t) => {
  const isAnswered = (path: string): boolean =>
    answerOf(asked(path, ['ask 999 passwd:name:ada'])[0]).status === 'SUCCESS'
  const published = (): RunDir => {
    const run = new RunDir()
    t.teardown(() => run.remove())
    run.publish(contents())
    return run
  }
  const good = published()
  t.ok(isAnswered(good.path))
  t.ok(isAnswered(`${good.path}/`), 'with a slash at the end')

  const writable = published()
  chmodSync(join(writable.path, 'snapshot.1'), 0o664)
  t.notOk(isAnswered(writable.path), 'a file that the group may write')
  chmodSync(join(writable.path, 'snapshot.1'), 0o646)
  t.notOk(isAnswered(writable.path), 'a file that others may write')
  chmodSync(join(writable.path, 'snapshot.1'), 0o444)
  t.ok(isAnswered(writable.path), 'a file that nobody may write')
  chmodSync(writable.path, 0o777)
  t.notOk(isAnswered(writable.path), 'a folder that others may write')
  chmodSync(writable.path, 0o1777)
  t.notOk(isAnswered(writable.path), 'a sticky one')
  chmodSync(writable.path, 0o755)
  t.ok(isAnswered(writable.path))

  const linked = new RunDir()
  t.teardown(() => linked.remove())
  symlinkSync(join(good.path, 'snapshot.1'), join(linked.path, 'snapshot.1'))
  t.notOk(isAnswered(linked.path), 'a symbolic link')
  symlinkSync(good.path, join(linked.path, 'folder'))
  t.notOk(isAnswered(join(linked.path, 'folder')), 'a folder by a symbolic link')

  const other = new RunDir()
  t.teardown(() => other.remove())
  mkdirSync(join(other.path, 'snapshot.1'))
  t.notOk(isAnswered(other.path), 'a folder in place of the file')
  const fifo = new RunDir()
  t.teardown(() => fifo.remove())
  spawnSync('mkfifo', [join(fifo.path, 'snapshot.1')])
  t.notOk(isAnswered(fifo.path), 'a FIFO, which is not waited for')
  t.notOk(isAnswered(join(fifo.path, 'nowhere')), 'no folder')

  const shadow = published()
  unlinkSync(join(shadow.path, 'snapshot.1'))
  t.notOk(isAnswered(shadow.path), 'no file')
})

t.test(
  'a map goes on when its file is gone, and follows the path when the state word told nothing',
  { skip: missing('cc') },
  async (t) => {
    const run = new RunDir()
    t.teardown(() => run.remove())
    run.publish(contents())
    const program = builtProgram('follow', 'address', 'call.c')
    const ran = spawnSync(program, [run.path], { env: environment(run.path, 'address'), timeout: 60_000 })
    for (const { ok, title } of results(ran)) t.ok(ok, title)
  },
)
