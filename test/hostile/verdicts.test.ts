import t from 'tap'
import type { Tally } from './tally.ts'
import { answerFaults, idleAttackers, logFaults, userFaults, vitalFaults } from './verdicts.ts'

const good: Tally = {
  asked: 6000,
  answered: 6000,
  wrong: 0,
  late: 0,
  starved: 0,
  again: 3,
  worst: 700,
  worstOwn: 300,
  faults: '',
}
const vitals = { descriptors: 30, resident: 40 * 2 ** 20, heap: 1, outside: 1 }

t.test('answers that are all right and in time are no fault', async (t) => {
  t.same(answerFaults(good, 60), [])
})

t.test('one wrong answer is a fault, and one late answer', async (t) => {
  t.same(answerFaults({ ...good, wrong: 1, faults: 'n15' }, 60), ['1 wrong answers: n15'])
  t.same(answerFaults({ ...good, late: 1, faults: 'n15' }, 60), ['1 late answers: n15'])
})

t.test('few questions, and a machine that is too busy, show nothing', async (t) => {
  t.same(answerFaults({ ...good, asked: 3600 }, 60), ['3600 questions, fewer than 3600'])
  t.same(answerFaults({ ...good, starved: 600 }, 60), [])
  t.match(answerFaults({ ...good, starved: 601 }, 60), ['601 answers late for want of a processor'])
})

t.test(
  'a daemon that has ended, holds more than a tenth more memory, or one descriptor more, is a fault',
  async (t) => {
    t.same(vitalFaults(vitals, { ...vitals, resident: 44 * 2 ** 20 }), [])
    t.same(vitalFaults(vitals, { ...vitals, resident: 45 * 2 ** 20 }), ['45.0 MiB, from 40.0 MiB'])
    t.same(vitalFaults(vitals, { ...vitals, descriptors: 31 }), ['31 descriptors, from 30'])
    t.same(vitalFaults(vitals, undefined), ['it has ended'])
    t.same(vitalFaults(undefined, undefined), ['it has ended'], 'while it was attacked for the first time')
  },
)

t.test('an unexpected error in a log is a fault, and a control character of a stranger', async (t) => {
  t.same(logFaults('<6>ready pid=1\n<4>denied peer=10.0.0.1\n'), [])
  t.same(logFaults('<6>ready\n<3>unexpected error in a handler\n<4>\x1b[2J\n'), [
    '<3>unexpected error in a handler',
    '<4>\x1b[2J',
  ])
})

t.test('a crash, a hang, a misled setuid program, and an attack that does not work are faults', async (t) => {
  const seen = { 'setuid: /home/ada': 3, 'planted forged: /home/EVI': 1, 'planted short: no answer': 4 }
  t.same(userFaults(seen), [])
  t.same(userFaults({ ...seen, 'crashed: getent': 1 }), ['crashed: getent'])
  t.same(userFaults({ ...seen, 'hung: list': 1 }), ['hung: list'])
  t.same(userFaults({ ...seen, 'setuid: /home/EVI': 1 }), ['setuid: /home/EVI'])
  t.same(userFaults({ ...seen, 'setuid: no answer': 1 }), ['setuid: no answer'])
  t.same(userFaults({ 'setuid: /home/ada': 3 }), ['not seen: planted forged: /home/EVI'])
})

t.test('an attacker that did nothing is told', async (t) => {
  const acts = new Map([
    ['one', { idle: 3, 'error ECONNRESET': 1 }],
    ['two', { 'error ECONNREFUSED': 9, replies: 0 }],
    ['three', {}],
    ['kept out by the system', { 'error EACCES': 4 }],
  ])
  t.same(idleAttackers(acts), ['two', 'three'])
})
