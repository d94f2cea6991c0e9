import t from 'tap'
import { outranks } from '../../../src/resolver/generations/header.ts'
import { meet } from '../../../src/resolver/generations/meeting.ts'
import { header } from './headers.ts'

const own = header(1000, 1, { contentTime: 500 })

t.test('equal content is one: the greater number is adopted, whoever made it', async (t) => {
  t.equal(meet(own, header(1001, 1, { contentTime: 500 }), false), 'adopt')
  t.equal(meet(own, header(1000, 1), false), 'ours')
  t.equal(meet(own, header(999, 1), false), 'ours')
})

t.test(
  'a header of equal content that drops a decision or the time is not adopted: it gets one of ours above it',
  async (t) => {
    t.equal(meet(own, header(1001, 1, { contentTime: 499 }), false), 'raise')
    t.equal(meet({ ...own, forcedAt: 7 }, header(1001, 1, { contentTime: 500 }), false), 'raise')
    t.equal(meet(own, header(1000, 1, { contentTime: 501 }), false), 'raise', 'also under one number')
    t.equal(meet(own, header(999, 1, { contentTime: 501 }), false), 'ours', 'the other meets ours, and joins both')
  },
)

t.test('equal content under a number that would send the serial back gets a number of ours above it', async (t) => {
  t.equal(meet(own, header(1000 + 2 ** 31, 1, { contentTime: 500 }), false), 'raise')
  t.equal(meet(own, header(1000 + 2 ** 31 - 1, 1, { contentTime: 500 }), false), 'adopt')
  t.equal(
    meet(own, header(1000 + 2 ** 32, 1, { contentTime: 500 }), false),
    'adopt',
    'the same serial for the same content',
  )
})

t.test('of different content the newer is to be had, whatever the numbers', async (t) => {
  t.equal(meet(own, header(2000, 2, { contentTime: 499 }), false), 'raise')
  t.equal(meet(own, header(900, 2, { contentTime: 499 }), false), 'ours')
  t.equal(meet(own, header(2000, 2, { contentTime: 501 }), false), 'conflict')
  t.equal(meet(own, header(900, 2, { contentTime: 501 }), false), 'conflict')
})

t.test('of content of the same second the greater number is to be had, and nobody of one number', async (t) => {
  t.equal(meet(own, header(1001, 2, { contentTime: 500 }), false), 'conflict')
  t.equal(meet(own, header(999, 2, { contentTime: 500 }), false), 'ours')
  t.equal(meet(own, header(1000, 2, { contentTime: 500 }), false), 'conflict')
})

t.test('where no input has a believable time nobody can tell', async (t) => {
  t.equal(meet(header(1000, 1), header(900, 2), false), 'conflict')
  t.equal(meet(header(900, 1), header(1000, 2), false), 'conflict')
  t.equal(meet(header(1000, 1), header(900, 2, { contentTime: 1 }), false), 'conflict')
  t.equal(meet(own, header(900, 2), false), 'ours')
})

t.test('what our own history holds came before ours', async (t) => {
  const later = header(900, 2, { contentTime: 501 })
  t.equal(meet(own, later, true), 'ours')
  t.equal(meet(own, { ...later, generation: 2000 }, true), 'raise')
})

t.test('an administrator who forces decides about all that came before', async (t) => {
  const forced = header(3000, 2, { contentTime: 1, forcedAt: 2900 })
  t.ok(outranks(forced, own))
  t.notOk(outranks(own, forced))
  t.equal(meet(forced, own, false), 'ours')
  t.equal(meet(own, forced, false), 'conflict')
  t.ok(
    outranks(header(2950, 1, { contentTime: 500 }), forced),
    'what came after the decision is compared by time again',
  )
})
