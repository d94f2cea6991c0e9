import t from 'tap'
import type { HandlerName } from '../../src/values/handler-list.ts'
import { HANDLERS, handlers } from '../../src/values/index.ts'
import { Scratch } from '../cli/scratch.ts'
import { askUdp, query, rcodeOf } from '../dns/client.ts'
import type { Tap } from '../folder.ts'
import { freePort } from '../free-port.ts'
import { client } from '../kickback/cluster.ts'
import { BOOT } from './handlers/boot.ts'
import { DAEMON, master } from './handlers/daemon.ts'
import { DNS } from './handlers/dns.ts'
import { DNS_PROCESS } from './handlers/dns-process.ts'
import { KICKBACK } from './handlers/kickback.ts'
import { OBJECTS } from './handlers/objects.ts'
import { PROCESSES } from './handlers/processes.ts'
import type { Scenario } from './handlers/scenario.ts'
import { SECURE } from './handlers/secure.ts'

const SCENARIOS = { ...KICKBACK, ...OBJECTS, ...DNS, ...DNS_PROCESS, ...DAEMON, ...SECURE, ...BOOT }
const names = Object.keys(HANDLERS) as HandlerName[]

t.test('there is a scenario for each handler of the list, and one alone', async (t) => {
  const has = [SCENARIOS, PROCESSES].flatMap((scenarios) => Object.keys(scenarios))
  t.same(has.sort(), [...names].sort())
})

/** Has the handler throw the first time that it runs; resolves then. */
function thrownIn(name: HandlerName): Promise<void> {
  return new Promise((resolve) => {
    let armed = true
    handlers.tryWith((each) => {
      if (each !== name || !armed) return
      armed = false
      setImmediate(resolve)
      throw new Error('thrown by a test')
    })
  })
}

/** A master of this process, and whether it answers by its socket and by DNS. */
async function livingMaster(t: Tap): Promise<() => Promise<unknown>> {
  const scratch = new Scratch(t)
  const port = await freePort()
  await master(t, scratch, { dns: [`127.0.0.1:${port}`] })
  return async () => {
    const asker = await client(t, { path: scratch.path('run/socket') })
    const record = await asker.lookup('hosts', 'n1')
    asker.close()
    const reply = await askUdp(port, query('n1.cluster.internal', 'A'))
    return { socket: record !== undefined, dns: reply === undefined ? undefined : rcodeOf(reply) }
  }
}

t.test('a throw inside any handler ends no daemon, and is counted', async (t) => {
  const answers = await livingMaster(t)
  t.teardown(() => handlers.tryWith(undefined))
  for (const [name, scenario] of Object.entries(SCENARIOS) as [HandlerName, Scenario][]) {
    await t.test(name, { timeout: 20_000 }, async (t) => {
      const before = handlers.failures.get(name) ?? 0
      const thrown = thrownIn(name)
      await scenario(t)
      await thrown
      handlers.tryWith(undefined)
      t.equal(handlers.failures.get(name), before + 1)
      t.same(await answers(), { socket: true, dns: 0 })
    })
  }
})

t.test('nor does one in a handler of the whole process, but where it is ending', async (t) => {
  for (const [name, scenario] of Object.entries(PROCESSES)) {
    await t.test(name, { timeout: 20_000 }, async (t) => {
      const { child, code } = await scenario(t)
      await child.said(`thrown in ${name}`)
      t.match(await child.end(), { code })
    })
  }
})
