import t from 'tap'
import type { PasswdEntry } from '../../src/resolver/databases/passwd.ts'
import { contents, group, shadowContents, user } from './contents.ts'
import { answerOf, asked, noCompiler } from './programs.ts'
import { RunDir } from './rundir.ts'

const twice = (name: string, uid: number, dir: string): PasswdEntry => ({ ...user(name, uid), dir })

t.test('a name or an id on several lines is answered as files are: the first line', { skip: noCompiler }, async (t) => {
  const run = new RunDir()
  t.teardown(() => run.remove())
  const passwd = [
    twice('ada', 1000, '/first'),
    twice('eve', 1001, '/eve'),
    twice('ada', 1002, '/second'),
    twice('bob', 1000, '/third'),
    twice('eve', 1000, '/fourth'),
  ]
  const groups = [
    group('crew', 2000, 'ada'),
    group('crew', 2001, 'eve'),
    group('deck', 2000, 'bob'),
    group('crew', 2000, 'mia'),
  ]
  const initgroups = [
    { name: 'ada', gids: [2000] },
    { name: 'eve', gids: [2001] },
    { name: 'bob', gids: [2000] },
    { name: 'mia', gids: [2000, 2001, 2000] },
  ]
  run.publish(contents({ passwd, group: groups, initgroups }))
  const shadow = shadowContents().shadow.slice(0, 1)
  const again = shadow.flatMap((entry) => [
    { ...entry, name: 'eve' },
    { ...entry, passwd: 'second' },
  ])
  run.publishShadow({ ...shadowContents(), shadow: [...shadow, ...again] })

  const texts = (...questions: readonly string[]): string[] =>
    asked(
      run.path,
      questions.map((question) => `ask 4096 ${question}`),
      'address',
    ).map((line) => answerOf(line).text)
  const field = (line: string, n: number): string | undefined => line.split(':')[n]

  t.strictSame(
    texts('passwd:name:ada', 'passwd:name:eve', 'passwd:id:1000', 'passwd:id:1002').map((line) => field(line, 5)),
    ['/first', '/eve', '/first', '/second'],
  )
  t.strictSame(texts('group:name:crew', 'group:id:2000', 'group:id:2001', 'group:name:deck'), [
    '2000:crew:*:[:ada]',
    '2000:crew:*:[:ada]',
    '2001:crew:*:[:eve]',
    '2000:deck:*:[:bob]',
  ])
  t.match(texts('shadow:ada')[0], /^:ada:\$6\$salt\$hash:/)
  const all = (database: string): string[] => asked(run.path, [`all ${database}`], 'address').slice(1)
  t.strictSame(
    all('passwd').map((line) => field(line, 5)),
    passwd.map(({ dir }) => dir),
    'an enumeration gives every line',
  )
  t.strictSame(
    all('group').map((line) => line.slice(0, 9)),
    ['2000:crew', '2001:crew', '2000:deck', '2000:crew'],
  )
  t.strictSame(
    all('shadow').map((line) => field(line, 2)),
    ['$6$salt$hash', '$6$salt$hash', 'second'],
  )
  t.strictSame(texts('initgroups:ada', 'initgroups:eve', 'initgroups:mia'), [' 2000', ' 2001', ' 2000 2001 2000'])
})
