// Texts that are long and all of one kind, read by all that reads a file or a key: in time, and not in its square. A reader that tries
// a run anew from each of its characters takes minutes for each of them, and the test does not end in time.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { differenceText } from '../../src/cli/commands/edits/difference.ts'
import { readTsigKeys } from '../../src/cli/dns-settings.ts'
import { parseSettingsFile } from '../../src/cli/settings/file.ts'
import { addHost, removeHost } from '../../src/config/edits/hosts.ts'
import { setNode } from '../../src/config/edits/nodes.ts'
import { parseConfig } from '../../src/config/parser.ts'
import { readAccounts } from '../../src/resolver/accounts/accounts.ts'
import { absentByRecords } from '../../src/resolver/explanations/records.ts'
import { Machine } from '../../src/setup/machine.ts'
import { switchedOff, switchedOn } from '../../src/setup/nsswitch/edit.ts'
import { shadowedEntries } from '../../src/setup/shadowed.ts'
import { parseLine } from '../../src/values/nsswitch-line.ts'
import { folder } from '../folder.ts'
import { snapshotOf, sourcesOf } from '../resolver/configs.ts'

/** So many characters that their square is minutes of work. */
const LENGTH = 250_000
/** Seconds are needed, in milliseconds. */
const PATIENCE = 120_000
/** What a text is made of, again and again. */
const UNITS = [
  ' ',
  '\t',
  '\r',
  '\r\n',
  '\r\r\n',
  '#',
  '"',
  "'",
  '\\',
  '\\"',
  '"\\',
  'a ',
  'a\\\n',
  '1',
  '*.',
  '\u00a0',
  '\n ',
]
/** What is behind it, so that nothing that was read of it is the whole. */
const ENDS = ['x', '\rx']
const TEXTS = UNITS.flatMap((unit) => ENDS.map((end) => `${unit.repeat(LENGTH / unit.length)}${end}`))

/** Reads each text; what it refuses it may refuse. */
async function readAll(read: (text: string) => unknown): Promise<void> {
  for (const text of TEXTS) {
    // So that the time-out of the test is seen.
    await turn()
    try {
      read(text)
    } catch (error) {
      if (!(error instanceof Error) || !/^(?:EditError|SettingsError)$/.test(error.name)) throw error
    }
  }
}

/** Accounts of files with this one among them. */
const accountsOf = (files: Readonly<Record<string, string>>): unknown =>
  readAccounts({
    passwd: NOTHING,
    group: NOTHING,
    ...Object.fromEntries(Object.entries(files).map(([name, text]) => [name, bytesOf(text)])),
  })

const NOTHING = new Uint8Array()
const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1')
const CONFIG = 'nodes 4\niprange 10.0.0.10 10.0.0.13\nnode 1\nhostrange 10.0.0.1 10.0.0.9\nhost - 10.0.0.1 pdu\n'
const snapshot = snapshotOf(sourcesOf(CONFIG))

/** What is read, and by what. */
const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  'a configuration': (text) => parseConfig(bytesOf(text)),
  'a line of a configuration': (text) => parseConfig(bytesOf(`host - 10.0.0.2 ${text}`)),
  'edits of host lines': (text) => {
    const bytes = bytesOf(`${CONFIG}${text}`)
    differenceText('config', bytes, addHost(bytes, '-', '10.0.0.2', ['pdu2']))
    differenceText('config', bytes, removeHost(bytes, 'pdu'))
  },
  'edits of node lines': (text) => {
    const bytes = bytesOf(`${CONFIG}${text}`)
    differenceText('config', bytes, setNode(bytes, 1, { class: 'gpu' }))
  },
  passwd: (text) => accountsOf({ passwd: `u:x:1000:1000:${text}:/:/bin/sh\n` }),
  group: (text) => accountsOf({ group: `g:x:1000:${text}` }),
  shadow: (text) => accountsOf({ shadow: `u:${text}` }),
  'login.defs': (text) => accountsOf({ loginDefs: `UID_MIN ${text}` }),
  netgroup: (text) => accountsOf({ netgroup: `n ${text}` }),
  networks: (text) => accountsOf({ networks: `n ${text}` }),
  'a line of nsswitch.conf': (text) => parseLine(`passwd: files ${text}kickback`),
  'nsswitch.conf': (text) => [switchedOn(`hosts: files${text}`, 'node'), switchedOff(`hosts: files${text}kickback`)],
  settings: (text) => [parseSettingsFile('f', text), parseSettingsFile('f', `domain = ${text}`)],
  'a name that is not found': (text) => absentByRecords(snapshot, text),
}

for (const [what, read] of Object.entries(READERS))
  t.test(`${what}: a long text takes a time in proportion to its length`, { timeout: PATIENCE }, async (t) => {
    await readAll(read)
    t.pass('it ended')
  })

t.test('files of a machine: a long text takes a time in proportion to its length', { timeout: PATIENCE }, async (t) => {
  const dir = folder(t)
  const file = join(dir, 'etc/hosts')
  mkdirSync(join(dir, 'etc'))
  await readAll((text) => {
    writeFileSync(file, `10.0.0.1 ${text}`, { mode: 0o600 })
    shadowedEntries(new Machine(dir), snapshot)
  })
  await readAll((text) => {
    writeFileSync(join(dir, 'keys'), text, { mode: 0o600 })
    readTsigKeys(join(dir, 'keys'))
  })
  t.pass('it ended')
})
