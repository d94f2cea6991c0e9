// What the parts of boot are told, and when.
import t from 'tap'
import { type BootPart, MasterBoot, type ServedBoot } from '../../../src/daemon/boot/master-boot.ts'
import type { BuildRules } from '../../../src/daemon/candidate/reading.ts'
import type { SourceContent, Sources } from '../../../src/daemon/sources/source.ts'
import { RULES } from '../sources.ts'

const NODES = 'interface eth0 10.0.0.1 255.0.0.0\nnodes 4\niprange 10.0.0.100 10.0.0.103\n'

/** No part looks at it. */
const DHCP = { server: 'off', networks: [], dns: [], lease: 3600, tftp: null, beside: false } as const

function content(text: string): SourceContent {
  return { origin: 'config', bytes: Buffer.from(text), time: 1, state: 'read', reason: '' }
}

/** A boot with two parts, of which the first fails where the configuration names node 3; what happened is in `told`. */
function boot(isOn = true, rules: Partial<BuildRules> = {}) {
  const told: string[] = []
  const served: ServedBoot[] = []
  const state = { config: content(NODES) as SourceContent | undefined }
  const errors: unknown[] = []
  const part = (name: string): BootPart => ({
    name,
    open: async (first) => {
      if (name === 'one' && first !== undefined) served.push(first)
      told.push(`${name} opens with ${first?.cluster.nodes.length}`)
    },
    follow: async (now) => {
      const { plans } = now
      if (name === 'one') served.push(now)
      told.push(`${name} follows, stage of node 1 is ${plans.of(1)?.stage}`)
      if (name === 'one' && plans.of(3)?.class === 'bad') throw new Error('no')
    },
    close: async () => void told.push(`${name} closes`),
  })
  const settings = {
    rules: { ...RULES, ...rules },
    ...(isOn && { boot: { listen: null, images: null, sharedConfig: false, dhcp: DHCP } }),
  }
  const log = { debug() {}, info() {}, warn() {}, error: (fields: object) => void errors.push(fields) }
  const parts = () => [part('one'), part('two')]
  const made = new MasterBoot({ settings, log, config: async () => state.config, parts })
  return { made, told, served, errors, state }
}

t.test('a configuration that changes no record is told too: what is kept is what is served', async (t) => {
  const { made, told, state } = boot()
  await made.open()
  t.same(told.splice(0), ['one opens with 4', 'two opens with 4'])
  const kept: string[] = []
  const store = made.following({
    read: async () => undefined,
    keep: async () => {
      kept.push('kept')
    },
  })
  state.config = content(`${NODES}node 1 c pxe+local local 00:a0:d1:00:00:01\n`)
  await store.keep({} as Sources)
  t.same(kept, ['kept'])
  t.same(told.splice(0), ['one follows, stage of node 1 is local', 'two follows, stage of node 1 is local'])
  await made.serve()
  t.same(told.splice(0), [], 'what they have they are not told again')
  await made.close()
  t.same(told, ['two closes', 'one closes'])
  state.config = content(NODES)
  await made.look()
  t.equal(told.length, 2, 'nobody is told after the end')
})

t.test('a part that fails ends no other, and is told of the next one', async (t) => {
  const { made, told, errors, state } = boot()
  await made.open()
  state.config = content(`${NODES}node 3 bad 00:a0:d1:00:00:01\n`)
  await made.serve()
  t.match(errors, [{ part: 'one', err: /no/ }])
  t.equal(told.length, 4)
  state.config = content(NODES)
  await made.serve()
  t.equal(told.length, 6)
  await made.close()
})

t.test('where boot is off nothing is made, nor is the configuration read', async (t) => {
  const { made, told, state } = boot(false)
  Object.defineProperty(state, 'config', { get: () => t.fail('it is not asked for') })
  await made.open()
  await made.serve()
  await made.close()
  t.same(told, [])
})

t.test('a change of stages alone is told as one, and no node that did not change is read again', async (t) => {
  const { made, served, state } = boot()
  const lines = (stage: string, mac: string): string =>
    `${NODES}node 1 c pxe+local ${stage} 00:a0:d1:00:00:01\nnode 2 c pxe+local pxe ${mac}\n`
  state.config = content(lines('pxe', '00:a0:d1:00:00:02'))
  await made.open()
  state.config = content(lines('local', '00:a0:d1:00:00:02'))
  await made.serve()
  state.config = content(lines('pxe', '00:a0:d1:00:00:03'))
  await made.serve()
  state.config = content(lines('local', '00:a0:d1:00:00:03'))
  await made.serve()
  const [first, second, third, fourth] = served
  t.equal(first?.stagesOf, undefined)
  t.equal(second?.stagesOf, first?.cluster)
  t.equal(second?.plans.of(1)?.stage, 'local')
  t.equal(second?.cluster.nodes[2], first?.cluster.nodes[2])
  t.equal(third?.stagesOf, undefined)
  t.equal(fourth?.stagesOf, third?.cluster)
  await made.close()
})

t.test(
  'lines of machines and of images that change are followed: the configuration is not read whole again',
  async (t) => {
    const { made, served, state } = boot()
    const changes = [
      'node 1 c pxe+local pxe 00:a0:d1:00:00:01\n',
      'node 1 c pxe+local local 00:a0:d1:00:00:01\n',
      'node 1 c pxe+local local 00:a0:d1:00:00:01\nnode 2 unapproved 00:a0:d1:00:00:02\n',
      'class c kernelimage /boot/c\nnode 1 c pxe+local local 00:a0:d1:00:00:01\nnode 2 unapproved 00:a0:d1:00:00:02\n',
      'class c kernelimage /boot/c\nnode 1 c pxe+local pxe 00:a0:d1:00:00:01\nnode 2 unapproved 00:a0:d1:00:00:02\n',
    ]
    state.config = content(NODES)
    await made.open()
    for (const lines of changes) {
      state.config = content(NODES + lines)
      await made.serve()
    }
    t.equal(made.wholeReads, 1)
    t.equal(served.length, 6)
    const last = served.at(-1)
    t.match(last?.plans.of(1)?.next, { kind: 'image', kernel: '/boot/c' })
    t.equal(last?.plans.of(1)?.span.line, 5)
    t.equal(last?.plans.of(2)?.isApproved, false)
    state.config = content(NODES.replace('nodes 4', 'nodes 3'))
    await made.serve()
    t.equal(made.wholeReads, 2)
    t.equal(served.at(-1)?.cluster.nodes.length, 3)
    await made.close()
  },
)

t.test('where lines in error are left out the configuration is read whole', async (t) => {
  const { made, state } = boot(true, { skipBadLines: true })
  await made.open()
  state.config = content(`${NODES}node 1 00:a0:d1:00:00:01\nnode 1 00:a0:d1:00:00:02\n`)
  await made.serve()
  t.equal(made.wholeReads, 2)
  await made.close()
})
