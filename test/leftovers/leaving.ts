// A test file, for the test of the runner, that leaves processes: one beside it, one with a session of its own, and one without its
// environment. With KICKBACK_TEST_HANGS it does not end either, nor where it is told to. It writes their pids and its own into the file of
// KICKBACK_TEST_LEFT.
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'

const { KICKBACK_TEST_LEFT: left = '', KICKBACK_TEST_HANGS: hangs } = process.env
const plain = spawn('sleep', ['1000'], { stdio: ['ignore', 'inherit', 'ignore'] })
const apart = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' })
const scrubbed = spawn('/bin/sleep', ['1000'], { env: {}, stdio: 'ignore' })
if (hangs !== undefined) process.on('SIGTERM', () => {})
writeFileSync(left, [plain, apart, scrubbed, process].map(({ pid }) => pid).join('\n'))
for (const child of [plain, apart, scrubbed]) child.unref()
if (hangs === undefined) process.stdout.write('TAP version 14\nok 1\n1..1\n', () => process.exit())
else setInterval(() => {}, 1000)
