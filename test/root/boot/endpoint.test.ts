import { join } from 'node:path'
import t from 'tap'
import { runIn } from '../../end-to-end/served.ts'

/** The addresses of the guide's cluster on a loopback interface: the master, its nodes, and a stranger on the same wire; and those of a cluster of a thousand. */
const SCRIPT = `
set -eu
ulimit -n 65536 || true
ip link set lo up
ip address add 10.20.30.1/32 dev lo
ip address add 10.20.30.77/32 dev lo
for last in $(seq 100 131); do ip address add "10.20.30.$last/32" dev lo; done
for i in $(seq 0 3); do for last in $(seq 1 250); do echo "address add 10.21.$i.$last/32 dev lo"; done; done | ip -batch -
ip route add local 10.20.64.0/22 dev lo
exec "$@"
`

for (const name of ['booting', 'hostile', 'thousand', 'killed']) {
  t.test(`nodes boot from addresses of their own: ${name}`, async (t) => {
    const program = join(import.meta.dirname, `${name}.ts`)
    const args = ['--net', 'sh', '-c', SCRIPT, 'sh', process.execPath, ...process.execArgv, program]
    const { code, stdout, stderr } = runIn('/', process.env, 'unshare', args)
    t.equal(code, 0, stdout + stderr)
    t.match(stdout, /^# Subtest: /m)
    for (const [, said = ''] of stdout.matchAll(/^ {4,}# (\d+ reports .*)$/gm)) t.comment(said)
  })
}
