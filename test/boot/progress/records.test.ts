import t from 'tap'
import { type BootOrder, BootRecords } from '../../../src/boot/progress/records.ts'
import { TICKET_LASTS } from '../../../src/boot/progress/tickets.ts'

const MAC = '0:a0:d1:0:0:1'
const ORDER: BootOrder = {
  ...{ number: 15, mac: MAC, stage: 'pxe', images: ['kernel', 'initrd'], isInstaller: false },
  ...{ isMoving: true, isAgain: false, isUp: false },
}

/** Records with tickets that are easy to read. */
function fresh(): BootRecords {
  let last = 0
  return new BootRecords(() => `t${++last}`)
}

/** A boot whose images are loaded; its ticket, or undefined if the node is held. */
function loaded(records: BootRecords, more: Partial<BootOrder> = {}, now = 100): string | undefined {
  const order = { ...ORDER, ...more }
  const ticket = records.boot(order, now)
  if (ticket === undefined) return undefined
  for (const image of order.images) records.sent(15, ticket.id, image, order.isUp)
  return ticket.id
}

const answer = (
  records: BootRecords,
  id: string,
  { mac = MAC, stage = 'pxe' as string | undefined, now = 100 } = {},
) => {
  const given = records.reported(15, mac, id, stage, now)
  return given.kind === 'refused' ? given.why : given.kind
}

t.test('a report counts once, when all images were sent with its ticket', async (t) => {
  const records = fresh()
  const ticket = records.boot(ORDER, 100)?.id ?? ''
  t.match(answer(records, ticket), /was not sent yet/)
  records.sent(15, ticket, 'kernel', false)
  records.sent(15, ticket, 'kernel', false)
  t.match(answer(records, ticket), /was not sent yet/, 'the kernel alone is not all')
  records.sent(15, ticket, 'initrd', false)
  t.equal(answer(records, ticket), 'counts')
  records.done(15, ticket, 101)
  t.equal(answer(records, ticket), 'done', 'the reply may have been lost')
})

t.test('a ticket is of one card, one stage and one kind of report, and ends', async (t) => {
  const records = fresh()
  const ticket = loaded(records) ?? ''
  t.match(answer(records, ticket, { mac: '0:a0:d1:0:0:2' }), /another network card/)
  t.match(answer(records, ticket, { stage: 'local' }), /another report/)
  t.match(records.reported(15, MAC, ticket, undefined, 100), { why: /not for an installer/ })
  t.match(records.reported(16, MAC, ticket, 'pxe', 100), { why: /no such ticket/ }, 'of another node')
  t.match(answer(records, 'guessed'), /no such ticket/)
  t.match(answer(records, ticket, { now: 100 + TICKET_LASTS.loader + 1 }), /expired/)
  const other = loaded(records, { isInstaller: true }) ?? ''
  t.equal(
    records.reported(15, MAC, other, undefined, 100 + TICKET_LASTS.loader + 1).kind,
    'counts',
    'installing takes longer',
  )
  t.match(answer(records, other), /another report/, 'the loader does not report for it')
  t.match(records.reported(15, MAC, other, undefined, 100 + TICKET_LASTS.installer + 1), { why: /expired/ })
})

t.test('where others send the images a ticket is good at once', async (t) => {
  const records = fresh()
  const ticket = records.boot({ ...ORDER, images: [] }, 100)?.id ?? ''
  t.equal(answer(records, ticket), 'counts')
})

t.test('a node that booted a stage three times without a report is held, until somebody lets it go', async (t) => {
  const records = fresh()
  for (let i = 0; i < 3; i++) t.ok(loaded(records), `boot ${i + 1}`)
  t.equal(records.of(15)?.heldSince, undefined, 'it is held when it boots again')
  t.equal(loaded(records, {}, 200), undefined)
  t.equal(loaded(records, { isAgain: true }, 260), undefined, 'the script that waits gets no image either')
  t.match(records.of(15), { heldSince: 200, boots: 3 })
  t.equal(records.release(15), true)
  t.equal(records.release(15), false)
  t.ok(loaded(records))
})

t.test('a stage that is set by hand to another one and back lets the node go', async (t) => {
  const records = fresh()
  for (let i = 0; i < 4; i++) loaded(records)
  t.ok(records.of(15)?.heldSince)
  records.observe(15, 'pxe')
  t.ok(records.of(15)?.heldSince, 'the same stage is no news')
  records.observe(15, 'local')
  t.equal(records.of(15)?.heldSince, undefined)
  t.ok(loaded(records))
})

t.test('boots that were broken off, that ask again, or of a node that is up do not count', async (t) => {
  const records = fresh()
  for (let i = 0; i < 9; i++) records.boot(ORDER, 100)
  for (let i = 0; i < 9; i++) loaded(records, { isUp: true })
  for (let i = 0; i < 9; i++) loaded(records, { images: [], isAgain: true })
  t.ok(loaded(records), 'it is not held')
  for (let i = 0; i < 2; i++) loaded(records, { images: [] })
  t.equal(loaded(records), undefined, 'where others send the images each script counts')
})

t.test('a stage that does not move is booted for ever', async (t) => {
  const records = fresh()
  for (let i = 0; i < 50; i++) t.ok(loaded(records, { isMoving: false }))
})

t.test('a report ends the count, also one that could not be written down', async (t) => {
  const records = fresh()
  for (let i = 0; i < 3; i++) loaded(records)
  records.forgive(15)
  for (let i = 0; i < 2; i++) loaded(records)
  records.done(15, loaded(records) ?? '', 100)
  t.match(records.of(15), { boots: 0 })
})

t.test('what a node does is told by its boots', async (t) => {
  const records = fresh()
  const state = () => {
    const { activity, since, stage } = records.of(15) ?? {}
    return [activity, since, stage].join(' ')
  }
  records.boot(ORDER, 100)
  t.equal(state(), 'booting 100 pxe')
  records.done(15, loaded(records, {}, 200) ?? '', 210)
  t.equal(state(), 'installing 200 pxe', 'the installer of a loader that reports is not heard of again')
  records.bootLocal(15, 300)
  t.equal(state(), 'booting 300 local')
  records.done(15, loaded(records, { isInstaller: true }, 400) ?? '', 500)
  t.equal(state(), 'booting 500 pxe', 'it reported')
  loaded(records, { isUp: true }, 600)
  t.equal(state(), 'booting 500 pxe', 'who is up does not boot')
})

t.test('of each node a few tickets are kept, and nothing of nodes that are gone', async (t) => {
  const records = fresh()
  const first = loaded(records) ?? ''
  for (let i = 0; i < 9; i++) records.boot(ORDER, 100)
  t.equal(records.of(15)?.tickets.length, 4)
  t.match(answer(records, first), /no such ticket/)
  records.changed()
  records.keepOnly((number) => number === 15)
  t.equal(records.changed(), false)
  records.keepOnly(() => false)
  t.same([records.all, records.changed()], [[], true])
})

t.test('records of before go on', async (t) => {
  const before = fresh()
  const ticket = loaded(before) ?? ''
  const after = new BootRecords(() => 'x', JSON.parse(JSON.stringify(before.all)))
  t.equal(answer(after, ticket), 'counts')
})
