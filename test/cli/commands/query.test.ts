import { execFileSync } from 'node:child_process'
import t from 'tap'
import { builtMain } from '../../built.ts'
import { Scratch } from '../scratch.ts'

t.test('query prints what getent prints, and exits as getent does', async (t) => {
  const scratch = new Scratch(t)
  await scratch.serve()
  const query = (line: string) => scratch.ask('query', ...line.split(' '))
  const found = [
    ['hosts smartswitch', '10.20.30.5      smartswitch\n'],
    ['hosts 10.20.30.5', '10.20.30.5      smartswitch\n'],
    ['hosts SmartSwitch.Cluster.Internal.', '10.20.30.5      smartswitch\n'],
    ['hosts n15 .15 n0015 n+15', '10.20.30.115    n15\n'.repeat(4)],
    ['ethers 00:A0:D1:E9:87:CA', '0:a0:d1:e9:87:ca smartswitch\n'],
    ['ethers smartswitch', '0:a0:d1:e9:87:ca smartswitch\n'],
    ['passwd ada', 'ada:x:1000:1000:Ada Byron,Room 12,,:/home/ada:/bin/bash\n'],
    ['passwd 1000', 'ada:x:1000:1000:Ada Byron,Room 12,,:/home/ada:/bin/bash\n'],
    ['initgroups ada', 'ada                   2000 2001\n'],
    ['initgroups nosuch', 'nosuch               \n'],
    ['netgroup cluster (n0,,) (x,,) *', 'cluster               ((n0,,),(x,,),) = 0\n'],
    ['netgroup cluster n3 * *', 'cluster               (n3,,) = 1\n'],
    ['netgroup cluster n3', ''],
  ] as const
  for (const [line, stdout] of found) t.same(await query(line), { code: 0, stdout, stderr: '' }, line)
  t.match(await query('hosts'), { code: 0, stdout: /^10\.20\.30\.5 +smartswitch\n[\s\S]*n31\n$/ })
  const hint = 'kickback: not found; to see why: kickback explain hosts nosuch\n'
  t.same(await query('hosts nosuch'), { code: 2, stdout: '', stderr: hint })
  t.same(await query('hosts nosuch n3'), { code: 2, stdout: '10.20.30.103    n3\n', stderr: hint })
  t.same(await query('--json hosts nosuch'), { code: 2, stdout: '', stderr: '' }, 'programs are told nothing')
  t.match(await query('netgroup nosuch'), { code: 2, stdout: '' })
  t.same(await query('services ssh'), {
    code: 1,
    stdout: '',
    stderr:
      'Unknown database: services\nThe databases are passwd, group, initgroups, hosts, ethers, netgroup, shadow, networks.\n',
  })
  for (const database of ['ethers', 'netgroup', 'initgroups']) {
    t.same(await query(database), { code: 3, stdout: '', stderr: `Enumeration not supported on ${database}\n` })
  }
})

t.test('query asks shadow by the private socket, and a stranger not at all', async (t) => {
  const scratch = new Scratch(t)
  const daemon = await scratch.serve()
  t.match(await scratch.ask('query', 'shadow', 'ada'), { code: 0, stdout: /^ada:\$6\$/ })
  const overTcp = await scratch.run('query', '--server', daemon.place, 'shadow', 'ada')
  t.match(overTcp, { code: 5, stdout: '', stderr: /may not ask/ })
})

t.test('query prints one line of JSON an entry', async (t) => {
  const scratch = new Scratch(t)
  await scratch.serve()
  const json = async (line: string) => JSON.parse((await scratch.ask('query', '--json', ...line.split(' '))).stdout)
  t.match(await json('hosts n15'), { names: ['n15'], addresses: ['10.20.30.115'], number: 15 })
  t.match(await json('ethers smartswitch'), { mac: '0:a0:d1:e9:87:ca', name: 'smartswitch' })
  t.match(await json('passwd ada'), { name: 'ada', uid: 1000 })
  t.match(await json('initgroups ada'), { name: 'ada', gids: [2000, 2001] })
})

t.test('query exits 4 where no service answers', async (t) => {
  const scratch = new Scratch(t)
  t.match(await scratch.ask('query', 'hosts', 'n15'), { code: 4, stdout: '', stderr: /no service answers at .*socket/ })
  t.match(await scratch.run('query', '--server', '127.0.0.1:1', 'hosts', 'n15'), { code: 4, stdout: '' })
})

t.test('KICKBACK_RUN_DIR names the run dir for those who ask, unless an option does', async (t) => {
  const scratch = new Scratch(t)
  await scratch.serve()
  const environment = { KICKBACK_RUN_DIR: scratch.path('run') }
  t.match(await scratch.start(['query', 'hosts', 'n3'], environment).ended, { code: 0 })
  t.match(await scratch.start(['query', '--run-dir', '/nonexistent', 'hosts', 'n3'], environment).ended, { code: 4 })
})

t.test('query asks for the bytes that were typed, and prints them: a name need not be UTF-8', async (t) => {
  const scratch = new Scratch(t)
  const line = Buffer.from('j\xf6rg:x:1300:1300:x:/h:/bin/sh\n', 'latin1')
  scratch.write('passwd', Buffer.concat([Buffer.from(scratch.read('passwd')), line]))
  await scratch.serve()
  // The shell types the byte: words that Node gives to a program are UTF-8.
  const typed = `exec "$0" "$1" query --run-dir "$2" passwd "$(printf 'j\\366rg')"`
  const words = ['-c', typed, process.execPath, builtMain(), scratch.path('run')]
  const printed = execFileSync('/bin/sh', words, { encoding: 'latin1' })
  t.match(printed, /^j\xf6rg:[*x]:1300:1300:x:/)
})
