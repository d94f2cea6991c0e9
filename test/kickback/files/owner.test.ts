import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { filesIn } from '../../../src/kickback/files/folders.ts'
import { claimFolder } from '../../../src/kickback/files/owner.ts'
import { monotonic } from '../../../src/values/index.ts'
import { folder } from '../../folder.ts'

const PID = process.pid

t.test('a run dir has one owner: the second is told who it is; after it left the folder is free', async (t) => {
  const at = folder(t)
  const release = await claimFolder(at, PID, monotonic)
  await t.rejects(claimFolder(at, process.ppid, monotonic), {
    name: 'OwnedError',
    pid: PID,
    message: new RegExp(`${PID}`),
  })
  await release()
  t.same(readdirSync(at), [])
  await (await claimFolder(at, process.ppid, monotonic))()
})

t.test("the claim of a process that is gone, or whose number is another's now, is broken", async (t) => {
  const at = folder(t)
  for (const stale of ['4194303 77\n', `${process.ppid} 1\n`, '', 'garbage\n']) {
    writeFileSync(join(at, 'owner'), stale)
    const release = await claimFolder(at, PID, monotonic)
    t.match(readFileSync(join(at, 'owner'), 'utf8'), new RegExp(`^${PID} \\d+\n$`))
    await release()
  }
  t.notOk(existsSync(join(at, 'owner')))
})

t.test('of many that claim a folder at once one gets it', async (t) => {
  const at = folder(t)
  writeFileSync(join(at, 'owner'), '4194303 77\n')
  const pids = [PID, process.ppid, 1]
  const claims = await Promise.allSettled(pids.map((pid) => claimFolder(at, pid, monotonic)))
  t.equal(claims.filter(({ status }) => status === 'fulfilled').length, 1)
})

t.test('where somebody answers on the socket the folder is in use, whatever its claim says', async (t) => {
  const at = folder(t)
  const listening = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve) => listening.listen(filesIn(at).socket, resolve))
  await t.rejects(claimFolder(at, PID, monotonic), { name: 'OwnedError', message: /in use by another daemon/ })
  t.same(readdirSync(at), ['socket'], 'the claim is given back')
  // The process of a claim may live where its number means nothing here.
  writeFileSync(join(at, 'owner'), '4194303 77\n')
  await t.rejects(claimFolder(at, PID, monotonic), { name: 'OwnedError', pid: 4194303 })
  t.equal(readFileSync(join(at, 'owner'), 'utf8'), '4194303 77\n', 'it stands')
  await new Promise((resolve) => listening.close(resolve))
  await (await claimFolder(at, PID, monotonic))()
  t.same(readdirSync(at), [])
})

t.test('who gives a folder back leaves a claim that is not his own', async (t) => {
  const at = folder(t)
  const release = await claimFolder(at, PID, monotonic)
  writeFileSync(join(at, 'owner'), '1 1\n')
  await release()
  t.equal(readFileSync(join(at, 'owner'), 'utf8'), '1 1\n')
})
