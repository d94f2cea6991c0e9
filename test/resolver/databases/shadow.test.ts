import fc from 'fast-check'
import t from 'tap'
import { PUBLIC_DATABASES } from '../../../src/resolver/databases/contents.ts'
import { type ShadowEntry, shadow } from '../../../src/resolver/databases/shadow.ts'
import { DATABASE_NAMES } from '../../../src/resolver/databases/table.ts'
import { ENTRY } from '../contents.ts'

const ada: ShadowEntry = {
  name: 'ada',
  passwd: '$6$x',
  lastChange: 19000,
  min: 0,
  max: 99999,
  warn: 7,
  inactive: -1,
  expire: -1,
  flag: 0xffffffff,
}

t.test('numbers that the file leaves empty are empty fields, and 0 is a number', async (t) => {
  t.equal(shadow.getent.lines(ada), 'ada:$6$x:19000:0:99999:7:::\n')
  t.equal(shadow.getent.lines({ ...ada, inactive: 0, expire: 20000, flag: 0 }), 'ada:$6$x:19000:0:99999:7:0:20000:0\n')
  const none = { lastChange: -1, min: -1, max: -1, warn: -1 }
  t.equal(shadow.getent.lines({ ...ada, ...none }), 'ada:$6$x:::::::\n')
})

t.test('whatever is in an entry, the line has nine fields or is not printed', async () => {
  fc.assert(
    fc.property(ENTRY.shadow, (entry) => {
      const line = shadow.getent.lines(entry) ?? ''
      if (/[:\n]/.test(entry.name + entry.passwd)) return line === ''
      const [name, passwd, ...numbers] = line.slice(0, -1).split(':')
      const { lastChange, min, max, warn, inactive, expire, flag } = entry
      const wanted = [lastChange, min, max, warn, inactive, expire].map((days) => (days === -1 ? '' : `${days}`))
      const fields = [entry.name, entry.passwd, ...wanted, flag === 0xffffffff ? '' : `${flag}`]
      return String([name, passwd, ...numbers]) === String(fields) && line.endsWith('\n')
    }),
  )
})

t.test('an entry is found by its name alone, a number is a name', async (t) => {
  t.same(Object.keys(shadow.keys), ['name'])
  t.same(shadow.getent.key('1000'), { name: '1000' })
})

t.test('it is in no public snapshot, has a right of its own, and no file that export prints', async (t) => {
  t.same(
    DATABASE_NAMES.filter((name) => !PUBLIC_DATABASES.some((each) => each === name)),
    ['shadow'],
  )
  t.equal(shadow.need, 'shadow')
  t.equal(shadow.exported, undefined)
  t.equal(shadow.nscd, false)
})
