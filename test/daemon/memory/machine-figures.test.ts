import { release } from 'node:os'
import t from 'tap'
import { machineReader } from '../../../src/daemon/memory/machine-figures.ts'
import { toldMachine } from '../../../src/kickback/service/told/machines.ts'

const MEMINFO = `MemTotal:       98765432 kB
MemFree:         1234567 kB
MemAvailable:   45678901 kB
Buffers:               0 kB
`

t.test('the machine is told as its kernel tells it', async (t) => {
  const fixed = { uptime: () => 93.7, load: () => 1.236, cpus: 64, kernel: '6.12.0-1', boot: 'a-b' }
  t.same(machineReader({ memory: () => MEMINFO, ...fixed })(), {
    ...{ uptime: 93, load: 124, cpus: 64, memory: 98_765_432, available: 45_678_901 },
    ...{ kernel: '6.12.0-1', boot: 'a-b' },
  })
  t.equal(machineReader({ memory: () => 'MemTotal: 7 kB\n', ...fixed })(), undefined, 'a kernel before 3.14')
})

t.test('this machine can be told, and a master takes what it is told', async (t) => {
  const told = machineReader()()
  t.match(told, { kernel: release() })
  t.ok(told !== undefined && told.available <= told.memory && told.uptime > 0 && told.cpus > 0)
  t.same(toldMachine(told), told)
})
