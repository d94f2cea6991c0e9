import t from 'tap'
import { masterText } from '../../../src/daemon/generations/other-masters.ts'
import { conflictText } from '../../../src/kickback/warnings/conflict.ts'

const conflict = {
  reason: 'content',
  generation: 1_795_737_136,
  digest: '00',
  time: 1_795_737_136,
  own_time: 0,
  own_digest: '11',
  holders: ['node 10.0.0.5', 'master 10.0.0.2'],
} as const

t.test('a conflict says who has what, how old both are, and what to do', async (t) => {
  const text = conflictText(conflict)
  t.match(
    text,
    'node 10.0.0.5, master 10.0.0.2 has generation 1795737136, other content, digest 00, written 2026-11-26T',
  )
  t.match(text, '(here: digest 11, of unknown time); no nodes are served.')
  t.match(text, /kickback reload --force$/)
})

t.test('a conflict about a number names the clock', async (t) => {
  t.match(conflictText({ ...conflict, reason: 'number' }), 'a number that is more than a day ahead of the clock')
})

t.test('what was restored says from when the backup is, and how it ends', async (t) => {
  const text = conflictText({ ...conflict, reason: 'restored', holders: [] })
  t.match(
    text,
    /^conflict: this master was restored from a backup of 2026-11-26T\S+Z, and no other master and no node was met/,
  )
  t.match(text, /if there is none: kickback reload --force$/)
  t.match(conflictText({ ...conflict, reason: 'restored', time: 0 }), 'restored from a backup, and no other')
})

t.test('a master is told by its address, whichever port it has', async (t) => {
  t.equal(masterText({ host: '10.0.0.2', port: 3045 }), 'master 10.0.0.2')
})
