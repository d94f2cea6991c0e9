import { existsSync, readdirSync, symlinkSync } from 'node:fs'
import t from 'tap'
import { Scratch } from '../scratch.ts'

t.jobs = 2

const HOSTS = '10.0.0.1 node1\n10.0.0.2 node2\n10.0.0.9 nas.lan nas\n127.0.0.1 localhost\n'

t.test('a configuration is printed, or written to a new file that check passes', async (t) => {
  const scratch = new Scratch(t)
  scratch.write('hosts', HOSTS)
  const printed = await scratch.run('import', 'hosts', scratch.path('hosts'))
  t.equal(printed.code, 0, printed.stderr)
  t.match(printed.stdout, /^iprange 1 10.0.0.1 10.0.0.2\nnodename node%N$/m)
  t.equal(printed.stderr, '')
  const written = await scratch.run('import', 'hosts', scratch.path('hosts'), '--output', scratch.path('new'))
  t.match(written.stdout, /\/new has 2 nodes and 1 host\nnot carried over: 1 thing, see the comments at its end\n$/)
  t.equal(scratch.read('new'), printed.stdout)
  const checked = await scratch.run('check', scratch.path('new'))
  t.same([checked.code, checked.stdout], [0, ''])
})

t.test('a folder that is not there is named', async (t) => {
  const scratch = new Scratch(t)
  scratch.write('hosts', HOSTS)
  const output = scratch.path('nowhere/config')
  const { code, stdout, stderr } = await scratch.run('import', 'hosts', scratch.path('hosts'), '--output', output)
  t.same([code, stdout], [1, ''])
  t.match(stderr, /^kickback: there is no folder \S+\/nowhere: make it, and run this again\n$/)
})

t.test('a file that is there already is never replaced, a link without an end neither', async (t) => {
  const scratch = new Scratch(t)
  scratch.write('hosts', HOSTS)
  scratch.write('old', 'nodes 0\n')
  symlinkSync(scratch.path('nowhere'), scratch.path('link'))
  for (const name of ['old', 'link']) {
    const { code, stdout, stderr } = await scratch.run(
      'import',
      'hosts',
      scratch.path('hosts'),
      '--output',
      scratch.path(name),
    )
    t.same([code, stdout], [1, ''], name)
    t.match(stderr, /^kickback: \S+ is there already, and is not changed\n$/)
  }
  t.equal(scratch.read('old'), 'nodes 0\n')
  t.notOk(existsSync(scratch.path('nowhere')))
  t.same(
    readdirSync(scratch.dir).filter((name) => name.startsWith('.')),
    [],
    'no draft is left',
  )
})

t.test('a file that cannot be read is an error with its name; further files of hosts help', async (t) => {
  const scratch = new Scratch(t)
  scratch.write('hosts', HOSTS)
  scratch.write('ethers', '0:0:0:0:0:1 nas\n')
  const none = await scratch.run('import', 'hosts', scratch.path('none'))
  t.equal(none.code, 1)
  t.match(none.stderr, /\/none: error: /)
  const both = await scratch.run(
    'import',
    'hosts',
    scratch.path('ethers'),
    '--hosts',
    scratch.path('hosts'),
    '--domain',
    'lan',
  )
  t.match(both.stdout, /^host 0:0:0:0:0:1 10.0.0.9 nas$/m)
})

t.test('--node-names says what is a node; none says that nothing is', async (t) => {
  const scratch = new Scratch(t)
  scratch.write('hosts', HOSTS)
  const none = await scratch.run('import', 'hosts', scratch.path('hosts'), '--node-names', 'none')
  t.match(none.stdout, /^host - 10.0.0.1 node1$/m)
  t.notMatch(none.stdout, /^nodename/m)
  const wrong = await scratch.run('import', 'nosuch', scratch.path('hosts'))
  t.equal(wrong.code, 64)
})
