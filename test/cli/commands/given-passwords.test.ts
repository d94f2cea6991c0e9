import t from 'tap'
import { givenNames, revokedText } from '../../../src/cli/commands/given-passwords.ts'

const bytes = (...names: readonly string[]) => names.map((name) => Buffer.from(name))

t.test('revoke says whose hashes the node had, folded, what is to be done, and where more is known', async (t) => {
  t.equal(
    revokedText('n12', { passwords: bytes('user10', 'user9', 'user11', 'ada') }),
    [
      'this master gave the node the password hashes of 4 users: ada, user9-user11',
      'if somebody else may have had the node, have these users change their passwords',
      'each master knows only what it gave: run kickback keys passwords n12 on the other masters too',
      '',
    ].join('\n'),
  )
  const many = Array.from({ length: 100 }, (_, i) => `u${i}x${i}`)
  const text = revokedText('n12', { passwords: bytes(...many), more: 7, lost: 1_764_000_000 })
  t.match(text, /of 107 users: u0x0, .* and 60 more\n/)
  t.match(text, /7 more users are not listed\n/)
  t.match(text, /what this master gave before 2025-11-24T16:00:00.000Z may be missing here\n/)
})

t.test('a node that had none is told, and a daemon that gives none to anybody says nothing', async (t) => {
  t.match(revokedText('n12', { passwords: [] }), /^this master gave the node no password hashes\neach master knows/)
  t.equal(revokedText('n12', {}), '')
  t.equal(givenNames({}), undefined)
  t.same(givenNames({ passwords: bytes('ä', 'a10', 'a9') }), ['ä', 'a9', 'a10'])
})
