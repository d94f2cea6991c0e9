import t from 'tap'
import { BootPlans, BootRecords } from '../../../src/boot/index.ts'
import { parseConfig, type StageOutcome, StageText } from '../../../src/config/index.ts'
import { BootDesk } from '../../../src/daemon/boot/boot-desk.ts'
import { StageError } from '../../../src/daemon/boot/stages.ts'
import { type Address, formatAddress } from '../../../src/values/index.ts'
import { ip } from '../../addresses.ts'

const MAC = '0:a0:d1:0:0:3'
const ADDRESS = '10.20.30.103'
const HERE = '10.20.30.1:3048'
const TEXT = `nodes 32
iprange 10.20.30.100 10.20.30.131
interface eth1 10.20.30.1 255.255.255.0
kernelimage /srv/kernel
initrdimage /srv/initrd
node 3 c pxe+local pxe ${MAC}
`

/** A desk over a text that is its file, with what a test may change. */
function desk(text = TEXT) {
  const state = { text: Buffer.from(text), up: [] as string[], fails: false, now: 1000, standsIn: false }
  let last = 0
  const records = new BootRecords(() => (++last).toString(16).padStart(32, '0'))
  const stages = {
    of: async (number: number): Promise<string | undefined> => new StageText(state.text).stageOf(number),
    move: async (report: { readonly number: number; readonly from: string }): Promise<StageOutcome> => {
      if (state.fails) throw new StageError('no space left on device')
      const { bytes, outcomes } = new StageText(state.text).moved([report])
      state.text = Buffer.from(bytes)
      return outcomes[0] as StageOutcome
    },
  }
  const made = new BootDesk({
    ...{ records, stages, images: null, own: () => [ip('10.20.30.1')], clock: () => state.now },
    standsIn: () => state.standsIn,
    isUp: (addresses: readonly Address[]) => addresses.some((address) => state.up.includes(formatAddress(address))),
    log: { info() {}, warn() {}, error() {} },
  })
  const { cluster } = parseConfig(state.text)
  made.learn({ cluster, plans: new BootPlans(cluster) })
  const ask = async (what: string, of: { readonly [name: string]: string } = {}) =>
    (await made.answer(what, { mac: MAC, address: ADDRESS, here: HERE, ...of })) as {
      status: number
      text: string
      retryAfter?: number
      paths?: readonly string[]
    }
  /** Boots, up to the report; gives the ticket. */
  const boot = async (): Promise<string> => {
    const ticket = /\/kernel\/([0-9a-f]{32})/.exec((await ask('script')).text)?.[1] ?? ''
    for (const image of ['kernel', 'initrd']) await ask('arrived', { image, ticket })
    return ticket
  }
  return { state, records, ask, boot, file: () => state.text.toString() }
}

const MOVED = TEXT.replace('pxe+local pxe', 'pxe+local local')

t.test('while the proxy of a node is connected its report is told to wait, and nothing moves', async (t) => {
  const { state, ask, boot, file } = desk()
  const ticket = await boot()
  state.up = [ADDRESS]
  t.match(await ask('sent', { stage: 'pxe', ticket }), {
    status: 503,
    text: /proxy of this node is connected/,
    retryAfter: 10,
  })
  t.equal(file(), TEXT)
  state.up = []
  t.match(await ask('sent', { stage: 'pxe', ticket }), { status: 200, text: /boots stage local next/ })
  t.equal(file(), MOVED)
})

t.test('a user of a node that is up brings it neither to another stage nor to a hold', async (t) => {
  const { state, ask, boot, file, records } = desk()
  state.up = [ADDRESS]
  for (let i = 0; i < 5; i++) {
    const ticket = await boot()
    t.match(await ask('sent', { stage: 'pxe', ticket }), { status: 503 })
  }
  t.equal(file(), TEXT)
  t.match(records.of(3), { boots: 0, heldSince: undefined })
})

t.test('a report that the disk does not take is asked for again, moves once, and holds nobody', async (t) => {
  const { state, ask, boot, file, records } = desk()
  state.fails = true
  let ticket = ''
  for (let i = 0; i < 5; i++) {
    ticket = await boot()
    t.match(await ask('sent', { stage: 'pxe', ticket }), { status: 503, retryAfter: 5 })
  }
  t.equal(records.of(3)?.heldSince, undefined)
  state.fails = false
  t.match(await ask('sent', { stage: 'pxe', ticket }), { status: 200, text: /boots stage local next/ })
  t.match(await ask('sent', { stage: 'pxe', ticket }), { status: 200, text: /already/ })
  t.equal(file(), MOVED)
})

t.test('a ticket that was used moves no stage again that somebody has set back', async (t) => {
  const { state, ask, boot, file } = desk()
  const ticket = await boot()
  await ask('sent', { stage: 'pxe', ticket })
  state.text = Buffer.from(TEXT)
  t.match(await ask('sent', { stage: 'pxe', ticket }), { status: 200, text: /already/ })
  t.equal(file(), TEXT)
})

