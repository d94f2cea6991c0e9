import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { missing, noCompiler, ROOT } from './programs.ts'

/** How long each fuzzer goes on after it has run its corpus, in seconds. */
const SECONDS = 5

const noFuzzer =
  noCompiler ||
  missing('clang') ||
  (spawnSync('sh', [
    '-c',
    'echo "int LLVMFuzzerTestOneInput(){return 0;}" | clang -fsanitize=fuzzer -x c -o /dev/null -',
  ]).status === 0
    ? false
    : "needs clang's libFuzzer (Debian package libclang-rt-14-dev)")

for (const reader of ['snapshot', 'message']) {
  t.test(`the ${reader} reader takes any bytes, with ASan and UBSan`, { skip: noFuzzer }, async (t) => {
    const out = mkdtempSync(join(tmpdir(), 'kickback-fuzz-'))
    t.teardown(() => rmSync(out, { recursive: true }))
    execFileSync('make', ['-s', '-C', join(ROOT, 'test/nss/fuzz'), `OUT=${out}`, `${out}/fuzz-${reader}`])
    const corpus = join(ROOT, 'test/nss/corpus', reader)
    t.ok(existsSync(corpus) && readdirSync(corpus).length > 5, 'there is a corpus')
    // New inputs go into the first folder, which is not the kept corpus.
    const options = [`-max_total_time=${SECONDS}`, '-max_len=8192', '-timeout=10', `-artifact_prefix=${out}/`]
    const ran = spawnSync(join(out, `fuzz-${reader}`), [...options, out, corpus], {
      encoding: 'utf8',
      timeout: 100_000,
    })
    if (ran.status !== 0) t.comment(ran.stderr.split('\n').slice(-40).join('\n'))
    t.equal(ran.status, 0, 'no fault')
    t.match(ran.stderr, /Done \d+ runs/)
  })
}
