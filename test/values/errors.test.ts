import { readFileSync } from 'node:fs'
import t from 'tap'
import { fileMessage, messageOf, systemErrorCode, systemMessage } from '../../src/values/index.ts'

/** What an action throws. */
function thrown(action: () => unknown): unknown {
  try {
    return action()
  } catch (error) {
    return error
  }
}

t.test('an error of the system has its code, every other thing has none', async (t) => {
  t.equal(systemErrorCode(thrown(() => readFileSync('/nowhere/at/all'))), 'ENOENT')
  for (const other of [
    new Error('x'),
    Object.assign(new Error('x'), { code: 5 }),
    { code: 'ENOENT' },
    'ENOENT',
    null,
  ]) {
    t.equal(systemErrorCode(other), undefined)
  }
})

t.test('whatever was thrown has a message', async (t) => {
  t.equal(messageOf(new TypeError('no such thing')), 'no such thing')
  t.equal(messageOf('text'), 'text')
  t.equal(messageOf(undefined), 'undefined')
})

t.test('what the system said stands without the call, the path and the code', async (t) => {
  t.equal(systemMessage(thrown(() => readFileSync('/nowhere, really/at\nall'))), 'no such file or directory')
  t.equal(systemMessage(thrown(() => readFileSync('/'))), 'it is a directory')
  t.equal(systemMessage(new Error('plain words, with a comma')), 'plain words, with a comma')
})

t.test('an error of a file names the file, what is wrong, and who may', async (t) => {
  t.equal(fileMessage(thrown(() => readFileSync('/nowhere/at/all'))), '/nowhere/at/all: no such file or directory')
  const denied = new Error("EACCES: permission denied, open '/var/key'")
  t.equal(
    fileMessage(Object.assign(denied, { code: 'EACCES', path: '/var/key' })),
    '/var/key: permission denied: run this as root',
  )
  t.equal(fileMessage(new Error('something else')), 'something else')
})
