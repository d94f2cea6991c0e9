/** Scenarios of boot: of stages that move, of what is known of boots, and of files that are sent. */
import { writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { BootRecords } from '../../../src/boot/index.ts'
import { Appender } from '../../../src/daemon/boot/dhcp/appender.ts'
import { KeptRecords } from '../../../src/daemon/boot/kept-records.ts'
import { Stages } from '../../../src/daemon/boot/stages.ts'
import { Transfers } from '../../../src/daemon/http/transfers.ts'
import { type Clock, monotonic } from '../../../src/values/index.ts'
import { ip } from '../../addresses.ts'
import { hurried } from '../../clocks.ts'
import { folder, type Tap } from '../../folder.ts'
import { logOf } from '../../kickback/cluster.ts'
import type { Scenarios } from './scenario.ts'

/** The stages of a configuration of one node. */
function stages(t: Tap): Stages {
  const dir = folder(t)
  writeFileSync(join(dir, 'config'), 'node 3 c pxe+local pxe 0:0:0:0:0:3\n')
  const made = new Stages({ config: join(dir, 'config'), stateDir: dir, domain: '' }, monotonic, logOf())
  t.teardown(() => made.close())
  return made
}

/** Asks for a stage; whatever comes of it. */
const asked = (made: Stages): Promise<unknown> => made.of(3).catch(() => {})

/** Sends a file to a client that reads it. */
async function transfer(t: Tap, clock: Clock): Promise<void> {
  const path = join(folder(t), 'image')
  writeFileSync(path, Buffer.alloc(100_000))
  const transfers = new Transfers(clock)
  const server = createServer(async (_, response) => {
    const file = await open(path)
    await transfers.send(response, file, { start: 0, end: 100_000 })
    await file.close()
  }).listen(0, '127.0.0.1')
  t.teardown(() => {
    transfers.close()
    server.closeAllConnections()
    server.close()
  })
  await new Promise((resolve) => server.once('listening', resolve))
  await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`).catch(() => {})
}

/** A thread of stages that has ended. */
async function deadThread(t: Tap): Promise<void> {
  const made = stages(t)
  await asked(made)
  await made.close()
}

/** Scenarios of boot. */
export const BOOT: Scenarios = {
  'boot stages gathered': (t) => asked(stages(t)),
  'unknown machines gathered': async (t) => {
    const network = { interface: 'eth1', range: { first: ip('10.0.0.0'), last: ip('10.0.0.255') } }
    const appender = new Appender({
      append: async () => [],
      own: () => [],
      isUp: () => false,
      clock: hurried,
      log: logOf(),
    })
    t.teardown(() => appender.close())
    appender.follow({ assignment: 'append', nodes: [] }, [network])
    appender.heard(Uint8Array.of(2, 0, 0, 0, 0, 1), 'eth1')
  },
  'boot stage answer': (t) => asked(stages(t)),
  // A thread that is not told of which file it is can't begin.
  'boot stage thread error': (t) => {
    const made = new Stages(undefined as never, monotonic, logOf())
    t.teardown(() => made.close())
    return asked(made)
  },
  'boot stage thread end': (t) => deadThread(t),
  'boot records': async (t) => {
    const records = new BootRecords(() => 'x')
    records.bootLocal(3, 1)
    const kept = new KeptRecords(folder(t), records, hurried, logOf())
    kept.changed()
    t.teardown(() => kept.close())
  },
  'boot transfers': (t) => transfer(t, hurried),
  'boot transfer part': (t) => transfer(t, monotonic),
  'boot transfer end': (t) => transfer(t, monotonic),
}
