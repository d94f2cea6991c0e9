// A backup that is put back: what it refuses, and what is there then.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { writeBackup } from '../../../src/daemon/backup/backup.ts'
import { restoreBackup } from '../../../src/daemon/backup/restore.ts'
import { Restored } from '../../../src/daemon/generations/restored.ts'
import { openSigningKey } from '../../../src/daemon/generations/signing-key.ts'
import { GivenPasswords } from '../../../src/daemon/passwords/given-passwords.ts'
import { claimFolder } from '../../../src/kickback/index.ts'
import { monotonic } from '../../../src/values/index.ts'
import { folder, type Tap } from '../../folder.ts'
import { logOf, publicSnapshot } from '../../kickback/cluster.ts'

const MADE = 1_790_000_000

/** The state dir of a master with a key of its own, and a backup of it. */
async function master(t: Tap) {
  const stateDir = folder(t)
  await openSigningKey(stateDir)
  for (const inside of ['private', 'generations', 'sources']) mkdirSync(join(stateDir, inside), { mode: 0o700 })
  writeFileSync(join(stateDir, 'snapshot.1'), publicSnapshot(7, 3).bytes)
  writeFileSync(join(stateDir, 'history'), '{"generation":7}\n')
  writeFileSync(join(stateDir, 'generations/7'), 'seven')
  writeFileSync(join(stateDir, 'sources/passwd'), 'ada\n')
  utimesSync(join(stateDir, 'sources/passwd'), 1_780_000_000, 1_780_000_000)
  const file = join(folder(t), 'backup')
  await writeBackup(stateDir, file, MADE)
  return { stateDir, file }
}

/** Puts a backup into a state dir. */
function restore(t: Tap, file: string, stateDir: string, more: { runDir?: string; anyCluster?: boolean } = {}) {
  const { runDir = folder(t), anyCluster = false } = more
  const uid = process.getuid?.() ?? 0
  return restoreBackup({ file, stateDir, runDir, pid: process.pid, uid, clock: monotonic, anyCluster })
}

/** What is in a folder, with all below it. */
const allIn = (dir: string): string[] => readdirSync(dir, { recursive: true, encoding: 'utf8' }).sort()

t.test('a backup is put back as it was, on a machine that has nothing', async (t) => {
  const { stateDir, file } = await master(t)
  const other = folder(t)
  t.same(await restore(t, file, other), { time: MADE, files: 6 })
  const files = ['signing.key', 'signing.pub', 'history', 'snapshot.1', 'generations/7', 'sources/passwd']
  for (const path of files) t.ok(readFileSync(join(other, path)).equals(readFileSync(join(stateDir, path))), path)
  const modes = files.map((path) => statSync(join(other, path)).mode & 0o777)
  t.same(modes, [0o600, 0o644, 0o600, 0o644, 0o600, 0o600])
  t.equal(statSync(join(other, 'sources/passwd')).mtimeMs, 1_780_000_000_000, 'the content is not newer for it')
  t.equal(Restored.open(other, logOf()).backup, MADE, 'what is there counts as in doubt')
})

t.test('what was there before and is not in the backup is gone, in the run dir too', async (t) => {
  const { stateDir, file } = await master(t)
  const runDir = folder(t)
  mkdirSync(join(runDir, 'private'), { mode: 0o700 })
  for (const path of ['snapshot.1', 'private/shadow.1']) writeFileSync(join(runDir, path), 'newer')
  for (const path of ['pin', 'generations/99', 'sources/group', 'private/shadow.1'])
    writeFileSync(join(stateDir, path), 'newer')
  writeFileSync(join(stateDir, 'notes'), 'of the administrator')
  await restore(t, file, stateDir, { runDir })
  for (const path of ['pin', 'generations/99', 'sources/group', 'private/shadow.1'])
    t.notOk(existsSync(join(stateDir, path)), path)
  t.same(allIn(runDir), ['private'])
  t.ok(existsSync(join(stateDir, 'notes')))
})

