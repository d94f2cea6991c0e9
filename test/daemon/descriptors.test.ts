import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { descriptorLimit } from '../../src/daemon/descriptors.ts'
import { folder } from '../folder.ts'

t.test('the limit is the soft one that the system tells, which may be none', async (t) => {
  const file = join(folder(t), 'limits')
  const limits = (soft: string): number => {
    writeFileSync(
      file,
      `Limit                     Soft Limit           Hard Limit           Units\nMax open files            ${soft}                 524288               files\n`,
    )
    return descriptorLimit(file)
  }
  t.equal(limits('4096'), 4096)
  t.equal(limits('unlimited'), Number.MAX_SAFE_INTEGER)
})

t.test('where the system does not say, it is the usual one', async (t) => {
  const file = join(folder(t), 'limits')
  t.equal(descriptorLimit(file), 1024)
  writeFileSync(file, 'Max cpu time              unlimited            unlimited            seconds\n')
  t.equal(descriptorLimit(file), 1024)
})

t.test('this process has one', async (t) => {
  t.ok(descriptorLimit() >= 256)
})
