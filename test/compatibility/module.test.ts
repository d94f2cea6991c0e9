// The module of a release with the snapshots and the daemon of today, and today's module with a snapshot of the release.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { layout } from '../../src/resolver/index.ts'
import { builtModule, noCompiler } from '../nss/programs.ts'
import { RunDir } from '../nss/rundir.ts'
import { askedOf } from './asking.ts'
import { newMaster, started } from './master.ts'
import { otherMachine, recordings, socketAlone } from './recording.ts'

t.ok(recordings().length > 0, 'there is a recording')

for (const recording of recordings()) {
  const { release } = recording
  const [questions, listings] = [recording.lines('questions'), recording.lines('listings')]
  const [answers, listed] = [recording.lines('answers.file'), recording.lines('answers.listings')]

  t.test(
    `a module of ${release} answers from the snapshots of today's master, and by its socket, as it answered then`,
    { skip: noCompiler || otherMachine },
    async (t) => {
      const [master, module] = [newMaster(t, recording), recording.module(t)]
      await started(master)
      const runDir = master.path('run')
      t.strictSame(await askedOf(module, runDir, questions), answers)
      t.strictSame(await askedOf(module, runDir, listings), listed)
      t.strictSame(await askedOf(module, socketAlone(t, runDir), questions), recording.lines('answers.socket'))
    },
  )

  t.test(`today's module answers from a snapshot of ${release} as that module did`, { skip: noCompiler }, async (t) => {
    const state = join(recording.unpacked(t, 'master'), 'state')
    const run = new RunDir()
    t.teardown(() => run.remove())
    run.publishBytes(readFileSync(join(state, 'snapshot.1')), layout.STATE_SHADOW_GRANTED)
    run.publishShadowBytes(readFileSync(join(state, 'private/shadow.1')))
    const module = builtModule()
    t.strictSame(await askedOf(module, run.path, questions), answers)
    t.strictSame(await askedOf(module, run.path, listings), listed)
    t.ok(answers.filter((answer) => answer.startsWith('SUCCESS')).length > 30, 'control: most are found')
  })
}
