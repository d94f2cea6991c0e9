import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { readSources, SOURCE_NAMES, type SourceName } from '../../../src/daemon/sources/source-file.ts'
import { SourceWatch } from '../../../src/daemon/sources/source-watch.ts'
import { othersTurn } from '../../../src/values/index.ts'
import { Scratch } from '../../cli/scratch.ts'
import { HandClock } from '../../clocks.ts'
import { until } from '../../patience.ts'
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
  const watch = new SourceWatch(await readSources(paths), (path) => void changed.push(path), { warn() {} }, clock)
  t.teardown(() => watch.close())
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
  t.equal(Buffer.from(watch.believed().config.bytes).toString(), text)
  scratch.write('config', `${text}host 00:A0:D1:00:00:01 10.20.30.6 printer\n`)
  t.equal(await next(), paths.config)
})

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

t.test('the end of the watch over all files is the end of the watch over each', async (t) => {
  const scratch = new Scratch(t)
  const before = watches()
  const paths = Object.fromEntries(SOURCE_NAMES.map((name) => [name, scratch.path(name)])) as Record<SourceName, string>
  const watch = new SourceWatch(await readSources(paths), () => {}, { warn() {} })
  t.ok(watches() > before)
  watch.close()
  t.equal(watches(), before)
})
