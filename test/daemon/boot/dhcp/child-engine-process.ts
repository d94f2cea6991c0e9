// A process that runs a program in place of dnsmasq (its arguments: the main file, the program), and says its process id.
import { ChildEngine } from '../../../../src/daemon/boot/dhcp/child-engine.ts'
import { monotonic, wallClock } from '../../../../src/values/index.ts'

const [main = '', program = ''] = process.argv.slice(2)
const log = { info() {}, error() {} }
const engine = new ChildEngine({ main, program, pid: `${main}.pid`, log, clock: monotonic, wallClock })
await engine.restart()
console.log(engine.state.pid)
