import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { ClusterSources } from '../../../src/daemon/sources/cluster-sources.ts'
import { fileSources } from '../../../src/daemon/sources/file-source.ts'
import {
  SOURCE_NAMES,
  type Source,
  type SourceContent,
  type SourceEvents,
  type SourceName,
} from '../../../src/daemon/sources/source.ts'
import { othersTurn } from '../../../src/values/clock.ts'
import { Scratch } from '../../cli/scratch.ts'
import { HandClock } from '../../clocks.ts'
import { until } from '../../patience.ts'
import { readFile } from '../sources.ts'
import { watches } from './watches.ts'

t.jobs = 2

t.test('SIGHUP reads everything again', async (t) => {
  const scratch = new Scratch(t)
  const daemon = await scratch.serve()
  scratch.append('config', 'host 00:A0:D1:00:00:01 10.20.30.6 printer\n')
  daemon.process.kill('SIGHUP')
  await daemon.logged('cause=SIGHUP')
  t.match(await scratch.ask('query', 'hosts', 'printer'), { code: 0, stdout: '10.20.30.6      printer\n' })
})

t.test('a change of a file is noticed, however it is made', async (t) => {
  const scratch = new Scratch(t)
  mkdirSync(scratch.path('a'))
  mkdirSync(scratch.path('b'))
  renameSync(scratch.path('config'), scratch.path('a/config'))
  symlinkSync('a', scratch.path('current'))
  symlinkSync('current/config', scratch.path('config'))
  const daemon = await scratch.serve()
  const text = scratch.read('config')
  const line = (n: number) => `host 00:A0:D1:00:00:0${n} 10.20.30.${n} device${n}\n`
  const answered = async (n: number, how: string) => {
    await daemon.logged('reload published cause="change of', n - 5)
    t.match(await scratch.ask('query', 'hosts', `device${n}`), { code: 0 }, how)
  }
  scratch.append('a/config', line(6))
  await answered(6, 'in place')
  scratch.write('a/new', text + line(6) + line(7))
  renameSync(scratch.path('a/new'), scratch.path('a/config'))
  await answered(7, 'by rename')
  writeFileSync(scratch.path('b/config'), text + line(6) + line(7) + line(8))
  symlinkSync('b', scratch.path('next'))
  renameSync(scratch.path('next'), scratch.path('current'))
  await answered(8, 'by a swap of a symlink on the way')
  scratch.append('passwd', 'newcomer:x:4321:4321::/home/newcomer:/bin/sh\n')
  await daemon.logged('reload published cause="change of', 4)
  t.match(await scratch.ask('query', 'passwd', 'newcomer'), { code: 0 })
})

t.test('a file that is half written is not believed while others are, and is once it is whole', async (t) => {
  const scratch = new Scratch(t)
  const paths = Object.fromEntries(SOURCE_NAMES.map((name) => [name, scratch.path(name)])) as Record<SourceName, string>
  const changed: string[] = []
  const clock = new HandClock()
  const sources = new ClusterSources(fileSources(paths, clock), { warn() {} })
  await sources.read()
  sources.follow((origin) => void changed.push(origin))
  t.teardown(() => sources.close())
  /** Lets time pass, far less than what is half written must be quiet for, until something is believed. */
  const next = async (): Promise<string | undefined> => {
    await until(async () => {
      clock.turn(10)
      await othersTurn()
      return changed.length > 0
    })
    return changed.shift()
  }
  const text = scratch.read('config')
  scratch.write('config', text.slice(0, 200))
  scratch.append('passwd', 'newcomer:x:4321:4321::/home/newcomer:/bin/sh\n')
  t.equal(await next(), paths.passwd)
  t.equal(Buffer.from((await sources.believed()).config.bytes).toString(), text)
  scratch.write('config', `${text}host 00:A0:D1:00:00:01 10.20.30.6 printer\n`)
  t.equal(await next(), paths.config)
})

