// dnsmasq as a unit: what systemd says of it, in the words of status.
import t from 'tap'
import { UnitEngine } from '../../../../src/daemon/boot/dhcp/unit-engine.ts'
import { monotonicMicroseconds, wallClock } from '../../../../src/values/index.ts'

/** What systemctl shows of a unit, with these properties changed. */
function shown(changed: Readonly<Record<string, string | number>>): string {
  const usual = { LoadState: 'loaded', ActiveState: 'active', SubState: 'running', MainPID: 7, NRestarts: 0 }
  const all = { ...usual, Result: 'success', ...changed }
  return Object.entries(all)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

async function stateOf(changed: Readonly<Record<string, string | number>>) {
  const engine = new UnitEngine(async () => shown(changed))
  await engine.look()
  return engine.state
}

t.test('a unit that runs has its process and its start, and one that does not has its end and a reason', async (t) => {
  const ago = (seconds: number): string => String(monotonicMicroseconds() - BigInt(seconds) * 1_000_000n)
  const now = wallClock() / 1000
  const up = await stateOf({ ActiveEnterTimestampMonotonic: ago(60), ActiveExitTimestampMonotonic: ago(90) })
  t.match(up, { by: 'unit', pid: 7, restarts: 0, reason: undefined })
  t.ok(Math.abs((up.since ?? 0) - (now - 60)) < 10, 'when it was started')
  const waiting = { ActiveState: 'activating', SubState: 'auto-restart', MainPID: 0, NRestarts: 4, Result: 'exit-code' }
  const down = await stateOf({ ...waiting, ActiveExitTimestampMonotonic: ago(90) })
  t.match(down, { pid: undefined, restarts: 4, reason: /activating \(exit-code\): see journalctl/ })
  t.ok(Math.abs((down.since ?? 0) - (now - 90)) < 10, 'when it ended')
})

t.test('a unit that is being started, and what is not known yet, is no trouble', async (t) => {
  const never = { ActiveEnterTimestampMonotonic: 0, ActiveExitTimestampMonotonic: 0 }
  const starting = await stateOf({ ActiveState: 'activating', SubState: 'start', MainPID: 0, ...never })
  t.same(starting, {
    by: 'unit',
    pid: undefined,
    since: undefined,
    restarts: 0,
    reason: undefined,
    ended: undefined,
    unread: undefined,
  })
  t.equal(new UnitEngine(async () => '').state.reason, undefined)
})

t.test('while systemd does not answer, what it said last stays', async (t) => {
  let isSilent = false
  const engine = new UnitEngine(async () => {
    if (isSilent) throw new Error('timed out')
    return shown({})
  })
  t.ok(await engine.isThere())
  await engine.look()
  isSilent = true
  await engine.look()
  t.match(engine.state, { pid: 7, reason: undefined })
  t.notOk(await engine.isThere())
})

t.test('a reload that failed is told until the unit is started again', async (t) => {
  const { unread, reason } = await stateOf({ ReloadResult: 'exit-code' })
  t.match(unread, /^the reload of kickback-dhcp\.service failed \(exit-code\): see journalctl/)
  t.equal(reason, undefined, 'it runs')
  t.equal((await stateOf({ ReloadResult: 'success' })).unread, undefined)
  t.equal((await stateOf({})).unread, undefined, 'a systemd that does not say it')
})
