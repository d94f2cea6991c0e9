import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { decodeMessage, REPLY_VALUES_MAX } from '../../src/kickback/wire/message.ts'
import { DATABASES, type DatabaseName, headerOf, layout } from '../../src/resolver/index.ts'
import { folder } from '../folder.ts'
import { SEEDS, writeSeeds } from './fuzz/seeds.ts'
import { answerOf, asked, missing, noCompiler, ROOT } from './programs.ts'
import { RunDir } from './rundir.ts'

/** How long each fuzzer goes on after it has run its seeds, in seconds. */
const SECONDS = 5
/** The longest input, in bytes. */
const LONGEST = 16 * 1024

const noFuzzer =
  noCompiler ||
  missing('clang') ||
  (spawnSync('sh', [
    '-c',
    'echo "int LLVMFuzzerTestOneInput(){return 0;}" | clang -fsanitize=fuzzer -x c -o /dev/null -',
  ]).status === 0
    ? false
    : "needs clang's libFuzzer (Debian package libclang-rt-14-dev)")

for (const reader of ['snapshot', 'message'] as const) {
  t.test(`the ${reader} reader takes any bytes, with ASan and UBSan`, { skip: noFuzzer }, async (t) => {
    const out = folder(t)
    execFileSync('make', ['-s', '-C', join(ROOT, 'test/nss/fuzz'), `OUT=${out}`, `${out}/fuzz-${reader}`])
    const [found, seeds] = [join(out, 'found'), join(out, 'seeds')]
    mkdirSync(found)
    writeSeeds(seeds, SEEDS[reader]())
    // New inputs go into the first folder.
    const options = [`-max_total_time=${SECONDS}`, `-max_len=${LONGEST}`, '-timeout=10', `-artifact_prefix=${out}/`]
    const ran = spawnSync(join(out, `fuzz-${reader}`), [...options, found, seeds], {
      encoding: 'utf8',
      timeout: 100_000,
    })
    if (ran.status !== 0) t.comment(ran.stderr.split('\n').slice(-40).join('\n'))
    t.equal(ran.status, 0, 'no fault')
    t.match(ran.stderr, /Done \d+ runs/)
  })
}

t.test('each seed of the snapshot reader reaches past its header', { skip: noCompiler }, async (t) => {
  for (const [name, bytes] of SEEDS.snapshot()) {
    t.ok(bytes.length <= LONGEST, `${name} is not cut`)
    const run = new RunDir()
    t.teardown(() => run.remove())
    const isShadow = headerOf(bytes).kind === layout.KINDS.SHADOW
    if (isShadow) run.publishShadowBytes(bytes)
    else run.publishBytes(bytes)
    // A record of a seed may be damaged, and only that: those of others are still answered.
    const questions = isShadow ? ['next:shadow', 'shadow:ada', 'shadow:root'] : ['next:hosts', 'next:passwd']
    const answers = asked(
      run.path,
      questions.map((question) => `ask 4096 ${question}`),
    )
    t.ok(
      answers.some((answer) => /^(SUCCESS|NOTFOUND)$/.test(answerOf(answer).status)),
      name,
    )
  }
})

t.test('control: without its first bytes no seed is answered', { skip: noCompiler }, async (t) => {
  for (const [name, bytes] of SEEDS.snapshot()) {
    const run = new RunDir()
    t.teardown(() => run.remove())
    const isShadow = headerOf(bytes).kind === layout.KINDS.SHADOW
    const damaged = Buffer.from(bytes).fill(0, 0, 4)
    if (isShadow) run.publishShadowBytes(damaged)
    else run.publishBytes(damaged)
    const [answer] = asked(run.path, [isShadow ? 'ask 4096 next:shadow' : 'ask 4096 next:hosts'])
    t.match(answerOf(answer).status, /^(UNAVAIL|TRYAGAIN)$/, name)
  }
})

t.test('there is a seed for each offset whose bound was once off by one', async (t) => {
  const past = [...SEEDS.snapshot().keys()].filter((name) => name.endsWith('-past-strings'))
  t.ok(past.includes('passwd-shell-past-strings'))
  for (const database of ['passwd', 'group', 'hosts', 'netgroup', 'networks', 'shadow']) {
    t.ok(
      past.some((name) => name.startsWith(`${database}-`)),
      database,
    )
  }
})

t.test('each seed of the message reader is a reply, and the records in them are whole', async (t) => {
  let records = 0
  for (const [name, bytes] of SEEDS.message()) {
    const { id, record } = decodeMessage(Buffer.from(bytes), REPLY_VALUES_MAX)
    t.equal(id, 1, name)
    if (!(record instanceof Uint8Array)) continue
    const [database = ''] = name.split('-')
    t.ok(DATABASES[database as DatabaseName].decode(record), name)
    records++
  }
  t.ok(records > 10)
})
