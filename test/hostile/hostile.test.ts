// All attackers at once, for HOSTILE_SECONDS (60), while correct clients ask 100 questions a second at each door: no daemon ends, no
// answer is wrong or late, and when it is over memory and descriptors are back where they were.
import { appendFileSync, chmodSync, copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { lacking } from '../dns/programs.ts'
import { root, runIn } from '../end-to-end/served.ts'
import { until } from '../patience.ts'
import { type Daemon, FIRST, generation, type Program, program, type Site, script, site, VILLAIN } from './site.ts'
import type { Tally } from './tally.ts'
import { answerFaults, idleAttackers, logFaults, userFaults, vitalFaults } from './verdicts.ts'
import { lives, resident, type Vitals, vitals } from './vitals.ts'

const SECONDS = Number(process.env.HOSTILE_SECONDS ?? 60)
/** How long all attack and ask before the start, in milliseconds, and how long memory is waited for afterwards. */
const WARM_MS = Math.max(Math.min(25, SECONDS), SECONDS / 50) * 1000
const LOOKS = 6
const NICE = ['nice', '-n', '15']
const USER = [...NICE, 'setpriv', '--reuid', '12345', '--regid', '12345', '--clear-groups', '--']
/** The attacker that waits until it is visited. */
const ROGUE = 'rogue master'
const { device, rogues, relay, silent, lying, nodes, strangers } = VILLAIN
const MASTER = '10.20.30.1'
const NODE = '10.20.30.115'

/** Every attacker, at its rate: datagrams or connections a second. */
function attack(t: Test, { villain, master, node, bare, passing, dir }: Site): Map<string, Program> {
  const socket = '/run/kickback/socket'
  const user = (on: Daemon['on'], name: string, args: readonly (string | number)[]): Program =>
    script(t, on, name, args, USER)
  const own = (name: string, args: readonly (string | number)[]): Program => script(t, villain, name, args, NICE)
  const sources = ['127.0.0.1', '0.0.0.0', '255.255.255.255', '224.0.0.1', MASTER, NODE, silent, strangers[0] ?? '']
  const forge = (on: Daemon['on'], seed: string, host: string): Program =>
    program(t, on, 'python3', [join(import.meta.dirname, 'forge.py'), seed, '100', host, ...sources], NICE)
  const rights = (on: Daemon['on'], seed: string, rate: number): Program =>
    program(
      t,
      on,
      '/usr/bin/python3',
      [join(import.meta.dirname, 'attack-rights.py'), seed, String(rate), socket],
      USER,
    )
  const local = [join(dir, 'user'), join(dir, 'module'), join(dir, 'setuid'), join(root, 'bin/kickback')]
  return new Map<string, Program>([
    ['upstreams', own('upstreams.ts', [silent, lying])],
    [ROGUE, own('rogue.ts', [`${MASTER}:3045`, relay, ...rogues.map((address) => `${address}:3045`)])],
    ['DNS by UDP', own('attack-dns.ts', ['udp', 11, 600, MASTER, ...nodes, ...strangers, device])],
    ['DNS by UDP, node', own('attack-dns.ts', ['udp', 12, 200, NODE, ...nodes, ...strangers, device])],
    ['DNS by TCP', own('attack-dns.ts', ['tcp', 13, 30, MASTER, ...nodes, ...strangers, device])],
    ['DNS by TCP, node', own('attack-dns.ts', ['tcp', 14, 10, NODE, ...nodes, ...strangers])],
    ['forged', forge(villain, '15', MASTER)],
    ['forged at home', forge(master.on, '16', MASTER)],
    ['forged, node', forge(villain, '17', NODE)],
    ['TCP of nodes', own('attack-streams.ts', [18, 30, 300, `${MASTER}:3045`, ...nodes, device])],
    ['TCP of strangers', own('attack-streams.ts', [19, 20, 100, `${MASTER}:3045`, ...strangers])],
    ['TCP of loopback', user(master.on, 'attack-streams.ts', [20, 20, 200, '127.0.0.1:3045', '127'])],
    ['TCP of the node', user(node.on, 'attack-streams.ts', [21, 10, 60, `${MASTER}:3045`])],
    ['socket', user(master.on, 'attack-streams.ts', [22, 40, 1100, socket])],
    ['socket, node', user(node.on, 'attack-streams.ts', [23, 40, 1100, socket])],
    ['socket, passing node', user(passing.on, 'attack-streams.ts', [29, 20, 600, socket])],
    [
      'passers-by',
      own('attack-passing.ts', [31, 100, `${MASTER}:3045`, `${MASTER}:53`, ...nodes, ...strangers, device]),
    ],
    ['rights', rights(master.on, '32', 5)],
    ['rights, passing node', rights(passing.on, '33', 5)],
    ['socket, bare node', user(bare.on, 'attack-streams.ts', [24, 5, 100, socket])],
    ['private sockets', user(master.on, 'attack-streams.ts', [25, 5, 50, '/run/kickback/admin/socket'])],
    ['metrics', user(master.on, 'attack-streams.ts', [26, 5, 100, '127.0.0.1:9100', '127'])],
    ['metrics by HTTP', user(master.on, 'attack-metrics.ts', [34, 30, 100, '127.0.0.1:9100'])],
    ['user', user(master.on, 'attack-local.ts', [27, ...local])],
    ['user, node', user(node.on, 'attack-local.ts', [28, ...local])],
  ])
}

/** The correct clients, each at 100 questions a second at each door. */
function askers(
  t: Test,
  { master, node, bare, seeded, passing, masterDns, nodeDns, gate, dir }: Site,
): Map<string, Program> {
  const socket = 'unix=/run/kickback/socket'
  const module = (on: Daemon, address: string): Program =>
    program(t, on.on, join(dir, 'module'), ['100', address, String(on.pid)], FIRST)
  const asker = (on: Daemon, asked: readonly number[], args: readonly (string | number)[]): Program =>
    script(t, on.on, 'asker.ts', [asked.join(), ...args], FIRST)
  return new Map<string, Program>([
    ['module, master', module(master, MASTER)],
    ['module, node', module(node, NODE)],
    ['module, seeded node', module(seeded, '10.20.30.117')],
    ['master', asker(master, [master.pid], [100, socket])],
    ['node', asker(node, [node.pid], [100, socket])],
    ['DNS of the node', asker(node, [nodeDns.pid], [100, `udp=${NODE}`, `dnstcp=${NODE}`])],
    ['from the node', asker(node, [master.pid], [100, `tcp=${MASTER}:3045`])],
    ['DNS of the master', asker(node, [masterDns.pid], [100, `udp=${MASTER}`, `dnstcp=${MASTER}`])],
    ['metrics', asker(master, [master.pid], [5, 'http=127.0.0.1:9100'])],
    ['seeded node', asker(seeded, [seeded.pid], [100, socket])],
    ['passing node', asker(passing, [passing.pid, gate.child.pid ?? 0, master.pid], [100, socket])],
    ['bare node', asker(bare, [bare.pid], [20, 'maybe=/run/kickback/socket'])],
  ])
}

/** Ends programs and tells what each printed, a line of JSON. */
async function ended(all: Map<string, Program>): Promise<Map<string, Record<string, unknown>>> {
  const told = await Promise.all([...all].map(async ([name, one]) => [name, await one.end()] as const))
  return new Map(told.map(([name, said]) => [name, JSON.parse(said === '' ? '{"ended":"without a word"}' : said)]))
}

const daemons = ({ master, node, bare, seeded, passing, masterDns, nodeDns }: Site): [string, Daemon][] =>
  Object.entries({ master, node, bare, seeded, passing, 'DNS of the master': masterDns, 'DNS of the node': nodeDns })

/** What each daemon holds; those that have ended are not in it. */
async function allVitals(all: Site): Promise<Map<string, Vitals>> {
  const living = daemons(all).filter(([, { pid }]) => lives(pid))
  return new Map(await Promise.all(living.map(async ([name, { pid }]) => [name, await vitals(pid)] as const)))
}

/** Builds the module's client into the site's folder, and once more with root's setuid bit. */
function buildPrograms(t: Test, dir: string): void {
  const built = runIn('/', process.env, 'gcc', [
    '-O1',
    '-o',
    join(dir, 'module'),
    join(import.meta.dirname, 'module.c'),
  ])
  t.equal(built.code, 0, built.stderr)
  copyFileSync(join(dir, 'module'), join(dir, 'setuid'))
  chmodSync(join(dir, 'setuid'), 0o4755)
  mkdirSync(join(dir, 'user'))
  chmodSync(join(dir, 'user'), 0o777)
}

/** Adds a host to the configuration, and waits until a node has it. */
async function addHost({ dir, node }: Site, line: string, name: string): Promise<void> {
  appendFileSync(join(dir, 'examples/config'), `${line}\n`)
  await until(() => node.on.run('getent', 'hosts', name).code === 0, 'a new host reaches the node', 90_000)
}

/** Waits so many seconds, and tells once a minute what the daemons hold meanwhile. */
async function lasts(t: Test, all: Site, seconds: number): Promise<void> {
  for (let left = seconds; left > 0; left -= 60) {
    await pause(Math.min(left, 60) * 1000)
    const held = daemons(all).map(
      ([name, { pid }]) => `${name} ${lives(pid) ? Math.round(resident(pid) / 2 ** 20) : 'ended'}`,
    )
    t.comment(`MiB: ${held.join(', ')}`)
  }
}

/** What the daemons hold after some quiet. Connections and their timers end over time, so they have LOOKS looks. */
async function settled(all: Site, before: Map<string, Vitals>): Promise<Map<string, Vitals>> {
  for (let look = 1; ; look++) {
    const seen = await allVitals(all)
    const isBack = daemons(all).every(([name]) => vitalFaults(before.get(name), seen.get(name)).length === 0)
    if (isBack || look === LOOKS) return seen
  }
}

/** How many questions a second a kind of door is asked, where it is not 100. */
const RATES: Readonly<Record<string, number>> = { maybe: 20, http: 5 }

/** Checks what the correct clients counted. */
function judge(t: Test, tallies: Map<string, Record<string, unknown>>, seconds: number): void {
  for (const [name, doors] of tallies)
    for (const [door, tally] of Object.entries(doors) as [string, Tally][]) {
      t.comment(`${name}, ${door}: ${JSON.stringify(tally)}`)
      t.same(
        answerFaults(tally, seconds, RATES[door.split('=')[0] ?? ''] ?? 100),
        [],
        `${name}, ${door}: right and in time`,
      )
    }
}

/** Waits until each node that may have a copy follows the master: the bare one learns of it by its first copy, which has to come through the relay. */
async function inStep({ node, bare, seeded }: Site): Promise<void> {
  for (const { on } of [node, bare, seeded]) {
    await until(() => followed(on) === `${MASTER}:3045`, `${on.name} follows the master`, 120_000)
  }
}

/** The master that the node of this machine follows. */
function followed(on: Daemon['on']): unknown {
  const { following } = JSON.parse(on.run('kickback', 'status', '--json').stdout || '{}')
  return following?.state === 'following' && following.master
}

/** Checks that each daemon lives, and is as large as it was. */
function compare(t: Test, all: Site, before: Map<string, Vitals>, after: Map<string, Vitals>): void {
  for (const [name] of daemons(all)) {
    const [was, is] = [before.get(name), after.get(name)]
    t.comment(`${name}: ${JSON.stringify(was)} before, ${JSON.stringify(is)} after`)
    t.same(vitalFaults(was, is), [], `${name}: lives, with memory and descriptors back`)
  }
}

const skip = process.getuid?.() === 0 ? lacking('python3', 'setpriv', 'gcc') : 'needs root'

t.setTimeout((SECONDS + 400) * 1000)

t.test('a hostile run', { skip, timeout: (SECONDS + 400) * 1000 }, async (t) => {
  const all = await site(t)
  t.teardown(() => {
    if (!t.passing()) for (const [name, { log }] of daemons(all)) t.comment(`${name} said:\n${log().slice(-3000)}`)
  })
  buildPrograms(t, all.dir)
  // What a first use makes the daemon hold for good (compiled code, pools) is no leak: so they are attacked before the start too.
  const warm = [attack(t, all), askers(t, all)]
  await addHost(all, 'host 00:A0:D1:E3:FD:4B 10.20.30.92 pdu3', 'pdu3')
  await pause(WARM_MS)
  await until(() => generation(all.bare.on) > 0, 'the bare node has a copy', 120_000)
  const [warmUp] = await Promise.all(warm.map(ended))
  await inStep(all)
  const before = await allVitals(all)

  const clients = askers(t, all)
  await pause(1500)
  const attackers = attack(t, all)
  await lasts(t, all, SECONDS / 2)
  await addHost(all, 'host 00:A0:D1:E3:FD:4C 10.20.30.93 pdu4', 'pdu4')
  await lasts(t, all, SECONDS / 2)
  const tallies = await ended(clients)
  const acts = await ended(attackers)
  for (const [name, act] of acts) t.comment(`${name}: ${JSON.stringify(act)}`)
  // A node that follows its master tries a rogue from time to time alone, every half minute at last: a short run may have no such moment. Before it
  // the rogue was the only way to a copy.
  const met = acts.get(ROGUE) ?? {}
  acts.set(ROGUE, Object.keys(met).length > 0 ? met : (warmUp?.get(ROGUE) ?? {}))

  judge(t, tallies, SECONDS)
  for (const name of ['user', 'user, node'])
    t.same(userFaults(acts.get(name) ?? {}), [], `${name}: no crash, no hang, no setuid program misled`)
  t.same(idleAttackers(acts), [], 'each attacker did something')
  for (const { on } of [all.master, all.node]) t.equal(on.run('kickback', 'status').code, 0, `${on.name}: all is well`)
  for (const [name, one] of daemons(all))
    t.same(logFaults(one.log()), [], `${name}: no unexpected error, and nothing but text`)
  await inStep(all)
  compare(t, all, before, await settled(all, before))
})
