import t from 'tap'
import { run } from '../../../src/cli/commands/keys.ts'
import { folder, type Tap } from '../../folder.ts'
import { invocationOf } from '../invocation.ts'

/** What `kickback keys` says to these words, with a state dir of its own, where no daemon runs. */
async function keys(t: Tap, ...words: string[]) {
  const dir = folder(t)
  const { invocation, said } = invocationOf('keys', { runDir: [`${dir}/run`], stateDir: [`${dir}/state`] })
  const code = await run({ ...invocation, args: words })
  return { code, dir, ...said() }
}

t.test('where no daemon answers, each action that asks one says where it was asked and what to start', async (t) => {
  for (const words of [['rotate', 'node'], ['list'], ['token'], ['approve', '1'], ['revoke', '1']]) {
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
