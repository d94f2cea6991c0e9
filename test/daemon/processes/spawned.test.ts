import { spawnSync } from 'node:child_process'
import t from 'tap'

t.test('where no descriptor is free for its channel, a process is not started, and its daemon goes on', async (t) => {
  const script = `
    import { closeSync, openSync } from 'node:fs'
    import { spawned } from './src/daemon/processes/spawned.ts'
    const open = []
    try { for (;;) open.push(openSync('/dev/null')) } catch {}
    // One for the folder.
    closeSync(open.pop())
    try { spawned({ words: ['true'], become: undefined }, {}, '/') } catch (error) { console.log(error.message) }
    await new Promise((done) => setTimeout(done, 10))
    closeSync(open.pop())
    console.log(openSync('/dev/null') > 0)`
  const words = ['--no-warnings', '--input-type=module-typescript', '--eval', script]
  const { stdout, stderr } = spawnSync('prlimit', ['--nofile=100:100', process.execPath, ...words], {
    encoding: 'utf8',
  })
  t.equal(stderr, '')
  t.equal(stdout, 'true cannot be started: no descriptor is free for its channel (EMFILE or ENFILE)\ntrue\n')
})