t.test(
  'a report whose reply and ticket were lost with the master is answered: what is loaded is to be booted',
  async (t) => {
    const { state, ask, file } = desk()
    const ticket = '0'.repeat(32)
    t.match(await ask('sent', { stage: 'pxe', ticket }), { status: 403 }, 'as long as there is something to move')
    state.text = Buffer.from(MOVED)
    t.match(await ask('sent', { stage: 'pxe', ticket }), { status: 200, text: /is at stage local already/ })
    t.match(await ask('installed', { ticket }), { status: 403 })
    t.equal(file(), MOVED)
  },
)

t.test('a ticket whose time is over counts no more', async (t) => {
  const { state, ask, boot, file } = desk()
  const ticket = await boot()
  state.now += 31 * 60
  t.match(await ask('sent', { stage: 'pxe', ticket }), { status: 403, text: /expired/ })
  t.equal(file(), TEXT)
})

t.test('a stage that somebody set meanwhile stays', async (t) => {
  const { state, ask, boot, file } = desk()
  const ticket = await boot()
  state.text = Buffer.from(`${MOVED}# by hand\n`)
  t.match(await ask('sent', { stage: 'pxe', ticket }), { status: 200, text: /stays at its stage/ })
  t.equal(file(), `${MOVED}# by hand\n`)
})

t.test('while the file says no stage of a node it waits', async (t) => {
  const { state, ask } = desk()
  for (const text of ['', TEXT.slice(0, -30), `${TEXT}node 3 c pxe+local local\n`]) {
    state.text = Buffer.from(text)
    t.match(await ask('script'), { status: 503, retryAfter: 5 }, JSON.stringify(text.slice(-30)))
    t.match(await ask('image', { image: 'kernel', ticket: '' }), { status: 503 })
  }
  state.text = Buffer.from(TEXT)
  t.match(await ask('script'), { status: 200 })
})

t.test(
  'before a configuration is known everybody waits, and a question that there is not gets no answer',
  async (t) => {
    const records = new BootRecords(() => 'x')
    const stages = { of: async () => undefined, move: () => Promise.reject(new Error('none')) }
    const log = { info() {}, warn() {}, error() {} }
    const made = new BootDesk({
      records,
      stages,
      images: null,
      own: () => [],
      standsIn: () => false,
      isUp: () => false,
      clock: () => 1,
      log,
    })
    t.match(await made.answer('script', { mac: MAC, address: ADDRESS }), { status: 503 })
    t.equal(await desk().ask('shadow'), undefined)
  },
)

t.test('who asks from which address costs the same, however many nodes there are', async (t) => {
  const { cluster } = parseConfig(Buffer.from('nodes 3000\niprange 10.20.0.1 10.20.11.184\nkernelimage /srv/kernel\n'))
  let looks = 0
  const nodes = cluster.nodes.map((node) => ({
    ...node,
    get addresses() {
      looks++
      return node.addresses
    },
  }))
  const plans = new BootPlans({ ...cluster, nodes })
  const made = new BootDesk({
    ...{
      records: new BootRecords(() => ''),
      images: null,
      own: () => [],
      standsIn: () => false,
      clock: () => 0,
      isUp: () => false,
    },
    stages: { of: async () => undefined, move: async () => Promise.reject(new StageError('none')) },
    log: { info() {}, warn() {}, error() {} },
  })
  made.learn({ cluster: { ...cluster, nodes }, plans })
  for (let i = 0; i < 100; i++) {
    t.match(await made.answer('program', { name: 'snponly.efi', address: '192.0.2.1' }), { status: 403 })
    t.match(await made.answer('named', { path: '/srv/kernel', address: '10.20.9.9' }), { paths: ['/srv/kernel'] })
  }
  t.ok(looks < 2 * nodes.length, `the addresses of nodes were looked at ${looks} times`)
})

t.test('a reply to an address of no node says so, and one to a node does not', async (t) => {
  const { ask } = desk()
  const stranger = '10.20.30.250'
  t.match(await ask('script', { address: stranger, mac: '02:00:00:00:00:99' }), { status: 200, isStranger: true })
  t.match(await ask('script', { address: stranger }), { status: 403, isStranger: true }, 'also with the MAC of a node')
  t.match(await ask('program', { address: stranger, name: 'snponly.efi' }), { status: 403, isStranger: true })
  for (const fields of [{}, { mac: '02:00:00:00:00:99' }]) t.notOk('isStranger' in (await ask('script', fields)))
})

t.test(
  'only a master that stands in for the first one moves stages in its place, and one that the node does not have never',
  async (t) => {
    const second = `${TEXT}masterorder - 10.20.30.2 10.20.30.1\n`
    const { state, ask, boot, file } = desk(second)
    t.match(await ask('script'), { status: 200, text: /exit/ })
    t.notMatch((await ask('script')).text, /kernel/)
    state.standsIn = true
    const ticket = await boot()
    state.standsIn = false
    t.match(
      await ask('sent', { stage: 'pxe', ticket }),
      { status: 200, text: /boots stage local next/ },
      'also if the first one is back',
    )
    t.equal(file(), second.replace('pxe+local pxe', 'pxe+local local'))
    const never = desk(`${TEXT}masterorder - 10.20.30.2\n`)
    never.state.standsIn = true
    t.notMatch((await never.ask('script')).text, /kernel/)
  },
)
