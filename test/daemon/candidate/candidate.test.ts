import t from 'tap'
import { buildOnThread, share } from '../../../src/daemon/candidate/build-thread.ts'
import { type BuildOrder, buildCandidate, NO_SNAPSHOTS } from '../../../src/daemon/candidate/candidate.ts'
import { Snapshot } from '../../../src/resolver/index.ts'
import { ip } from '../../addresses.ts'
import { absentFile, RULES, readFile, sourcesOf } from '../sources.ts'

const order = (sources = sourcesOf(3), before = NO_SNAPSHOTS): BuildOrder => ({
  sources,
  rules: RULES,
  before,
  today: 20_000,
})
const nowhere = () => []

t.test('equal sources are equal bytes, whoever builds them', async (t) => {
  const one = buildCandidate(order(), nowhere)
  const other = await buildOnThread(order())
  t.same(Buffer.from(other.built?.public ?? []), Buffer.from(one.built?.public ?? []))
  t.same(Buffer.from(other.built?.shadow ?? []), Buffer.from(one.built?.shadow ?? []))
  t.same(other.diagnostics, one.diagnostics)
})

t.test('a thread compares with the generation before, given or shared', async (t) => {
  const before = buildCandidate(order(), nowhere).built ?? NO_SNAPSHOTS
  const wanted = buildCandidate(order(sourcesOf(4), before), nowhere).difference
  t.same((await buildOnThread(order(sourcesOf(4), before))).difference, wanted)
  const [open, shadow] = [before.public, before.shadow].map((bytes) => Snapshot.open(Buffer.from(bytes ?? [])))
  for (const snapshot of [open, shadow]) {
    const was = snapshot?.bytes
    share(snapshot as Snapshot)
    t.ok(snapshot?.bytes.buffer instanceof SharedArrayBuffer, 'no thread is given a copy')
    t.same(Buffer.from(snapshot?.bytes ?? []), was)
  }
  const shared = { public: open?.bytes, shadow: shadow?.bytes }
  t.same((await buildOnThread(order(sourcesOf(4), shared))).difference, wanted)
})

t.test('an error builds nothing, and says where it is', async (t) => {
  const candidate = buildCandidate(order(sourcesOf(1, { config: readFile('config', 'nodes x\n') })), nowhere)
  t.equal(candidate.built, undefined)
  t.match(candidate.diagnostics, [{ file: 'config', line: 1, column: 7, severity: 'error' }])
})

t.test('passwd, group and config must be there, shadow and login.defs need not', async (t) => {
  for (const name of ['config', 'passwd', 'group'] as const) {
    const candidate = buildCandidate(order(sourcesOf(1, { [name]: absentFile(name) })), nowhere)
    t.equal(candidate.built, undefined, name)
    t.match(candidate.diagnostics, [{ file: name, line: 0, code: 'unreadable-file' }])
  }
  const shadowless = buildCandidate(
    order(sourcesOf(1, { shadow: absentFile('s'), loginDefs: absentFile('l') })),
    nowhere,
  )
  t.ok(shadowless.built?.public)
  t.equal(shadowless.built?.shadow, undefined)
  const hidden = { ...absentFile('l'), state: 'unreadable' } as const
  const guarded = buildCandidate(order(sourcesOf(1, { loginDefs: hidden })), nowhere)
  t.equal(guarded.built, undefined, 'login.defs that cannot be read would let system accounts out')
})

t.test('skipBadLines turns errors of the config into warnings', async (t) => {
  const sources = sourcesOf(1, { config: readFile('config', 'nodes 2\niprange 10.0.0.1 10.0.0.2\nhost zz\n') })
  const candidate = buildCandidate({ ...order(sources), rules: { ...RULES, skipBadLines: true } }, nowhere)
  t.match(candidate.diagnostics, [{ line: 3, severity: 'warning', message: /left out/ }])
  t.equal(Snapshot.open(candidate.built?.public ?? new Uint8Array(0)).count('hosts'), 2)
})

