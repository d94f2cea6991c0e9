import { spawnSync } from 'node:child_process'
import { readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { parseArgv } from '../../../../src/cli/argv.ts'
import type { RunCommand } from '../../../../src/cli/command.ts'
import { run as add } from '../../../../src/cli/commands/edits/add.ts'
import { run as remove } from '../../../../src/cli/commands/edits/remove.ts'
import { run as set } from '../../../../src/cli/commands/edits/set.ts'
import { resolveSettings } from '../../../../src/cli/settings/given.ts'
import { invocationOf } from '../../invocation.ts'
import { Scratch } from '../../scratch.ts'

const RUNS: Readonly<Record<string, RunCommand>> = { add, set, remove }

/** Runs an edit in a folder, in this process. */
async function editIn(scratch: Scratch, line: string, ...more: readonly string[]) {
  const places = ['config', 'run-dir', 'state-dir'].flatMap((name) => [
    `--${name}`,
    scratch.path(name.replace('-dir', '')),
  ])
  const request = parseArgv([...line.split(' '), ...places, ...more], 'test')
  if (request.kind === 'say') return { code: request.exit, stdout: '', stderr: request.text }
  const { invocation, said } = invocationOf('')
  const settings = resolveSettings([request.given])
  const code = await RUNS[request.command]?.({ ...invocation, settings, args: request.args })
  return { code, stdout: said().out, stderr: said().err }
}

const PDU3 = 'host 0:a0:d1:e3:fd:4b 10.20.30.92 pdu3'

t.test('an edit is tried, written, logged and served; its opposite gives the file back', async (t) => {
  const scratch = new Scratch(t)
  await scratch.serve()
  const before = scratch.read('config')
  const dry = await editIn(scratch, `add ${PDU3} --dry-run --verbose`)
  t.equal(dry.code, 0)
  t.ok(dry.stdout.includes(`\n+${PDU3}\n`), dry.stdout)
  t.match(dry.stdout, /\nthis would change:\nhosts: 1 added \(pdu3\)[\s\S]*added +pdu3/)
  t.equal(scratch.read('config'), before, 'a dry run changes nothing')
  t.same(readdirSync(scratch.path('run/admin')), ['socket'], 'nor does it leave a file')

  t.match(await editIn(scratch, `add ${PDU3}`), {
    code: 0,
    stdout: new RegExp(`config:8: added: ${PDU3}\\ngeneration \\d+ is published\\nhosts: 1 added \\(pdu3\\)`),
    stderr: '',
  })
  t.match(await scratch.ask('query', 'hosts', 'pdu3'), { code: 0, stdout: /^10\.20\.30\.92 +pdu3$/m })
  t.match(await editIn(scratch, `add ${PDU3}`), { code: 0, stdout: /^nothing to do: .*config:8 says so already/ })
  t.match(await editIn(scratch, 'set host pdu3 --ip 10.20.30.93 --json'), { code: 0 })
  t.match(await editIn(scratch, 'set node 15 --stage local'), {
    code: 0,
    stdout: /was: node 15 .* pxe 00:[\s\S]*is: node 15 .* local 00:[\s\S]*no record changed/,
  })
  t.match(await editIn(scratch, 'set node 15 --stage pxe'), { code: 0 })
  const removed = await editIn(scratch, 'remove host pdu3', '--json')
  t.match(JSON.parse(removed.stdout), { changed: true, line: 8, after: null, report: { outcome: 'published' } })
  t.equal(scratch.read('config'), before)
  t.match(await scratch.ask('query', 'hosts', 'pdu3'), { code: 2 })
  const entries = scratch
    .read('state/audit')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  t.match(entries, [
    { action: `add ${PDU3}`, after: new RegExp(`config:8: ${PDU3}$`) },
    { action: 'set host pdu3 --ip 10.20.30.93', before: new RegExp(`${PDU3}$`), after: /10\.20\.30\.93 pdu3$/ },
    { action: 'set node 15 --stage local', before: /pxe 00:/, after: /local 00:/ },
    { action: 'set node 15 --stage pxe' },
    { action: 'remove host pdu3', before: /10\.20\.30\.93 pdu3$/ },
  ])
})

t.test('a text that a killed command left while it was tried goes with the next trial, and no other', async (t) => {
  const scratch = new Scratch(t)
  await scratch.serve()
  const { pid: gone } = spawnSync('true')
  const left = [`edit.${gone}`, `edit.${process.pid}`, `edit.${process.ppid}`, 'edit.x']
  for (const name of left) writeFileSync(scratch.path(`run/admin/${name}`), 'nodes 1\n')
  t.match(await editIn(scratch, `add ${PDU3} --dry-run`), { code: 0 })
  t.same(readdirSync(scratch.path('run/admin')).sort(), [`edit.${process.ppid}`, 'edit.x', 'socket'])
})

t.test('what would be refused is not written, and the reason is told', async (t) => {
  const scratch = new Scratch(t)
  const before = scratch.read('config')
  const refusals: readonly [string, RegExp][] = [
    [
      'add host - 10.9.9.9 pdu3',
      /config:8:8: error: 10\.9\.9\.9 is in no hostrange[\s\S]*with this edit the configuration would have an error; .*config was not changed\n$/,
    ],
    ['add host 00:A0:D1:E9:87:CA 10.20.30.92 pdu3', /\[mac-clash\]/],
    ['add host - 10.20.30.92 master', /is reserved/],
    ['add node 15 memtest', /node 15 has a line, line 21/],
    ['set node 7 --stage pxe', /node 7 has no line of its own: kickback add node 7/],
    ['set node n15 --stage pxe', /is not the number of a node/],
    ['remove host n15', /that is node 15/],
    ['remove host pdu9', /did you mean pdu1\?/],
  ]
  for (const [line, reason] of refusals)
    t.match(await editIn(scratch, line), { code: 1, stdout: '', stderr: reason }, line)
  for (const line of [
    'set node 15',
    'set host pdu1 --stage pxe',
    'set node 15 --ip 10.0.0.1',
    'add host -',
    'add node 5 --wait --dry-run',
  ]) {
    t.match(await editIn(scratch, line), { code: 64, stdout: '' }, line)
  }
  t.equal(scratch.read('config'), before)

  scratch.write('config', `${before}nodes 4\n`)
  t.match(await editIn(scratch, `add ${PDU3}`), {
    code: 1,
    stderr: /a second nodes line[\s\S]*has an error without this edit already/,
  })
  scratch.write('config', `${before}host - 10.9.9.9 far\n`)
  t.match(await editIn(scratch, 'remove host far'), { code: 3 }, 'an edit may be what corrects the file')
  t.equal(scratch.read('config'), before)
})

t.test('what the loss limit would refuse is not written, unless it is forced', async (t) => {
  const scratch = new Scratch(t)
  scratch.write(
    'config',
    'nodes 2\niprange 10.0.0.1 10.0.0.2\nhostrange 10.0.1.1 10.0.1.9\nhost 0:0:0:0:0:1 10.0.1.1 a\n',
  )
  await scratch.serve()
  t.match(await editIn(scratch, 'remove host a'), { code: 1, stderr: /the daemon would refuse it: .*ethers.*--force/ })
  t.match(scratch.read('config'), /host 0/)
  t.match(await editIn(scratch, 'remove host a --force'), { code: 0 })
  t.notMatch(scratch.read('config'), /host 0/)
})

t.test('a fault of another file is no reason to refuse an edit', async (t) => {
  const scratch = new Scratch(t)
  await scratch.serve()
  scratch.write('passwd', '')
  const { code, stderr } = await editIn(scratch, `add ${PDU3}`)
  t.match(stderr, /config is changed, but not served|^$/)
  t.ok(code === 0 || code === 3)
  t.match(scratch.read('config'), /pdu3/)
})

t.test('without a daemon the file is changed, and that nobody serves it is told', async (t) => {
  const scratch = new Scratch(t)
  t.match(await editIn(scratch, `add ${PDU3} --dry-run`), { code: 3, stdout: /^\+host/m, stderr: /no daemon answers/ })
  const { code, stderr } = await editIn(scratch, `add ${PDU3}`)
  t.equal(code, 3)
  t.match(stderr, /can't be written to the audit log/)
  t.match(stderr, /config is changed, but nobody knows whether it is served\n$/)
  t.match(scratch.read('config'), /pdu3/)
})

t.test('a daemon of another configuration, or with a pin, does not serve the edit: that is told', async (t) => {
  const scratch = new Scratch(t)
  await scratch.serve()
  writeFileSync(scratch.path('copy'), scratch.read('config'))
  t.match(await editIn(scratch, `add ${PDU3}`, '--config', scratch.path('copy')), {
    code: 3,
    stderr: /the daemon reads another file than .*copy/,
  })
  const { generations } = JSON.parse((await scratch.ask('history', '--json')).stdout)
  t.match(await scratch.ask('reload', '--back-to', String(generations[0].generation)), { code: 0 })
  t.match(await editIn(scratch, `add ${PDU3}`), { code: 3, stderr: /is pinned, until kickback reload --release/ })
})

t.test('--wait names the nodes that are not in step in time', async (t) => {
  const scratch = new Scratch(t)
  await scratch.serve()
  t.match(await editIn(scratch, `add ${PDU3} --wait --nodes 3 --timeout 1`), {
    code: 3,
    stdout: /is published/,
    stderr: /not in step with generation \d+: not connected: n3/,
  })
})

t.test('on a full disk the file stays as it was', async (t) => {
  const scratch = new Scratch(t)
  const before = scratch.read('config')
  const flags = [
    '--config',
    scratch.path('config'),
    '--run-dir',
    scratch.path('run'),
    '--state-dir',
    scratch.path('state'),
  ]
  const ended = await scratch.startWithoutRoom(['add', ...PDU3.split(' '), ...flags]).ended
  t.match(ended, { code: 1, stderr: /^kickback: can't write .*config: .*; it is as it was\n$/ })
  t.equal(scratch.read('config'), before)
  t.notOk(readdirSync(scratch.dir).includes('config.kickback-new'))
})

t.test('a link to the configuration is followed, and stays one', async (t) => {
  const scratch = new Scratch(t)
  symlinkSync('config', scratch.path('link'))
  t.match(await editIn(scratch, `add ${PDU3}`, '--config', scratch.path('link')), { code: 3 })
  t.match(scratch.read('config'), /pdu3/)
  t.ok(
    readdirSync(scratch.dir, { withFileTypes: true })
      .find(({ name }) => name === 'link')
      ?.isSymbolicLink(),
  )
})

t.test('without a configuration an edit says where it looked, and what to do', async (t) => {
  const scratch = new Scratch(t)
  rmSync(scratch.path('config'), { force: true })
  for (const more of [[], ['--dry-run']])
    t.match(await editIn(scratch, `add ${PDU3}`, ...more), {
      code: 1,
      stderr: `kickback: can't read ${scratch.path('config')}: no such file or directory: write it first, or name the configuration with --config\n`,
    })
})
