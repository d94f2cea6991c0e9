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

const history = KeptHistory.open(path, log)
history.add(past(1))
limitTo(statSync(path).size + 20)
history.add(past(2))
limitTo('unlimited')
history.add(past(3))
process.stdout.write(
  KeptHistory.open(path, log)
    .past.map(({ generation }) => generation)
    .join(' '),
)
