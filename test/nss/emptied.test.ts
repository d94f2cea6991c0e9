import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { buildPublic, type PublicContents, stamp } from '../../src/resolver/index.ts'
import { contents, node } from './contents.ts'
import { builtProgram, noCompiler, results } from './programs.ts'

/** What the program compiles in of the module, besides the map. */
const SOURCES = 'enumerate hosts initgroups lookup msgpack outcome question socket spelling trust'
  .split(' ')
  .map((name) => `../../../src/nss/${name}.c`)

t.test(
  'a snapshot that is emptied after it was read leaves nothing of it, with ASan and UBSan',
  { skip: noCompiler },
  async (t) => {
    const folder = t.testdir({})
    const file = (name: string, what: PublicContents): string => {
      const bytes = buildPublic(what)
      stamp(bytes, 1)
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
