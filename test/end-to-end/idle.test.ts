// A master and a node with nothing to do: how often the node wakes its machine.
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { Scratch } from '../cli/scratch.ts'
import { isLong } from '../fetch/fetching.ts'

/** How long the node has to come to rest, and how long it is watched, in seconds. The compiler of Node has work for the first minute. */
const [SETTLED, WATCHED] = isLong ? [60, 60] : [2, 5]
/**
 * How often the main thread, and all threads, may go to sleep in that time. In a minute there are six signs of life; a timer that was called off, or a look at something every few
 * seconds, would be as many more. In the short run the node is still busy with its start: it finds what polls.
 */
const [MAIN, ALL] = isLong ? [8, 12] : [40, 150]

/** How often each thread of a process went to sleep (proc_pid_status(5)). */
function sleeps(pid: number): ReadonlyMap<string, number> {
  const count = (thread: string): number => {
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'latin1')
    return Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1])
  }
  return new Map(readdirSync(`/proc/${pid}/task`).map((thread) => [thread, count(thread)]))
}

t.test('a node that has nothing to do is woken by the signs of life of its master, and little else', async (t) => {
  const master = new Scratch(t)
  const served = await master.serve()
  const port = /listening place=127\.0\.0\.1:(\d+)/.exec(served.stderr)?.[1]
  const node = new Scratch(t)
  const places = [
    '--run-dir',
    node.path('run'),
    '--state-dir',
    node.path('state'),
    '--login-defs',
    node.path('login.defs'),
  ]
  const proxy = node.start([
    'proxy',
    ...places,
    '--key',
    master.path('state/signing.pub'),
    '--master',
    `127.0.0.1:${port}`,
  ])
  await proxy.logged('following')
  const { pid = 0 } = proxy.process
  await pause(SETTLED * 1000)
  const before = sleeps(pid)
  await pause(WATCHED * 1000)
  const each = [...sleeps(pid)].map(([thread, count]) => [thread, count - (before.get(thread) ?? 0)] as const)
  const main = new Map(each).get(String(pid)) ?? Number.NaN
  const all = each.reduce((sum, [, count]) => sum + count, 0)
  t.ok(main >= 1, 'it lives')
  t.ok(main <= MAIN, `the main thread went to sleep ${main} times`)
  t.ok(all <= ALL, `all threads went to sleep ${all} times`)
})