t.test(
  'whose hashes nodes were given is not forgotten: the file that knows more stays, but not that of another cluster',
  async (t) => {
    const { stateDir, file } = await master(t)
    const given = async (dir: string, number: number, user: string): Promise<void> => {
      const memory = GivenPasswords.open(dir, { log: logOf(), now: MADE })
      memory.numbered(number)
      await memory.noted(1, '0-3', [user])
    }
    const users = (dir: string): readonly string[] => GivenPasswords.open(dir, { log: logOf(), now: MADE }).of(1)
    await given(stateDir, 7, 'ada')
    await restore(t, file, stateDir)
    t.same(users(stateDir), ['ada'], 'a backup of before says nothing')
    await writeBackup(stateDir, file, MADE)
    const other = folder(t)
    await restore(t, file, other)
    t.same(users(other), ['ada'])
    t.equal(statSync(join(other, 'passwords-given')).mode & 0o777, 0o600)
    await given(stateDir, 7, 'bob')
    await restore(t, file, stateDir)
    t.same(users(stateDir), ['ada', 'bob'], 'what was given since the backup')
    writeFileSync(join(stateDir, 'passwords-given'), 'damaged')
    await restore(t, file, stateDir)
    t.same(users(stateDir), ['ada'], 'a damaged one knows nothing')
    await given(stateDir, 9, 'carl')
    await restore(t, file, stateDir, { anyCluster: true })
    t.same(users(stateDir), ['ada'])
  },
)

t.test('while a daemon runs nothing is touched', async (t) => {
  const { stateDir, file } = await master(t)
  const runDir = folder(t)
  const release = await claimFolder(runDir, process.pid, monotonic)
  writeFileSync(join(stateDir, 'history'), 'newer')
  await t.rejects(restore(t, file, stateDir, { runDir }), { name: 'OwnedError', pid: process.pid })
  t.equal(readFileSync(join(stateDir, 'history'), 'utf8'), 'newer')
  t.notOk(existsSync(join(stateDir, 'restored')))
  await release()
  await restore(t, file, stateDir, { runDir })
  t.ok(existsSync(join(stateDir, 'restored')))
  t.notOk(existsSync(join(runDir, 'owner')), 'a daemon may start then')
})

t.test('the state dir of another cluster is replaced only by word', async (t) => {
  const [one, other] = [await master(t), await master(t)]
  const before = allIn(other.stateDir)
  await t.rejects(restore(t, one.file, other.stateDir), {
    name: 'RestoreError',
    message: /has the key of another cluster than .*--other-cluster/,
  })
  t.same(allIn(other.stateDir), before)
  t.not(
    readFileSync(join(other.stateDir, 'signing.key'), 'utf8'),
    readFileSync(join(one.stateDir, 'signing.key'), 'utf8'),
  )
  await restore(t, one.file, other.stateDir, { anyCluster: true })
  t.equal(
    readFileSync(join(other.stateDir, 'signing.key'), 'utf8'),
    readFileSync(join(one.stateDir, 'signing.key'), 'utf8'),
  )
})

t.test('a node of another cluster has its public key alone, which tells as much', async (t) => {
  const [one, other] = [await master(t), await master(t)]
  const node = folder(t)
  writeFileSync(join(node, 'signing.pub'), readFileSync(join(other.stateDir, 'signing.pub')))
  await t.rejects(restore(t, one.file, node), { name: 'RestoreError' })
})

t.test('a key that is damaged on this machine is no other cluster', async (t) => {
  const { stateDir, file } = await master(t)
  writeFileSync(join(stateDir, 'signing.key'), 'damaged')
  await restore(t, file, stateDir)
  t.match(readFileSync(join(stateDir, 'signing.key'), 'utf8'), /BEGIN PRIVATE KEY/)
})

t.test('a backup that is damaged changes nothing, and so does one without a key that is one', async (t) => {
  const { stateDir, file } = await master(t)
  const whole = readFileSync(file)
  writeFileSync(file, whole.subarray(0, whole.length - 1))
  const empty = folder(t)
  await t.rejects(restore(t, file, empty), { name: 'BackupError' })
  t.same(allIn(empty), [])
  writeFileSync(join(stateDir, 'signing.key'), 'no key')
  await writeBackup(stateDir, file, MADE)
  await t.rejects(restore(t, file, empty), { name: 'RestoreError', message: /is not an Ed25519 key/ })
  t.notOk(existsSync(join(empty, 'restored')))
})

t.test('what fails in between says so, counts as in doubt, and can be done again', async (t) => {
  const { file } = await master(t)
  const other = folder(t)
  mkdirSync(join(other, 'history'))
  writeFileSync(join(other, 'history/x'), '')
  await t.rejects(restore(t, file, other), { name: 'PartError', message: /is restored in part, run this again: / })
  t.equal(Restored.open(other, logOf()).backup, MADE)
})
