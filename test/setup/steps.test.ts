import t from 'tap'
import { runSteps, type Step, tellSteps } from '../../src/setup/steps.ts'

/** Steps of which the last `failing` one throws, and what happened. */
function steps(failing?: string): { readonly all: readonly Step[]; readonly ran: string[] } {
  const ran: string[] = []
  const step = (name: string, done = false): Step => ({
    verb: ['make', 'made'],
    what: name,
    isDone: () => done,
    run: () => {
      if (name === failing) throw new Error('the disk is full')
      ran.push(name)
    },
  })
  return { all: [step('a'), step('b', true), step('c'), step('d')], ran }
}

t.test('each step is done in turn and told, but for those that are done', async (t) => {
  const { all, ran } = steps()
  const said: string[] = []
  runSteps(all, (line) => said.push(line))
  t.same(ran, ['a', 'c', 'd'])
  t.same(said, ['made a', 'made c', 'made d'])
})

t.test('a failure tells what was done and what was not', async (t) => {
  const { all, ran } = steps('c')
  t.throws(() => runSteps(all, () => {}), {
    message: 'could not make c: the disk is full\ndone before that: made a; not done: make d',
  })
  t.same(ran, ['a'])
  t.throws(() => runSteps(steps('a').all, () => {}), {
    message: /^could not make a: the disk is full\nnothing was changed; not done: make c; make d$/,
  })
})

t.test('a step that cannot tell whether it is done fails as any other, and hides no other failure', async (t) => {
  const isDone = (): boolean => {
    throw new Error('no permission')
  }
  const unclear: Step = { verb: ['make', 'made'], what: 'x', isDone, run: () => {} }
  t.throws(() => runSteps([...steps().all, unclear], () => {}), {
    name: 'StepError',
    message: /^could not make x: no permission\ndone before that: made a; made c; made d$/,
  })
  t.throws(() => runSteps([...steps('d').all, unclear], () => {}), {
    message: /^could not make d: the disk is full\n.*; not done: make x$/,
  })
})

t.test('a dry run tells, and does nothing', async (t) => {
  const { all, ran } = steps()
  const said: string[] = []
  tellSteps(all, (line) => said.push(line))
  t.same(said, ['would make a', 'would make c', 'would make d'])
  t.same(ran, [])
})
