import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type PlanFiles, startPlan, userNamed } from '../../../src/daemon/processes/privileges.ts'
import { folder, type Tap } from '../../folder.ts'

const MAPPED = '         0          0 4294967295\n'
const ALL = 'Name:\tnode\nCapEff:\t000001ffffffffff\n'
/** What the master's unit leaves: CHOWN, SETGID, SETUID, NET_BIND_SERVICE. */
const OF_UNIT = 'CapEff:\t00000000000004c1\n'

/** The files of a machine. */
function files(t: Tap, { status = ALL, uidMap = MAPPED, gidMap = MAPPED, setpriv = true } = {}): PlanFiles {
  const dir = folder(t)
  const put = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text)
    return join(dir, name)
  }
  return {
    passwd: put('passwd', 'root:x:0:0::/root:/bin/sh\nnobody:x:65534:65533:nobody:/:/bin/false\n'),
    status: put('status', status),
    uidMap: put('uid_map', uidMap),
    gidMap: put('gid_map', gidMap),
    setpriv: setpriv ? [join(dir, 'absent'), put('setpriv', '')] : [],
  }
}

/** A program that everyone can read, below a folder of this mode. */
function program(t: Tap, mode: number): readonly string[] {
  const dir = join(folder(t), 'home')
  chmodSync(join(dir, '..'), 0o755)
  mkdirSync(dir)
  writeFileSync(join(dir, 'node'), '')
  writeFileSync(join(dir, 'main.js'), '')
  chmodSync(dir, mode)
  return [join(dir, 'node'), join(dir, 'main.js'), 'dns']
}

const FRONT = { name: 'DNS', userFlag: '--dns-user' }
const ROOT = { uid: 0, user: 'nobody', ...FRONT }

t.test('an ordinary user just runs it', async (t) => {
  const words = program(t, 0o755)
  t.same(startPlan({ program: words, uid: 1000, user: 'nobody', ...FRONT }, files(t)), { words, become: undefined })
})

t.test('root has setpriv take every privilege but that of low ports, all groups, and each way back', async (t) => {
  const words = program(t, 0o755)
  const plan = startPlan({ ...ROOT, program: words }, files(t))
  const text = plan.words.join(' ')
  t.match(text, /\/setpriv --reuid 65534 --regid 65533 --clear-groups --no-new-privs /)
  for (const set of ['inh-caps', 'ambient-caps', 'bounding-set']) {
    t.match(text, new RegExp(`--${set} -all,\\+net_bind_service`))
  }
  t.same(plan.words.slice(-4), ['--', ...words])
  t.equal(plan.become, undefined)
})

t.test('an option of Node before the file is no path that the user would have to read', async (t) => {
  const [node = '', ...rest] = program(t, 0o755)
  const plan = startPlan({ ...ROOT, program: [node, '--jitless', ...rest] }, files(t))
  t.equal(plan.become, undefined)
  t.same(plan.words.slice(-5), ['--', node, '--jitless', ...rest])
})

t.test('with few capabilities none is passed on that we do not hold, and the bounding set is left', async (t) => {
  const withPort = startPlan({ ...ROOT, program: program(t, 0o755) }, files(t, { status: OF_UNIT }))
  t.notMatch(withPort.words.join(' '), /bounding-set/)
  t.match(withPort.words.join(' '), /--ambient-caps -all,\+net_bind_service/)
  const without = startPlan(
    { ...ROOT, program: program(t, 0o755) },
    files(t, { status: 'CapEff:\t00000000000000c0\n' }),
  )
  t.match(without.words.join(' '), /--inh-caps -all --ambient-caps -all /)
})

t.test(
  'where that user cannot read the program, or there is no setpriv, it gives its privileges up by itself',
  async (t) => {
    const user = { uid: 65534, gid: 65533 }
    const hidden = program(t, 0o700)
    t.same(startPlan({ ...ROOT, program: hidden }, files(t)), { words: hidden, become: user })
    const open = program(t, 0o755)
    t.same(startPlan({ ...ROOT, program: open }, files(t, { setpriv: false })), { words: open, become: user })
    chmodSync(open[1] ?? '', 0o600)
    t.same(startPlan({ ...ROOT, program: open }, files(t)).become, user)
  },
)

t.test('where nobody can become that user the process stays as it is, and that is said', async (t) => {
  const words = program(t, 0o755)
  const order = { ...ROOT, program: words }
  const alone = '0 0 1\n'
  t.match(startPlan(order, files(t, { uidMap: alone })), { words, kept: /no user nobody/ })
  t.match(startPlan(order, files(t, { gidMap: alone })), { words, kept: /no user nobody/ })
  t.match(startPlan(order, files(t, { status: 'CapEff:\t0000000000000441\n' })), { words, kept: /CAP_SETUID/ })
})

t.test('a user that there is not is an error that says what to do', async (t) => {
  t.throws(() => startPlan({ uid: 0, user: 'ghost', program: [], ...FRONT }, files(t)), {
    message: /no such user.*--dns-user/,
  })
  t.equal(userNamed('nob', files(t).passwd), undefined, 'no prefix is a user')
})
