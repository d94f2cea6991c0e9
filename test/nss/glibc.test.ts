import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import t from 'tap'
import { contents, group, initgroupsOf, shadowContents } from './contents.ts'
import { builtProgram, environment, missing, noCompiler, noNarrow, results } from './programs.ts'
import { RunDir } from './rundir.ts'

const SYSTEMD = '/usr/lib/systemd/tests'

/** The tests' cluster, with a huge group and a user of 300 groups. */
function published(t: { teardown(end: () => void): void }): RunDir {
  const run = new RunDir()
  t.teardown(() => run.remove())
  const crowd = Array.from({ length: 20_000 }, (_, i) => `member-${i}`)
  const own = Array.from({ length: 300 }, (_, i) => group(`own${i}`, 9001 + i, 'many'))
  const groups = [...contents().group, group('crowd', 7000, ...crowd), ...own]
  const machines = { name: 'machines', triples: [{ host: 'n1', user: '-', domain: undefined }] }
  const netgroup = [...contents().netgroup, machines]
  run.publish(contents({ group: groups, initgroups: initgroupsOf(groups), netgroup }))
  run.publishShadow(shadowContents())
  return run
}

t.test('the module through glibc', { skip: noCompiler }, async (t) => {
  const run = published(t)
  const program = builtProgram('glibc', 'plain')
  const ran = spawnSync(program, [], { env: environment(run.path), timeout: 60_000 })
  for (const { ok, title } of results(ran)) t.ok(ok, title)
})

t.test('a 32-bit program knows the same by the module that is built for it', { skip: noNarrow() }, async (t) => {
  const run = published(t)
  const ran = spawnSync(builtProgram('glibc', 'narrow'), [], { env: environment(run.path, 'narrow'), timeout: 60_000 })
  for (const { ok, title } of results(ran)) t.ok(ok, title)
})

t.test('valgrind finds nothing in it', { skip: noCompiler || missing('valgrind') }, async (t) => {
  const run = published(t)
  const program = builtProgram('glibc', 'plain')
  const checks = [
    '--error-exitcode=99',
    '--leak-check=full',
    '--errors-for-leak-kinds=definite',
    '--track-fds=yes',
    '-q',
  ]
  const ran = spawnSync('valgrind', [...checks, program], { env: environment(run.path), timeout: 100_000 })
  for (const { ok, title } of results(ran)) t.ok(ok, title)
  const said = ran.stderr.toString('utf8')
  t.notMatch(said, /_nss_kickback_|libnss_kickback/, 'nothing that leads to the module')
})

t.test("systemd's own tests of NSS modules pass with every small buffer", async (t) => {
  const skip = noCompiler || (existsSync(`${SYSTEMD}/test-nss-users`) ? false : 'needs Debian package systemd-tests')
  const run = published(t)
  for (const size of [1, 7, 8, 16, 31, 40, 64, 100, 1024]) {
    t.test(`buffers of ${size} bytes`, { skip }, async (t) => {
      const env = { ...environment(run.path), SYSTEMD_TEST_NSS_BUFSIZE: String(size) }
      const ask = (name: string, ...keys: readonly string[]): string => {
        const ran = spawnSync(`${SYSTEMD}/${name}`, ['kickback', ...keys], { env, timeout: 60_000 })
        t.equal(ran.status, 0, `${name} ended well`)
        return ran.stdout.toString('utf8') + ran.stderr.toString('utf8')
      }
      const said =
        ask('test-nss-users', 'ada', 'physics', '1000', 'nix') + ask('test-nss-hosts', 'storage', '10.9.1.1', 'nix')
      const short = said.match(/NSS_STATUS_TRYAGAIN\n\s+errno=\S+( h_errno=-?\d+)?/g) ?? []
      t.strictSame(
        short.filter((one) => !/ERANGE( h_errno=-1)?$/.test(one)),
        [],
      )
      if (size === 1) t.notMatch(said, /NSS_STATUS_SUCCESS/)
      if (size >= 100) t.match(said, /NSS_STATUS_SUCCESS/)
    })
  }
})

t.test('errno at the end of what there is', { skip: noCompiler }, async (t) => {
  const run = published(t)
  const ran = spawnSync(builtProgram('errno'), [], { env: environment(run.path), timeout: 60_000 })
  for (const { ok, title } of results(ran)) t.ok(ok, title)
})

t.test('initgroups_dyn', { skip: noCompiler }, async (t) => {
  const run = published(t)
  const program = builtProgram('initgroups', 'address', 'call.c')
  const ran = spawnSync(program, [], { env: environment(run.path, 'address'), timeout: 60_000 })
  for (const { ok, title } of results(ran)) t.ok(ok, title)
})
