// A program that edits a file as a command does: each call appends a line of its own. Arguments: the file, the name of the lines, how many.
import { editFile } from '../../../src/values/index.ts'

const [path = '', name = '', count = '0'] = process.argv.slice(2)
for (let i = 0; i < Number(count); i++) {
  await editFile({
    path,
    waiting: () => {},
    change: async (before) => Buffer.concat([before, Buffer.from(`${name} ${i}\n`)]),
  })
}
