import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { fileOf } from '../resolver/configs.ts'

t.test('the C library’s own getent still says what the transcript says', async (t) => {
  const script = fileURLToPath(new URL('../fixtures/getent/ask.sh', import.meta.url))
  const said = execFileSync('unshare', ['-m', 'sh', script]).toString('latin1')
  t.equal(said, fileOf('test/fixtures/getent/transcript').toString('latin1'))
})
