import { fileURLToPath } from 'node:url'
import t from 'tap'
import { Scratch } from './scratch.ts'

const SLOW = fileURLToPath(new URL('slow-daemon.ts', import.meta.url))

t.test('a signal to end that comes during the start closes the daemon once it has started', async (t) => {
  const daemon = new Scratch(t).start(['600000'], {}, SLOW)
  await daemon.said('starting')
  daemon.process.kill('SIGTERM')
  await daemon.logged('ending signal=SIGTERM')
  t.match(await daemon.end('SIGUSR2'), { code: 0, stdout: 'starting, closed' })
  t.notMatch(daemon.stderr, /ready/)
})

t.test('a daemon without a generation is ready at its deadline, and says so', async (t) => {
  const daemon = new Scratch(t).start(['600000', '10'], {}, SLOW)
  await daemon.said('starting')
  daemon.process.kill('SIGUSR2')
  await daemon.logged('ready')
  t.match(daemon.stderr, /started[\s\S]*<4>there is no generation yet[\s\S]*ready/)
  t.match(await daemon.end(), { code: 0 })
})

t.test('a signal to end that comes while it waits for a generation ends it', async (t) => {
  const daemon = new Scratch(t).start(['600000', '600000'], {}, SLOW)
  await daemon.said('starting')
  daemon.process.kill('SIGUSR2')
  await daemon.logged('started')
  t.match(await daemon.end(), { code: 0, stdout: 'starting, closed' })
  t.notMatch(daemon.stderr, /ready/)
})

t.test('a start that hangs is left at the deadline after the signal', async (t) => {
  const daemon = new Scratch(t).start(['10'], {}, SLOW)
  await daemon.said('starting')
  t.match(await daemon.end(), { code: 1, stdout: 'starting', stderr: /ending signal=SIGTERM/ })
})
