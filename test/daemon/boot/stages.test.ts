// Stages move in the file itself: with the thread, the lock and the disk of the real thing.
import { chmodSync, readFileSync, renameSync, statSync, symlinkSync, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { StageOutcome } from '../../../src/config/index.ts'
import { Stages } from '../../../src/daemon/boot/stages.ts'
import { editFile, monotonic, networkOf } from '../../../src/values/index.ts'
import { ip } from '../../addresses.ts'
import { folder } from '../../folder.ts'

const NODES = 1000
const LINE = (number: number, stage: string): string => `node ${number} c pxe+local ${stage} # of rack ${number % 7}\n`

/** A configuration in a folder of its own, and the stages of it. */
function fresh(t: Test, text: string) {
  const dir = folder(t)
  const config = join(dir, 'config')
  writeFileSync(config, text)
  const stages = new Stages({ config, stateDir: dir, domain: 'cluster.internal' }, monotonic, { error: () => {} })
  t.teardown(() => stages.close())
  const audit = (): Record<string, string>[] =>
    readFileSync(join(dir, 'audit'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  const report = (number: number, from = 'pxe'): Promise<StageOutcome> =>
    stages.move({ number, from, by: `0:0:0:0:0:${number.toString(16)} at 10.0.0.${number}` })
  return { dir, config, stages, audit, report, text: () => readFileSync(config, 'utf8') }
}

t.test('a thousand reports are a few writes of the file, and each of them is in it and in the audit log', async (t) => {
  const all = Array.from({ length: NODES }, (_, number) => number)
  const before = `nodes ${NODES}\n${all.map((number) => LINE(number, 'pxe')).join('')}`
  const { config, report, text, audit } = fresh(t, before)
  const inodes = new Set<number>()
  const looking = setInterval(() => inodes.add(statSync(config).ino), 1)
  const began = performance.now()
  const outcomes = await Promise.all(all.map((number) => report(number)))
  const took = performance.now() - began
  clearInterval(looking)
  t.same(new Set(outcomes.map(({ kind }) => kind)), new Set(['moved']))
  t.equal(text(), before.replaceAll('pxe+local pxe', 'pxe+local local'))
  t.equal(audit().length, NODES)
  t.ok(inodes.size <= 4, `${inodes.size} files in ${Math.round(took)} ms`)
})

t.test('reports that come one after the other are gathered, and each is on disk when it is answered', async (t) => {
  const all = Array.from({ length: 40 }, (_, number) => number)
  const { dir, config, report, text } = fresh(t, all.map((number) => LINE(number, 'pxe')).join(''))
  let writes = 0
  const watcher = watch(dir, (_, name) => {
    if (name === 'config') writes++
  })
  t.teardown(() => watcher.close())
  await Promise.all(
    all.map(async (number) => {
      await new Promise((resolve) => setTimeout(resolve, number * 5))
      const outcome = await report(number)
      t.equal(outcome.kind, 'moved')
      if (!text().includes(LINE(number, 'local'))) t.fail(`node ${number} was answered before it was on disk`)
    }),
  )
  t.ok(writes <= all.length / 2, `${writes} renames`)
  t.equal(statSync(config).mode & 0o777, 0o644)
})

t.test('the file keeps its mode and its symbolic link, and the audit log says who reported what', async (t) => {
  const { dir, config, audit } = fresh(t, LINE(3, 'pxe'))
  chmodSync(config, 0o640)
  const link = join(dir, 'link')
  symlinkSync('config', link)
  const stages = new Stages({ config: link, stateDir: dir, domain: '' }, monotonic, { error: () => {} })
  t.teardown(() => stages.close())
  await stages.move({ number: 3, from: 'pxe', by: '0:0:0:0:0:3 at 10.0.0.3' })
  t.equal(readFileSync(config, 'utf8'), LINE(3, 'local'))
  t.equal(statSync(config).mode & 0o777, 0o640)
  t.match(audit(), [
    {
      action: 'boot stage of node 3: reported by 0:0:0:0:0:3 at 10.0.0.3',
      before: `${link}:1: ${LINE(3, 'pxe').trim()}`,
      after: `${link}:1: ${LINE(3, 'local').trim()}`,
    },
  ])
})

t.test('a report that comes twice, late, or of no node changes nothing', async (t) => {
  const { config, report, text } = fresh(t, `${LINE(3, 'pxe')}${LINE(4, 'local')}`)
  const both = await Promise.all([report(3), report(3)])
  t.same(both.map(({ kind }) => kind).sort(), ['kept', 'moved'])
  const { ino } = statSync(config)
  t.same(await report(3), { kind: 'kept', stage: 'local' })
  t.same(await report(4), { kind: 'kept', stage: 'local' })
  t.match(await report(9), { kind: 'refused', reason: 'node 9 has no line of its own' })
  t.equal(statSync(config).ino, ino, 'the file was not written')
  t.equal(text(), `${LINE(3, 'local')}${LINE(4, 'local')}`)
})

t.test('a stage is what the file says now, also when somebody has just edited it', async (t) => {
  const { config, stages } = fresh(t, LINE(3, 'local'))
  t.equal(await stages.of(3), 'local')
  writeFileSync(config, LINE(3, 'pxe'))
  t.equal(await stages.of(3), 'pxe')
  t.equal(await stages.of(9), undefined)
  t.same(await Promise.all([stages.of(3), stages.of(9)]), ['pxe', undefined])
})

t.test('of a line that somebody edits at the same moment nothing is lost', async (t) => {
  const { config, report, text } = fresh(t, `${LINE(3, 'pxe')}${LINE(4, 'pxe')}`)
  for (let round = 0; round < 20; round++) {
    writeFileSync(config, `${LINE(3, 'pxe')}${LINE(4, 'pxe')}`)
    const edited = `node 3 other pxe+local pxe # round ${round}\n`
    const reported = report(3)
    await new Promise((resolve) => setTimeout(resolve, 45 + round))
    // As an editor without the lock writes it: another file takes the name. It may have read the stage before it moved.
    const now = text()
    writeFileSync(
      `${config}.vi`,
      now.replace(/^node 3 c (.*) #.*$/m, (_, rest) => edited.trim().replace('pxe+local pxe', rest)),
    )
    renameSync(`${config}.vi`, config)
    await reported
    t.match(text(), `# round ${round}`, 'the edit is there')
    t.match(text(), LINE(4, 'pxe'), 'and the other line')
  }
})

t.test('while the file cannot be written a report fails, and succeeds when it comes again', async (t) => {
  const { config, report, stages } = fresh(t, LINE(3, 'pxe'))
  renameSync(config, `${config}.away`)
  await t.rejects(report(3), { name: 'StageError', message: /can't read/ })
  await t.rejects(stages.of(3), { name: 'StageError' })
  renameSync(`${config}.away`, config)
  t.match(await report(3), { kind: 'moved', to: 'local' })
})

t.test('what is reported when the daemon ends is written or refused, never half', async (t) => {
  const { report, stages, text } = fresh(t, LINE(3, 'pxe'))
  const reported = report(3).then(
    ({ kind }) => kind,
    ({ name }) => name,
  )
  await stages.close()
  const how = await reported
  t.ok(['moved', 'StageError'].includes(how), how)
  t.equal(text(), LINE(3, how === 'moved' ? 'local' : 'pxe'))
})

t.test('two masters move stages of one file: none is lost, and one that both are told of moves once', async (t) => {
  const all = Array.from({ length: 200 }, (_, number) => number)
  const before = `# ours\n${all.map((number) => LINE(number, 'pxe')).join('')}`
  const one = fresh(t, before)
  const state = folder(t)
  const other = new Stages({ config: one.config, stateDir: state, domain: '' }, monotonic, { error: () => {} })
  t.teardown(() => other.close())
  const outcomes = await Promise.all(
    all.flatMap((number) => {
      const move = async (stages: Stages): Promise<string> => {
        await new Promise((resolve) => setTimeout(resolve, number * 3))
        const { kind } = await stages.move({ number, from: 'pxe', by: 'it' })
        return `${number} ${kind}`
      }
      if (number % 3 === 0) return [move(one.stages)]
      return number % 3 === 1 ? [move(other)] : [move(one.stages), move(other)]
    }),
  )
  t.equal(one.text(), before.replaceAll('pxe+local pxe', 'pxe+local local'))
  t.same(
    outcomes.filter((text) => text.endsWith('moved')).toSorted(),
    all.map((number) => `${number} moved`).toSorted(),
  )
  const audited = [one.dir, state].map((dir) => readFileSync(join(dir, 'audit'), 'utf8').trim().split('\n').length)
  t.equal((audited[0] ?? 0) + (audited[1] ?? 0), all.length)
})

const POLICY = 'nodes 60\niprange 10.0.0.10 10.0.0.69\nnodeassign append\n'
const MAC = (i: number): string => `02:00:00:00:00:${i.toString(16).padStart(2, '0')}`
const NETWORKS = [networkOf(ip('10.0.0.0'), 24)]
const arrival = (i: number) => ({ mac: Uint8Array.of(2, 0, 0, 0, 0, i), on: 'eth1', networks: NETWORKS })
const order = (...numbers: readonly number[]) => ({
  arrivals: numbers.map(arrival),
  most: 10,
  taken: [],
  own: [ip('10.0.0.1')],
})

t.test(
  'lines for unknown machines are on disk when they are told, with the audit log, and stages move beside',
  async (t) => {
    const { config, stages, text, audit, report } = fresh(t, `${POLICY}${LINE(3, 'pxe')}`)
    const [appended, moved] = await Promise.all([stages.append(order(0x77, 0x78)), report(3)])
    t.match(appended, [
      { kind: 'appended', number: 4 },
      { kind: 'appended', number: 5 },
    ])
    t.match(moved, { kind: 'moved' })
    const line = 'node 4 unapproved 02:00:00:00:00:77'
    t.equal(text(), `${POLICY}${LINE(3, 'local')}${line}\nnode 5 unapproved 02:00:00:00:00:78\n`)
    t.match(audit()[0], { action: 'node 4 appended: 2:0:0:0:0:77 asked on eth1', after: `${config}:5: ${line}` })
    const { ino } = statSync(config)
    t.match(await stages.append(order(0x77)), [{ kind: 'written', line: 5 }])
    t.equal(statSync(config).ino, ino, 'what is there already writes nothing')
  },
)

t.test('another master than the first of the node adds no line', async (t) => {
  for (const [masters, kind] of [
    ['10.0.0.1 10.0.0.2', 'appended'],
    ['10.0.0.2 10.0.0.1', 'elsewhere'],
    ['10.0.0.2', 'elsewhere'],
  ] as const) {
    const { stages } = fresh(t, `${POLICY}masterorder - ${masters}\n`)
    t.match(await stages.append(order(1)), [{ kind }], masters)
  }
})

t.test(
  'what somebody writes at the same moment is seen before a line is added, and nothing of it is lost',
  async (t) => {
    const { config, stages, text } = fresh(t, POLICY)
    const asked: Promise<unknown>[] = []
    const change = async (before: Uint8Array): Promise<Uint8Array> => {
      // The thread waits for the lock by now, or soon.
      asked.push(stages.append(order(1, 2)))
      await new Promise((resolve) => setTimeout(resolve, 300))
      return Buffer.concat([before, Buffer.from(`node 30 c ${MAC(1)} # by hand\n`)])
    }
    await editFile({ path: config, waiting: () => {}, change })
    t.match(await Promise.all(asked), [
      [
        { kind: 'written', line: 4 },
        { kind: 'appended', number: 31 },
      ],
    ])
    t.equal(text(), `${POLICY}node 30 c ${MAC(1)} # by hand\nnode 31 unapproved ${MAC(2)}\n`)
  },
)

t.test('thirty edits while machines are added lose nothing, and no machine is added twice', async (t) => {
  const { config, stages, text } = fresh(t, POLICY)
  const edit = (i: number): Promise<boolean> => {
    const line = Buffer.from(`# ${i}\n`)
    return editFile({ path: config, waiting: () => {}, change: async (before) => Buffer.concat([before, line]) })
  }
  const all = Array.from({ length: 30 }, (_, i) => i)
  const appended = all.map((i) => stages.append(order(i, (i + 1) % 30)))
  for (const i of all) await edit(i)
  await Promise.all(appended)
  for (const i of all) {
    if (!text().includes(`# ${i}\n`)) t.fail(`edit ${i} is lost`)
    if (text().split(MAC(i)).length !== 2) t.fail(`machine ${i} stands ${text().split(MAC(i)).length - 1} times`)
  }
  t.pass('all are there once')
})

t.test('where DHCP bears no more MACs nothing is added: it would follow no change any more', async (t) => {
  const hex = (i: number): string => i.toString(16)
  const lines = Array.from({ length: 9999 }, (_, i) => `node ${i} 4:0:0:0:${hex(i >> 8)}:${hex(i & 255)}\n`)
  const many = `nodes 20000\niprange 10.0.0.10 10.0.90.0\nnodeassign append\n${lines.join('')}`
  const { stages, text } = fresh(t, many)
  const wide = [networkOf(ip('10.0.0.0'), 16)]
  const arrivals = [1, 2].map((i) => ({ ...arrival(i), networks: wide }))
  const outcomes = await stages.append({ arrivals, most: 10, taken: [], own: [ip('10.0.0.1')] })
  t.match(outcomes, [
    { kind: 'appended', number: 9999 },
    { kind: 'refused', reason: /as many MACs/ },
  ])
  t.equal(text(), `${many}node 9999 unapproved ${MAC(1)}\n`)
})

t.test('a file that cannot be changed is told, and stays', async (t) => {
  const { config, stages } = fresh(t, POLICY)
  renameSync(config, `${config}.away`)
  await t.rejects(stages.append(order(1)), { name: 'StageError', message: /can't read/ })
  renameSync(`${config}.away`, config)
  writeFileSync(config, `${POLICY}nodes 3\n`)
  t.match(await stages.append(order(1)), [{ kind: 'refused', reason: /has errors/ }])
})
