import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { shadowGroup } from '../../../src/daemon/store/shadow-group.ts'
import { folder } from '../../folder.ts'

const dir = folder(t)
const file = (name: string, text: string): string => {
  writeFileSync(join(dir, name), text)
  return join(dir, name)
}
const group = file('group', 'root:x:0:\nshadow:x:42:\n')
const whole = file('whole', '         0          0 4294967295\n')

t.test('the group of shadow is given things by root alone', async (t) => {
  t.equal(shadowGroup(0, group, whole), 42)
  t.equal(shadowGroup(1000, group, whole), undefined)
  t.equal(shadowGroup(0, file('none', 'root:x:0:\n'), whole), undefined)
})

t.test('a user namespace that lacks the group is as a machine without it', async (t) => {
  t.equal(shadowGroup(0, group, file('root alone', '         0       1000          1\n')), undefined)
  t.equal(shadowGroup(0, group, file('below', '         0     100000         42\n')), undefined)
  t.equal(
    shadowGroup(0, group, file('two', '         0       1000          1\n        40     100000          3\n')),
    42,
  )
})
