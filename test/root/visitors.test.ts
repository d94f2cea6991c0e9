import { join } from 'node:path'
import t from 'tap'
import { runIn } from '../end-to-end/served.ts'

/** The addresses that the tests come from: the master's, nodes', a device's, a stranger's, allowed ones. */
const ADDRESSES = ['10.0.0.1', '10.0.0.9', '10.0.0.11', '10.0.0.12', '10.0.0.13']
const OTHERS = ['192.0.2.7', '192.0.2.100', '192.0.2.101', '192.0.2.102']
const SCRIPT = `
set -eu
ip link set lo up
for address in ${[...ADDRESSES, ...OTHERS].join(' ')}; do ip address add "$address/32" dev lo; done
exec "$@"
`

t.test('who may come in by TCP follows from the address, and nobody keeps another out', async (t) => {
  const program = join(import.meta.dirname, 'visitors.ts')
  const args = ['--net', 'sh', '-c', SCRIPT, 'sh', process.execPath, ...process.execArgv, program]
  const { code, stdout, stderr } = runIn('/', process.env, 'unshare', args)
  t.equal(code, 0, stdout + stderr)
  t.match(stdout, /^# Subtest: a stranger/m)
})

t.test('root dials from a port below 1024, and who may not take one from another', async (t) => {
  const program = [process.execPath, ...process.execArgv, join(import.meta.dirname, 'dialler.ts')]
  const dials = (...command: string[]) => {
    const { stdout, stderr } = runIn('/', process.env, 'setpriv', [...command, ...program])
    return `${stdout}${stderr}`
  }
  t.equal(dials('--'), 'true true true\n')
  t.equal(dials('--bounding-set=-net_bind_service', '--'), 'false false false\n')
})
