// What every command with --json prints: JSON or nothing, whatever it does, and however it ends.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { SETTINGS } from '../../src/cli/settings/table.ts'
import { COMMANDS, type CommandName, type CommandRow } from '../../src/cli/synopsis.ts'
import { Scratch } from './scratch.ts'

t.jobs = 2

/** An image that has the module and a nsswitch.conf. */
function image(scratch: Scratch): string {
  const root = scratch.path('image')
  for (const folder of ['usr/lib', 'etc']) mkdirSync(join(root, folder), { recursive: true })
  writeFileSync(join(root, 'usr/lib/libnss_kickback.so.2'), '')
  writeFileSync(join(root, 'etc/nsswitch.conf'), 'passwd: files\nhosts: files dns\n')
  return root
}

/** The places of an edit. */
const EDITED = '--config FOLDER/config --run-dir FOLDER/run --state-dir FOLDER/state'

/**
 * For each command, lines that end well and badly. FOLDER/ begins a path of the test, IMAGE is an image. A dry run of setup is what can be
 * called on the machine of the tests; test/cli/commands/setup has the rest.
 */
const LINES: { readonly [Name in CommandName]?: readonly string[] } = {
  setup: [
    'setup off --dry-run',
    'setup node --dry-run --master 127.0.0.1 --insecure',
    'setup master --dry-run',
    'setup node',
  ],
  nsswitch: [
    ...['nsswitch on --root IMAGE --dry-run', 'nsswitch on --root IMAGE', 'nsswitch on --root IMAGE'],
    ...['nsswitch show --root IMAGE', 'nsswitch off --root IMAGE', 'nsswitch off --root IMAGE'],
    'nsswitch on --root FOLDER/nowhere',
  ],
  keys: [
    ...['hosts', 'approve-host 3', 'refuse-host 3'].map(
      (words) => `keys ${words} --run-dir FOLDER/run --state-dir FOLDER/state`,
    ),
    ...[
      'token',
      'masters',
      ...[
        'list',
        'approve n1',
        'revoke n1',
        'passwords n1',
        'rotate node',
        'token n1',
        'token nosuch',
        'token n1 no-mac',
      ],
      'request',
      'certify m2 FOLDER/config',
      'adopt FOLDER/config',
      'revoke-master nosuch',
    ].flatMap((line) =>
      ['run', 'nowhere'].map((run) => `keys ${line} --run-dir FOLDER/${run} --state-dir FOLDER/state`),
    ),
    'keys rotate root finish --run-dir FOLDER/run --state-dir FOLDER/state',
    'keys rotate signing --run-dir FOLDER/nowhere --state-dir FOLDER/nowhere',
  ],
  check: ['check FOLDER/config', 'check FOLDER/passwd', 'check FOLDER/nowhere'],
  query: [
    ...['passwd ada', 'hosts n15', 'hosts 1.2', 'hosts 1.2.3.4.5', 'hosts nosuch', 'netgroup cluster n15 * *'].map(
      (line) => `query --run-dir FOLDER/run ${line}`,
    ),
    ...['query --run-dir FOLDER/run group', 'query --run-dir FOLDER/run initgroups', 'query nosuch x'],
    'query --run-dir FOLDER/nowhere hosts n15',
  ],
  explain: [
    ...['hosts n15', 'ethers n3', 'passwd ada', 'group nosuch', 'initgroups ada', 'netgroup cluster', 'shadow ada'],
    ...['networks loopback', 'hosts 1.2', 'access ada@n15', 'access ada@nosuch', 'boot n15', 'boot nosuch'],
  ]
    .map((line) => `explain ${line} --config FOLDER/config --state-dir FOLDER/state --run-dir FOLDER/run`)
    .concat('explain hosts n15 --config FOLDER/none --state-dir FOLDER/none --run-dir FOLDER/none'),
  export: [
    'hosts',
    'slurm',
    'dnsmasq',
    'kea',
    'ansible',
    'genders',
    'prometheus',
    'known_hosts',
    'zone',
    'zone nosuch.example',
  ].map((format) => `export --config FOLDER/config --state-dir FOLDER/state ${format}`),
  nodes: [
    'nodes --run-dir FOLDER/run',
    'nodes --run-dir FOLDER/run --state behind',
    'nodes --run-dir FOLDER/nowhere',
    'nodes --unknown --state-dir FOLDER/state',
  ],
  status: ['status --run-dir FOLDER/run', 'status --run-dir FOLDER/nowhere'],
  reload: [
    ...['reload --run-dir FOLDER/run --dry-run', 'reload --run-dir FOLDER/run', 'reload --run-dir FOLDER/nowhere'],
    'reload --run-dir FOLDER/run --dry-run --config FOLDER/passwd',
  ],
  history: [
    'history --run-dir FOLDER/run',
    'history --run-dir FOLDER/run --verbose',
    'history --run-dir FOLDER/nowhere',
  ],
  wait: ['wait --run-dir FOLDER/run --timeout 0', 'wait --run-dir FOLDER/nowhere', 'wait x --run-dir FOLDER/run'],
  add: [
    ...['--dry-run', '', ''].map((more) => `add host - 10.20.30.92 pdu3 ${more} ${EDITED}`.replace(/ +/g, ' ')),
    ...['add host - 10.99.0.1 pdu4', 'add node n5', 'add host -'].map((line) => `${line} ${EDITED}`),
    'add host - 10.20.30.93 pdu5 --config FOLDER/config --run-dir FOLDER/nowhere --state-dir FOLDER/state',
    'add node 5 --config FOLDER/nowhere --run-dir FOLDER/run --state-dir FOLDER/state',
  ],
  set: [
    'set node 15 --class memtest',
    'set node 7 --class memtest',
    'set node 15',
    'set host pdu1 --ip 10.20.30.93',
  ].map((line) => `${line} ${EDITED}`),
  remove: ['remove host pdu3', 'remove host n15', 'remove node 0'].map((line) => `${line} ${EDITED}`),
  backup: ['backup FOLDER/kept --state-dir FOLDER/state', 'backup FOLDER/nowhere/kept --state-dir FOLDER/state'],
  restore: ['restore FOLDER/kept --state-dir FOLDER/other', 'restore FOLDER/config --state-dir FOLDER/other'],
  snapshot: [
    ...['snapshot show FOLDER/run/snapshot.1', 'snapshot verify FOLDER/run/snapshot.1'],
    ...['snapshot show FOLDER/config', 'snapshot verify FOLDER/config', 'snapshot show FOLDER/nowhere'],
  ],
}

