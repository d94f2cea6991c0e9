import fc from 'fast-check'
import t from 'tap'
import { PASSWD, type PasswdEntry, passwd, userIds } from '../../../src/resolver/databases/passwd.ts'
import { SnapshotError } from '../../../src/resolver/records/decode.ts'
import { ENTRY } from '../contents.ts'

const ada: PasswdEntry = {
  name: 'ada',
  passwd: '*',
  uid: 1815,
  gid: 100,
  gecos: 'Ada Lovelace',
  dir: '/home/ada',
  shell: '/bin/sh',
}

t.test('a user is a line of passwd(5), the same for getent and for the file', async (t) => {
  const line = 'ada:*:1815:100:Ada Lovelace:/home/ada:/bin/sh\n'
  t.equal(passwd.getent.lines(ada), line)
  t.equal(passwd.getent.lines(ada, '1815'), line)
  t.equal(passwd.exported?.(ada), line)
  t.equal(passwd.getent.lines({ ...ada, gecos: '', shell: '' }), 'ada:*:1815:100::/home/ada:\n')
})

t.test('whatever is in a user, the line has seven fields or is not printed', async () => {
  fc.assert(
    fc.property(ENTRY.passwd, (entry) => {
      const line = passwd.getent.lines(entry) ?? ''
      const texts = [entry.name, entry.passwd, entry.dir, entry.shell]
      if (texts.join('').match(/[:\n]/) !== null) return line === ''
      const [name, word, uid, gid, gecos, dir, ...shell] = line.split(':')
      const read = [name, word, Number(uid), Number(gid), gecos, dir, ...shell]
      const wanted = [entry.name, entry.passwd, entry.uid, entry.gid, entry.gecos.replace(/[:\n]/g, ' '), entry.dir]
      return String(read) === String([...wanted, `${entry.shell}\n`])
    }),
  )
})

t.test('a colon or the end of a line in any text but the gecos keeps the line away', async (t) => {
  for (const field of ['name', 'passwd', 'dir', 'shell'] as const) {
    for (const tear of [':', '\n']) t.equal(passwd.getent.lines({ ...ada, [field]: `a${tear}b` }), '', field)
  }
  t.match(passwd.getent.lines({ ...ada, gecos: 'a:b\nc' }), /:100:a b c:/)
})

t.test('a user is found by uid, not by gid', async (t) => {
  const record = passwd.encode(ada)
  const holds = (id: number) => passwd.keys.id?.isIn(record, Uint8Array.of(id, id >>> 8, 0, 0))
  t.ok(holds(1815))
  t.notOk(holds(100))
})

t.test('the ids of a user are told without the rest, which may be damaged', async (t) => {
  const record = passwd.encode(ada)
  t.same(userIds(record), { uid: 1815, gid: 100 })
  t.same(userIds(record.subarray(0, PASSWD.size)), { uid: 1815, gid: 100 })
  t.throws(() => userIds(record.subarray(0, PASSWD.size - 1)), SnapshotError)
  t.same(userIds(passwd.encode({ ...ada, uid: 0xffffffff, gid: 0x80000000 })), { uid: 0xffffffff, gid: 0x80000000 })
})

t.test('a user with another uid is another one; another home or group is a change', async (t) => {
  const { moved } = passwd.loss
  t.equal(moved?.what, 'id')
  t.equal(moved?.isMoved(ada, { ...ada, uid: 1816 }), true)
  t.equal(moved?.isMoved(ada, { ...ada, gid: 101, dir: '/', gecos: '', shell: '' }), false)
})
