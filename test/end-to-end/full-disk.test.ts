// Daemons that find a full disk when they start: they answer from what is there, and look after their folders as always.
import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { type Running, Scratch } from '../cli/scratch.ts'

/** A daemon that is killed, and started again by somebody who can write no byte, answers as before; a second one is sent away. */
async function startsAgain(t: Test, scratch: Scratch, daemon: Running, args: readonly string[]): Promise<Running> {
  await daemon.end('SIGKILL')
  const again = scratch.startWithoutRoom(args)
  await again.logged('ready')
  t.equal(readFileSync(scratch.path('run/owner'), 'utf8'), '', 'there was no room for who it is')
  t.match(await scratch.ask('query', 'passwd', 'ada'), { code: 0, stdout: /^ada:/ })
  const second = await scratch.startWithoutRoom(args).ended
  t.match(second, { code: 1, stderr: /is in use by another daemon: stop it first/ })
  return again
}

t.test('a master and a node that are killed start again on a full disk', async (t) => {
  const [first, second] = [new Scratch(t), new Scratch(t)]
  const master = await first.serve()
  const folders = ['--run-dir', second.path('run'), '--state-dir', second.path('state')]
  const follow = ['proxy', '--master', master.place, '--key', first.path('state/signing.pub'), ...folders]
  const proxy = second.start(follow)
  await proxy.logged('following')

  const node = await startsAgain(t, second, proxy, follow)
  await node.logged('following')
  const listen = ['serve', ...first.files, '--run-dir', first.path('run'), '--state-dir', first.path('state')]
  const again = await startsAgain(t, first, master, [...listen, '--listen', master.place])
  await node.logged('following', 2)
  first.append('passwd', 'newcomer:x:1600:1600::/home/newcomer:/bin/sh\n')
  await again.logged('a generation is served but not written')
  await node.logged('took a generation')
  t.match(await second.ask('query', 'passwd', 'newcomer'), { code: 0 }, 'what is new is served, though not written')

  t.test('and when there is room they start as ever', async (t) => {
    await again.end('SIGKILL')
    const last = first.start([...listen, '--listen', master.place])
    await last.logged('ready')
    t.match(first.read('run/owner'), /^\d+ \d+\n$/)
    t.match(await first.ask('query', 'passwd', 'newcomer'), { code: 0 })
  })
})