/** The actions of a command, where its first word is one of a few. */
function actionsOf(row: CommandRow | undefined): readonly string[] {
  return row?.arguments[0]?.choices ?? []
}

t.test('each command with --json is here, with each of its actions', async (t) => {
  t.same(Object.keys(LINES).sort(), [...SETTINGS.json.commands].sort())
  for (const [name, lines] of Object.entries(LINES).filter(([name]) => name !== 'export')) {
    for (const action of actionsOf(COMMANDS.find((row) => row.name === name)))
      t.ok(
        lines.some((line) => line.startsWith(`${name} ${action}`)),
        `${name} ${action}`,
      )
  }
})

t.test('standard output is JSON, or empty where an error is told', async (t) => {
  const scratch = new Scratch(t)
  await scratch.serve()
  const root = image(scratch)
  for (const line of Object.values(LINES).flat()) {
    const words = line.replaceAll('FOLDER', scratch.dir).replaceAll('IMAGE', root).split(' ')
    const { code, stdout, stderr } = await scratch.run(...words, '--json')
    if (stdout === '') {
      t.not(code, 0, `${line}: without a word it has not ended well`)
      if (!/ (?:hosts|netgroup) /.test(line)) t.not(stderr, '', `${line}: an error is told`)
      continue
    }
    const texts = line.startsWith('query') ? stdout.trimEnd().split('\n') : [stdout]
    for (const text of texts) t.doesNotThrow(() => JSON.parse(text), `${line}: ${text}`)
  }
})
