// A program that keeps a history in a file while that may grow no further, and afterwards: prints what is remembered by then.
import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { KeptHistory } from '../../../src/daemon/generations/kept-history.ts'
import { header } from '../../resolver/generations/headers.ts'

const [path = ''] = process.argv.slice(2)
const quiet = () => {}
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }
const past = (generation: number) => ({ ...header(generation, generation), time: 7, cause: 'reload' })
const limitTo = (bytes: number | 'unlimited') =>
  execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:unlimited`])

// A write beyond the limit fails with EFBIG where the signal is caught.
process.on('SIGXFSZ', () => {})
const history = KeptHistory.open(path, log)
/** Adds a generation, and waits until it is on disk, or is not. */
const add = (generation: number): Promise<void> => {
  history.add(past(generation))
  return history.kept()
}
await add(1)
limitTo(statSync(path).size + 20)
await add(2)
limitTo('unlimited')
await add(3)
process.stdout.write(
  KeptHistory.open(path, log)
    .past.map(({ generation }) => generation)
    .join(' '),
)
