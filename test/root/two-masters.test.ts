import t from 'tap'
import { until } from '../patience.ts'
import { example } from './example.ts'
import { connect, type Machine, machine } from './machine.ts'

const FIRST = '10.20.30.1'
const SECOND = '10.20.30.2'

const statusOf = (m: Machine) => JSON.parse(m.run('kickback', 'status', '--json').stdout || '{}')

t.test('a second master needs no setting of its own', async (t) => {
  const lines = `interface br0 ${FIRST} 255.255.255.0\nmasterorder 0-31 ${FIRST} ${SECOND}\n`
  const { config, accounts } = example(t, lines)
  const first = await machine(t, 'first')
  const second = await machine(t, 'second')
  const node = await machine(t, 'n15')
  connect(
    [first, `${FIRST}/24`],
    [
      [second, `${SECOND}/24`],
      [node, '10.20.30.115/24'],
    ],
  )
  const serve = ['kickback', 'serve', '--config', config, ...accounts] as const
  first.start(...serve)
  await until(() => first.run('kickback', 'status').code === 0, 'the first answers')
  second.must('mkdir -p /var/lib/kickback')
  for (const file of ['/var/lib/kickback/signing.key', '/var/lib/kickback/signing.pub']) {
    second.must(`umask 077; echo '${first.must(`cat ${file}`)}' > ${file}`)
  }
  second.start(...serve)
  await until(() => second.run('kickback', 'status').code === 0, 'the second answers')

  t.ok(statusOf(second).listening.includes(`${SECOND}:3045`), 'it listens on its own address')
  t.notMatch(second.run('kickback', 'check', '--config', config, ...accounts).stdout, /loopback-only/)
  t.match(node.run('kickback', 'query', '--server', `${SECOND}:3045`, 'hosts', 'self').stdout, /10\.20\.30\.115/)
  t.match(second.run('kickback', 'query', 'hosts', 'self').stdout, /10\.20\.30\.2 /, 'it knows itself')
  t.match(first.run('kickback', 'query', 'hosts', 'self').stdout, /10\.20\.30\.1 /)

  const numberAfterForce = (m: Machine): number => {
    m.run('kickback', 'reload', '--force')
    return statusOf(m).generation
  }
  const one = numberAfterForce(first)
  await until(() => statusOf(second).generation === one, 'it asks the first, and takes up its number')
  const other = numberAfterForce(second)
  t.not(one % 16, other % 16, 'they never make the same number')
})
