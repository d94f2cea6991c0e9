import { rmSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { historyText } from '../../../src/cli/commands/history.ts'
import { Scratch } from '../scratch.ts'

t.jobs = 2

t.test('a line for each generation: number, time, what changed, and why', async (t) => {
  const one = { digest: 'ab'.repeat(32), bytes: 5, records: { passwd: 2 } }
  const generations = [
    { ...one, generation: 1_700_000_000, time: 1_700_000_001, cause: 'start', changes: {} },
    {
      ...{ ...one, generation: 1_700_000_016, time: 1_700_000_020, cause: 'change of /etc/passwd' },
      changes: { passwd: { added: 1, removed: 0, changed: 2 }, hosts: { added: 0, removed: 3, changed: 0 } },
    },
  ]
  t.equal(
    historyText({ generation: 1_700_000_016, generations }),
    [
      'generation  time                      changes                      cause',
      '1700000000  2023-11-14T22:13:21.000Z  -                            start',
      '1700000016  2023-11-14T22:13:40.000Z  passwd +1-0~2, hosts +0-3~0  change of /etc/passwd (served)',
      '',
    ].join('\n'),
  )
  t.equal(historyText({ generation: 0, generations: [] }), 'no generation is kept yet\n')
})

/** The numbers of the generations that are kept, the oldest first, and that of the one that is served. */
async function history(scratch: Scratch): Promise<{ served: number; numbers: readonly number[] }> {
  const { code, stdout } = await scratch.ask('history', '--json')
  if (code !== 0) throw new Error(`history ended with ${code}`)
  const { generation, generations } = JSON.parse(stdout) as {
    generation: number
    generations: readonly { generation: number }[]
  }
  return { served: generation, numbers: generations.map((one) => one.generation) }
}

const HOST = 'host 00:A0:D1:00:00:01 10.20.30.6 printer\n'

t.test('a mistake is undone with the content of before, until the files are right', async (t) => {
  const scratch = new Scratch(t)
  const daemon = await scratch.serve()
  const { served: good } = await history(scratch)
  scratch.append('config', HOST)
  t.match(await scratch.ask('reload'), { code: 0 })
  const { numbers, served: mistake } = await history(scratch)
  t.same(numbers, [good, mistake])
  t.match(await scratch.ask('history'), { code: 0, stdout: /hosts \+1-0~0.* (request|change of \S+) \(served\)\n$/ })

  const tried = await scratch.ask('reload', '--back-to', String(good), '--dry-run')
  t.match(tried, { code: 0, stdout: /this would change:\n[\s\S]*hosts: 0 added, 1 removed \(printer\)/ })
  const back = await scratch.ask('reload', '--back-to', String(good))
  t.match(back, {
    code: 0,
    stdout: new RegExp(`is published\nthe content of generation ${good} is pinned: .*--release`),
  })
  t.match(await scratch.ask('query', 'hosts', 'printer'), { code: 2 })
  const { served: pinned } = await history(scratch)
  t.ok(pinned > mistake, 'under a new number')

  scratch.append('config', 'host 00:A0:D1:00:00:02 10.20.30.7 scanner\n')
  await daemon.logged('reload unchanged cause="change of')
  t.match(await scratch.ask('query', 'hosts', 'scanner'), { code: 2 }, 'the watch does not undo it')
  t.match(await scratch.ask('reload'), {
    code: 0,
    stdout: /nothing changed; .*\n.*is pinned: .* A release would change:\n[\s\S]*hosts: 2 added \(printer, scanner\)/,
  })
  const pinnedToo = /no record would change\n.*is pinned: .* A release would change:\nhosts: 2 added/
  t.match(await scratch.ask('reload', '--dry-run'), { code: 0, stdout: pinnedToo })
  const release = await scratch.ask('reload', '--release', '--dry-run')
  t.match(release, { code: 0, stdout: /this would change:\nhosts: 2 added/ })
  t.notMatch(release.stdout, /is pinned/, 'it says what was asked, and not what to ask')
  t.match(await scratch.ask('status'), {
    code: 3,
    stdout: new RegExp(`PINNED {7}the content of generation ${good}, since \\d{4}-[\\s\\S]*--release`),
  })

  await daemon.end()
  const second = await scratch.serve()
  t.match(await scratch.ask('query', 'hosts', 'printer'), { code: 2 }, 'nor does a restart')
  t.match(await scratch.ask('status'), { code: 3, stdout: /PINNED/ })
  t.equal((await history(scratch)).served, pinned)

  t.match(await scratch.ask('reload', '--release'), { code: 0, stdout: /is published\nhosts: 2 added/ })
  t.match(await scratch.ask('query', 'hosts', 'scanner'), { code: 0 })
  t.match(await scratch.ask('status'), { code: 0 })
  t.match(await scratch.ask('reload', '--release'), { code: 1, stderr: /nothing is pinned/ })
  await second.end()
})

t.test(
  'a pin whose content was not published yet is served at the next start; one that is lost is released',
  async (t) => {
    const scratch = new Scratch(t)
    const first = await scratch.serve()
    const { served: good } = await history(scratch)
    const { digest } = JSON.parse((await scratch.ask('status', '--json')).stdout)
    scratch.append('config', HOST)
    t.match(await scratch.ask('reload'), { code: 0 })
    const { served: mistake } = await history(scratch)
    await first.end('SIGKILL')
    // As after a crash between the pin and the publication.
    writeFileSync(scratch.path('state/pin'), JSON.stringify({ generation: good, digest, time: 1 }))
    const second = await scratch.serve()
    t.match(await scratch.ask('query', 'hosts', 'printer'), { code: 2 })
    t.ok((await history(scratch)).served > mistake)
    await second.end()

    rmSync(scratch.path('state/generations'), { recursive: true })
    writeFileSync(scratch.path('state/pin'), JSON.stringify({ generation: good, digest: 'ab'.repeat(32), time: 1 }))
    const third = await scratch.serve()
    t.match(third.stderr, /the pinned generation is lost: it is released/)
    t.match(await scratch.ask('query', 'hosts', 'printer'), { code: 0 })
    t.match(await scratch.ask('status'), { code: 0 })
  },
)

t.test('what cannot be gone back to is said, and wrong usage is 64', async (t) => {
  const scratch = new Scratch(t)
  const daemon = await scratch.serve()
  t.match(await scratch.ask('reload', '--back-to', '7'), {
    code: 1,
    stderr: /refused, generation \d+ stays: generation 7 is not kept; kickback history lists those that are\n$/,
  })
  t.match(await scratch.ask('reload', '--back-to', 'seven'), { code: 64, stderr: /not the number of a generation/ })
  t.match(await scratch.ask('reload', '--back-to', '7', '--release'), {
    code: 64,
    stderr: /cannot be used with --release or/,
  })
  const folders = ['--run-dir', scratch.path('node'), '--state-dir', scratch.path('held')]
  const node = scratch.start(['proxy', '--master', daemon.place, '--insecure', ...folders])
  await node.logged('following')
  const asked = (...words: readonly string[]) => scratch.run(...words, '--run-dir', scratch.path('node'))
  t.match(await asked('history'), { code: 1, stderr: /a node keeps no generations: ask its master/ })
  for (const order of [
    ['--back-to', '7', '--force'],
    ['--release', '--force'],
  ]) {
    t.match(await asked('reload', ...order), { code: 1, stderr: /a node keeps no earlier generations/ })
  }
})

t.test('a generation is told record by record, and all of them with --verbose', async (t) => {
  const scratch = new Scratch(t)
  await scratch.serve()
  scratch.append('config', HOST)
  t.match(await scratch.ask('reload'), { code: 0 })
  const { numbers } = await history(scratch)
  const [first = 0, second = 0] = numbers
  const told = new RegExp(
    `\n\ngeneration ${second}:\nhosts: 1 added \\(printer\\), .*\n(?:.*\n)*\nhosts:\n  added      printer: 10\\.20\\.30\\.6 printer\n`,
  )
  const one = await scratch.ask('history', String(second))
  t.match(one, { code: 0, stdout: told })
  t.notMatch(one.stdout, String(first), 'of the others nothing is told')
  t.match(await scratch.ask('history', '--verbose'), { code: 0, stdout: told })
  const { generations } = JSON.parse((await scratch.ask('history', String(second), '--json')).stdout)
  t.match(generations, [
    { generation: second, databases: { hosts: { records: [{ fate: 'added', name: 'printer' }] } } },
  ])
  t.match(await scratch.ask('history', String(first)), { code: 1, stderr: /is the oldest that is kept/ })
  t.match(await scratch.ask('history', '7'), { code: 1, stderr: /generation 7 is not kept; kickback history lists/ })
  t.match(await scratch.ask('history', 'seven'), { code: 64, stderr: /'seven' is not the number of a generation/ })
})
