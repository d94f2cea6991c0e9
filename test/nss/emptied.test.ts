import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { PublicContents } from '../../src/resolver/databases/contents.ts'
import { buildPublic, buildShadow, stamp } from '../../src/resolver/index.ts'
import { mac } from '../addresses.ts'
import { contents, group, initgroupsOf, node, shadowContents, user } from './contents.ts'
import { builtProgram, environment, noCompiler, results } from './programs.ts'
import { RunDir } from './rundir.ts'

/** What the program compiles in of the module, besides the map. */
const SOURCES = 'addresses asker enumerate hosts initgroups lookup msgpack outcome question socket spelling trust'
  .split(' ')
  .map((name) => `../../../src/nss/${name}.c`)

t.test(
  'a snapshot that is emptied after it was read leaves nothing of it, with ASan and UBSan',
  { skip: noCompiler },
  async (t) => {
    const folder = t.testdir({})
    const file = (name: string, what: PublicContents): string => {
      const bytes = buildPublic(what)
      stamp(bytes, { generation: 1 })
      writeFileSync(join(folder, name), bytes)
      return join(folder, name)
    }
    const { hosts } = contents()
    const files = [
      file('old', contents()),
      file('new', contents({ group: [], hosts: [node(2), ...hosts.filter((host) => host.names[0] === 'storage')] })),
    ]
    const ran = spawnSync(builtProgram('emptied', 'address', ...SOURCES), files, { timeout: 20_000 })
    for (const { ok, title } of results(ran)) t.ok(ok, title)
  },
)

/** Two hundred of everything: every database ends far behind the header's page. */
function crowd(): PublicContents {
  const numbers = Array.from({ length: 200 }, (_, i) => i)
  const groups = numbers.map((i) => group(`g${i}`, 2000 + i, `u${i}`))
  return contents({
    passwd: numbers.map((i) => user(`u${i}`, 2000 + i)),
    group: groups,
    initgroups: initgroupsOf(groups),
    hosts: numbers.map(node),
    ethers: numbers.map((i) => ({ mac: mac(`2:0:0:0:0:${i.toString(16)}`), name: `n${i}` })),
    networks: numbers.map((i) => ({ names: [`net${i}`, `alias${i}`], number: 0x0b000000 + i })),
    netgroup: [{ name: 'all', triples: numbers.map((i) => ({ host: `n${i}`, user: undefined, domain: undefined })) }],
  })
}

t.test('a file whose body is gone is not read, where that would be SIGBUS', { skip: noCompiler }, async (t) => {
  const run = new RunDir()
  t.teardown(() => run.remove())
  mkdirSync(join(run.path, 'private'), { mode: 0o750 })
  const [pattern] = shadowContents().shadow
  const shadow = Array.from({ length: 200 }, (_, i) => ({ ...pattern, name: `u${i}` }) as typeof pattern)
  const files = [
    buildPublic(crowd()),
    buildShadow({ ...shadowContents(), shadow: shadow.flatMap((entry) => (entry === undefined ? [] : [entry])) }),
  ].map((bytes, i) => {
    stamp(bytes, { generation: 1 })
    writeFileSync(join(run.path, `bytes-${i}`), bytes)
    return join(run.path, `bytes-${i}`)
  })
  for (const variant of ['plain', 'address'] as const) {
    const program = builtProgram('hollow', variant, 'call.c')
    const ran = spawnSync(program, [run.path, ...files], { env: environment(run.path, variant), timeout: 60_000 })
    for (const { ok, title } of results(ran)) t.ok(ok, `${title}, ${variant}`)
  }
})

t.test('a file that is emptied between its opening and its first reading', { skip: noCompiler }, async (t) => {
  const run = new RunDir()
  t.teardown(() => run.remove())
  const files = [1, 2].map((generation) => {
    const bytes = buildPublic(contents())
    stamp(bytes, { generation })
    writeFileSync(join(run.path, `bytes-${generation}`), bytes)
    return join(run.path, `bytes-${generation}`)
  })
  const program = builtProgram('opening', 'address', '../../../src/nss/trust.c')
  const ran = spawnSync(program, [run.path, ...files], { timeout: 20_000 })
  for (const { ok, title } of results(ran)) t.ok(ok, title)
})
