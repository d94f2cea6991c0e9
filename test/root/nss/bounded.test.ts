import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { buildPublic, stamp } from '../../../src/resolver/index.ts'
import { folder } from '../../folder.ts'
import { contents, user } from '../../nss/contents.ts'
import { builtProgram, environment, noCompiler } from '../../nss/programs.ts'

const USERS = 100_000
const PROCESSES = 500
const GENERATIONS = 1000

t.test(
  '500 idle processes over 1,000 generations of 100,000 users hold three snapshots at most',
  { skip: noCompiler },
  async (t) => {
    const dir = folder(t)
    const files = [1, 2].map((generation) => {
      const users = Array.from({ length: USERS }, (_, i) =>
        user(`u${i}`, 100_000 + i, 100_000 + i, `generation ${generation}`),
      )
      const bytes = buildPublic(contents({ passwd: users }))
      stamp(bytes, { generation })
      writeFileSync(join(dir, String(generation)), bytes)
      return join(dir, String(generation))
    })
    const program = builtProgram('idle', 'plain', 'call.c')
    const line = 'mkdir "$1/run" && mount -t tmpfs -o mode=755 none "$1/run" && shift && exec "$@"'
    const args = ['-m', 'sh', '-c', line, 'sh', dir, program, join(dir, 'run'), String(PROCESSES), String(GENERATIONS)]
    const ran = spawnSync('unshare', [...args, ...files], {
      env: environment(join(dir, 'run')),
      encoding: 'utf8',
      timeout: 110_000,
    })
    const [, snapshots = '', looked = '', wrong = ''] =
      /^([\d.]+) snapshots, (\d+) look-ups, (\d+) wrong/.exec(ran.stdout) ?? []
    t.ok(Number(snapshots) > 0 && Number(snapshots) < 3.05, `${snapshots} snapshots' worth of memory: ${ran.stderr}`)
    t.ok(Number(looked) > PROCESSES, `${looked} look-ups`)
    t.equal(wrong, '0', 'every look-up was right')
  },
)
