// A program that keeps generations in a folder while its files may grow no further, and afterwards: prints what it saw as JSON.
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { proved } from '../../../../src/daemon/judge/content.ts'
import { KeptGenerations } from '../../../../src/daemon/store/kept/generations.ts'
import { Trust } from '../../../../src/kickback/node/trust.ts'
import { publicSnapshot } from '../../../kickback/cluster.ts'

const [folder = ''] = process.argv.slice(2)
const logged: string[] = []
const note = (_: object, message: string): void => void logged.push(message)
const limitTo = (bytes: number | 'unlimited') =>
  execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:unlimited`])
const provenance = { time: 7, cause: 'request', difference: {}, config: undefined }

// A write beyond the limit fails with EFBIG where the signal is caught.
process.on('SIGXFSZ', () => {})
const kept = await KeptGenerations.open({
  folder,
  believed: (bytes) => proved(bytes, new Trust({ key: undefined })),
  log: { warn: note, error: note },
})
await kept.keep(publicSnapshot(1, 5), provenance)
limitTo(100)
await kept.keep(publicSnapshot(2, 6), provenance)
limitTo('unlimited')
const files = readdirSync(folder)
const users = (await kept.read(1)).count('passwd')
await kept.keep(publicSnapshot(3, 6), provenance)
process.stdout.write(JSON.stringify({ logged, files, users }))
