import t from 'tap'
import { ServiceManager, serviceManager } from '../../../src/daemon/supervision/service-manager.ts'
import { HandClock } from '../../clocks.ts'

/** A service manager that writes down what it is told. Its socket fails as `fails` says. */
function heard(watchdog?: number) {
  const clock = new HandClock()
  const told: string[] = []
  const warnings: string[] = []
  const socket: { fails?: string } = {}
  const manager = new ServiceManager({
    send: (text) => {
      if (socket.fails !== undefined) throw Object.assign(new Error(socket.fails), { code: socket.fails })
      told.push(text)
    },
    watchdog,
    microseconds: () => 1234n,
    clock,
    log: { warn: (_, text) => void warnings.push(text) },
  })
  return { clock, told, warnings, socket, manager }
}

t.test('it is told what the daemon waits for, that it is ready, and each new state once', async (t) => {
  const { manager, told, clock } = heard()
  let state = 'no generation yet'
  manager.starting(state)
  manager.ready(() => state)
  t.same(told, ['STATUS=no generation yet', 'READY=1'])
  clock.turn(10_000)
  t.equal(told.length, 2, 'nothing is new, and no watchdog asks')
  state = 'generation 7\nREADY=1'
  for (let i = 0; i < 3; i++) clock.turn(10_000)
  t.same(told.slice(2), ['STATUS=generation 7 READY=1'], 'a state never makes a line of its own')
})

t.test('the watchdog gets a sign of life in less than half its time', async (t) => {
  const { manager, told, clock } = heard(3000)
  manager.starting('serves')
  clock.turn(60_000)
  t.same(told, ['STATUS=serves'], 'not before the daemon is ready')
  manager.ready(() => 'serves')
  for (let i = 0; i < 3; i++) clock.turn(1000)
  t.same(told.slice(1), ['READY=1', 'WATCHDOG=1', 'WATCHDOG=1', 'WATCHDOG=1'])
})

t.test('a state that cannot be told ends no daemon: its loop still gives signs of life', async (t) => {
  const { manager, told, clock } = heard(3000)
  let state = (): string => 'serves'
  manager.ready(() => state())
  state = () => {
    throw new Error('nobody knows')
  }
  for (let i = 0; i < 3; i++) clock.turn(1000)
  t.same(told.slice(1), ['WATCHDOG=1', 'WATCHDOG=1', 'WATCHDOG=1'])
})

t.test('a reload is told with its time, and its end; none before the daemon is ready or while it ends', async (t) => {
  const { manager, told, clock } = heard(3000)
  manager.reloading(true)
  manager.reloading(false)
  manager.ready(() => 'serves')
  manager.reloading(true)
  manager.reloading(false)
  manager.reloading(false)
  manager.stopping()
  manager.reloading(true)
  clock.turn(60_000)
  t.same(told, ['READY=1\nSTATUS=serves', 'RELOADING=1\nMONOTONIC_USEC=1234', 'READY=1', 'STOPPING=1'])
})

t.test('what a reload changed in the state is told with its end', (t) => {
  const { manager, told } = heard()
  let state = 'serves generation 7'
  manager.ready(() => state)
  manager.reloading(true)
  state = 'serves generation 8'
  manager.reloading(false)
  t.equal(told.at(-1), 'READY=1\nSTATUS=serves generation 8')
  t.end()
})

t.test('what the manager has no room for is told later, in order, and signs of life do not pile up', async (t) => {
  const { manager, told, socket, warnings, clock } = heard(3000)
  socket.fails = 'EAGAIN'
  manager.ready(() => 'serves')
  manager.reloading(true)
  for (let i = 0; i < 100; i++) clock.turn(1000)
  t.same(told, [])
  delete socket.fails
  clock.turn(100)
  t.same(told, ['READY=1\nSTATUS=serves', 'RELOADING=1\nMONOTONIC_USEC=1234'])
  t.same(warnings, [])
})

t.test('a manager that is gone is logged once, until it is there again', async (t) => {
  const { manager, told, socket, warnings, clock } = heard(3000)
  manager.ready(() => 'serves')
  for (const fails of ['ECONNREFUSED', undefined, 'ECONNREFUSED']) {
    if (fails === undefined) delete socket.fails
    else socket.fails = fails
    for (let i = 0; i < 3; i++) clock.turn(1000)
  }
  t.same(warnings, ['cannot notify the service manager', 'cannot notify the service manager'])
  t.equal(told.length, 4)
})

t.test('there is no manager without a socket, and a warning where systemd waits', async (t) => {
  const warnings: string[] = []
  const log = { warn: (_: object, text: string) => void warnings.push(text) }
  t.equal(serviceManager({}, 1, log), undefined)
  for (const fd of ['', '-1', '1e9', 'x', '0.5'])
    t.equal(serviceManager({ KICKBACK_NOTIFY_FD: fd }, 1, log), undefined, fd)
  t.same(warnings, [])
  t.equal(serviceManager({ NOTIFY_SOCKET: '/run/systemd/notify' }, 1, log), undefined)
  t.match(warnings, [/there is no launcher/])
})