t.test(
  'files that are written one after the other are believed together, but none waits for one that is half written',
  async (t) => {
    const scratch = new Scratch(t)
    const paths = Object.fromEntries(SOURCE_NAMES.map((name) => [name, scratch.path(name)])) as Record<
      SourceName,
      string
    >
    const changed: string[] = []
    const clock = new HandClock()
    const sources = new ClusterSources(fileSources(paths, clock), { warn() {} }, clock)
    await sources.read()
    sources.follow((origin) => void changed.push(origin))
    t.teardown(() => sources.close())
    /** Lets time pass until something is so. */
    const passes = (isSo: () => boolean): Promise<void> =>
      until(async () => {
        clock.turn(5)
        await othersTurn()
        return isSo()
      })
    /** Whether passwd and group have a text when the reload is made that the change of passwd causes. */
    const read = async (text: string): Promise<readonly boolean[]> => {
      await passes(() => changed.includes(paths.passwd))
      let isSettled = false
      void sources.settled().then(() => {
        isSettled = true
      })
      await passes(() => isSettled)
      changed.splice(0)
      const { passwd, group } = await sources.believed()
      return [passwd, group].map(({ bytes }) => Buffer.from(bytes).includes(text))
    }
    let isQuiet = false
    void sources.settled().then(() => {
      isQuiet = true
    })
    await passes(() => isQuiet)
    for (let i = 0; i < 3; i++) {
      scratch.append('passwd', `user${i}:x:432${i}:432${i}::/home/user:/bin/sh\n`)
      for (let turns = 0; turns < 20; turns++) {
        clock.turn(5)
        await othersTurn()
      }
      scratch.append('group', `user${i}:x:432${i}:\n`)
      t.same(await read(`user${i}:`), [true, true], 'a user comes with the group')
    }
    scratch.append('group', 'half:x:44')
    scratch.append('passwd', 'half:x:4400:4400::/home/half:/bin/sh\n')
    t.same(await read('half:'), [true, false])
  },
)

t.test('a flood of SIGHUP is few reloads', async (t) => {
  const scratch = new Scratch(t)
  const daemon = await scratch.serve()
  for (let i = 0; i < 200; i++) daemon.process.kill('SIGHUP')
  await daemon.logged('cause=SIGHUP')
  t.match(await scratch.ask('reload'), { code: 0 }, 'nothing else is waiting')
  const reloads = daemon.stderr.split('cause=SIGHUP').length - 1
  t.ok(reloads < 50, `${reloads} reloads`)
  t.match(await daemon.end(), { code: 0 })
})

t.test('the end of the watch over all sources is the end of the watch over each', async (t) => {
  const scratch = new Scratch(t)
  const before = watches()
  const paths = Object.fromEntries(SOURCE_NAMES.map((name) => [name, scratch.path(name)])) as Record<SourceName, string>
  const sources = new ClusterSources(fileSources(paths), { warn() {} })
  await sources.read()
  sources.follow(() => {})
  t.ok(watches() > before)
  sources.close()
  t.equal(watches(), before)
})

/** A source that is no file: its content is what it is told. */
class ToldSource implements Source {
  readonly origin: string
  believed: SourceContent | undefined
  now = ''
  events: SourceEvents | undefined
  isClosed = false

  constructor(origin: string) {
    this.origin = origin
  }

  async glance(): Promise<SourceContent> {
    return readFile(this.origin, this.now)
  }

  async read(): Promise<SourceContent> {
    this.believed = await this.glance()
    return this.believed
  }

  follow(events: SourceEvents): void {
    this.events = events
  }

  close(): void {
    this.isClosed = true
  }
}

t.test('a source that is no file is read, tried, believed and watched as a file is', async (t) => {
  const told = Object.fromEntries(
    SOURCE_NAMES.map((name) => [name, new ToldSource(`etcd ${name}`)] as const),
  ) as Record<SourceName, ToldSource>
  const warned: object[] = []
  const sources = new ClusterSources(told, { warn: (fields) => void warned.push(fields) })
  const text = ({ passwd }: { readonly passwd: SourceContent }): string => Buffer.from(passwd.bytes).toString()
  told.passwd.now = 'one'
  t.equal(text(await sources.believed()), 'one', 'before the first read there is nothing else to believe')
  told.passwd.now = 'two'
  t.equal(text(await sources.believed()), 'one')
  t.equal(text(await sources.glance()), 'two')
  t.equal(text(await sources.believed()), 'one', 'a glance changes nothing')
  t.equal(text(await sources.read()), 'two')
  t.equal(text(await sources.believed()), 'two')
  const other = new ToldSource('another')
  other.now = 'tried'
  t.equal(text(await sources.glance({ passwd: other })), 'tried')
  t.notOk(sources.isWatched)
  const changed: string[] = []
  sources.follow((origin) => void changed.push(origin))
  t.ok(sources.isWatched)
  told.group.events?.changed()
  t.same(changed, ['etcd group'])
  told.group.events?.restless()
  t.same(warned, [{ file: 'etcd group' }])
  sources.close()
  t.ok(SOURCE_NAMES.every((name) => told[name].isClosed))
})