t.test(
  'more masters than their numbers tell apart are a warning, at the line that names the first of them',
  async (t) => {
    const configOf = (count: number): string => {
      const line = (_: unknown, i: number): string =>
        `masterorder - ${[1, 2, 3, 4].map((j) => `10.1.${i}.${j}`).join(' ')}\n`
      return `nodes 2\niprange 10.0.0.1 10.0.0.2\n${Array.from({ length: 4 }, line).join('')}masterorder 0 10.1.0.1 ${count > 16 ? '10.1.9.1' : ''}\n`
    }
    const told = (count: number) =>
      buildCandidate(order(sourcesOf(1, { config: readFile('config', configOf(count)) })), nowhere).diagnostics
    t.same(told(16), [])
    t.match(told(17), [{ line: 7, severity: 'warning', code: 'too-many-masters', message: /^17 addresses/ }])
  },
)

t.test(
  'the interface without an address is looked up here, and stays out of the snapshot where masters are named',
  async (t) => {
    const addresses = ['10.0.0.1', 'fd00::1'].map(ip)
    const asked: string[] = []
    const here = (name: string) => {
      asked.push(name)
      return addresses
    }
    const candidate = (config: string) =>
      buildCandidate(order(sourcesOf(1, { config: readFile('config', config) })), here)
    const masterOf = ({ built }: ReturnType<typeof candidate>) =>
      Snapshot.open(built?.public ?? new Uint8Array(0)).find('hosts', { name: 'master' })
    const config = 'nodes 2\niprange 10.0.0.10 10.0.0.11\ninterface eth7\n'
    const alone = candidate(config)
    t.same(asked, ['eth7'])
    t.same(alone.interfaceAddresses, addresses)
    t.match(masterOf(alone), { names: ['master'], addresses })
    const named = candidate(`${config}masterorder - 10.0.0.1 10.0.0.2\n`)
    t.same(named.interfaceAddresses, addresses)
    t.equal(masterOf(named), undefined)
    const absent = buildCandidate(order(sourcesOf(1, { config: readFile('config', config) })), nowhere)
    t.match(absent.diagnostics, [{ line: 3, severity: 'warning', code: 'no-interface-address' }])
  },
)

t.test('a master whose interface has no address keeps the one that it had, and says so', async (t) => {
  const here = () => ['10.0.0.1', 'fd00::1'].map(ip)
  const sources = (more = '') =>
    sourcesOf(1, { config: readFile('config', `nodes 2\niprange 10.0.0.10 10.0.0.11\ninterface eth7\n${more}`) })
  const up = buildCandidate(order(sources()), here)
  t.equal(up.followedInterface, 'eth7')
  const down = buildCandidate(order(sources(), up.built), nowhere)
  t.same(down.interfaceAddresses, here())
  t.same(down.built?.public, up.built?.public, 'nothing has changed for nodes')
  const message = 'interface eth7 has no address on this machine; the master keeps 10.0.0.1 and fd00::1'
  t.match(down.diagnostics, [{ severity: 'warning', code: 'no-interface-address', message }])
  const moved = buildCandidate(order(sources(), up.built), () => here().slice(0, 1))
  t.equal(moved.interfaceAddresses.length, 1, 'one that has an address has what it has')
  const named = buildCandidate(order(sources('masterorder - 10.0.0.1\n'), up.built), nowhere)
  t.same(named.interfaceAddresses, [], 'masters that are named have their own')
})

t.test('a candidate tells what is different, and when each input was written', async (t) => {
  const before = buildCandidate(order(), nowhere).built ?? NO_SNAPSHOTS
  const sources = sourcesOf(4, { group: readFile('group', 'team:x:3000:u0\n', 5000) })
  const candidate = buildCandidate(order(sources, before), nowhere)
  t.equal(Math.max(...candidate.inputTimes), 5000)
  t.match(candidate.difference, {
    passwd: { before: 3, after: 4, added: 1, removed: 0, names: { added: ['u3'], removed: [] } },
    group: { changed: 1, names: { changed: ['team'] } },
    shadow: { added: 1, names: { added: ['u3'] } },
  })
})

t.test('the port of server beonss, and no other, is part of the snapshot', async (t) => {
  const portOf = (config: string): number | undefined => {
    const { built } = buildCandidate(order(sourcesOf(1, { config: readFile('config', config) })), nowhere)
    return built?.public && Snapshot.open(built.public).zoneSettings.port
  }
  t.equal(portOf('nodes 1\niprange 10.0.0.1 10.0.0.2\nserver beonss 13999\n'), 13999)
  t.equal(portOf('nodes 1\niprange 10.0.0.1 10.0.0.2\n'), 3045)
})
