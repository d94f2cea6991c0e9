import { join } from 'node:path'
import t from 'tap'
import { run } from '../../../src/cli/commands/keys.ts'
import { keepHostKeys } from '../../../src/daemon/certificates/kept-host-keys.ts'
import { HostKeys, hostKeyFingerprint, hostKeyInText } from '../../../src/resolver/index.ts'
import { folder, type Tap } from '../../folder.ts'
import { fileOf } from '../../resolver/configs.ts'
import { invocationOf } from '../invocation.ts'

/** What `kickback keys` says to these words, with a state dir of its own, where no daemon runs. */
async function keys(t: Tap, ...words: string[]) {
  const dir = folder(t)
  const { invocation, said } = invocationOf('keys', { runDir: [`${dir}/run`], stateDir: [`${dir}/state`] })
  const code = await run({ ...invocation, args: words })
  return { code, dir, ...said() }
}

t.test('where no daemon answers, each action that asks one says where it was asked and what to start', async (t) => {
  for (const words of [
    ['rotate', 'node'],
    ['list'],
    ['token'],
    ['approve', '1'],
    ['revoke', '1'],
    ['passwords', '1'],
    ['approve-host', '1'],
    ['refuse-host', '1'],
    ['hosts', 'n1'],
  ]) {
    const { code, dir, err } = await keys(t, ...words)
    t.equal(code, 1, words.join(' '))
    t.equal(
      err,
      `kickback: no service answers at ${dir}/run/admin/socket: no such file or directory; start kickback serve on a master, kickback proxy on a node\n`,
      words.join(' '),
    )
  }
})

t.test('a file that cannot be read is named, with the reason', async (t) => {
  for (const words of [['certify', 'm2'], ['adopt']]) {
    for (const [file, reason] of [
      ['/nowhere/request', 'no such file or directory'],
      ['/', 'it is a directory'],
    ] as const) {
      const { code, err } = await keys(t, ...words, file)
      t.same([code, err], [1, `kickback: can't read ${file}: ${reason}\n`], `${words[0]} ${file}`)
    }
  }
})

t.test(
  'the ssh host keys of nodes are listed without a daemon, those that wait first, with who has the same one',
  async (t) => {
    const { invocation, said } = invocationOf('keys', { stateDir: [join(folder(t), 'state')] })
    const [ed, rsa] = ['ed25519', 'rsa2048'].map((name) =>
      hostKeyInText(fileOf(`test/fixtures/host-keys/${name}.pub`).toString()),
    )
    if (ed === undefined || rsa === undefined) throw new Error('no keys')
    const { stateDir } = invocation.settings
    keepHostKeys(stateDir, 3, new HostKeys().told([ed], 1_764_000_000))
    keepHostKeys(stateDir, 12, new HostKeys().told([ed], 1_764_000_000).told([rsa], 1_764_000_001))
    t.equal(await run({ ...invocation, args: ['hosts'] }), 0)
    t.equal(
      said().out,
      [
        `node 12  ssh-rsa  ${hostKeyFingerprint(rsa)}  waiting  2025-11-24T16:00:01.000Z`,
        `node 3  ssh-ed25519  ${hostKeyFingerprint(ed)}  approved  2025-11-24T16:00:00.000Z  also of node 12`,
        `node 12  ssh-ed25519  ${hostKeyFingerprint(ed)}  absent  2025-11-24T16:00:01.000Z  also of node 3`,
        '',
      ].join('\n'),
    )
    t.equal(await run({ ...invocation, args: ['approve-host', '3', 'x'] }), 64, 'a fingerprint is one')
  },
)
