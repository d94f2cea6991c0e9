import { chmodSync } from 'node:fs'
import t from 'tap'
import { Scratch } from './scratch.ts'

t.test('an error in what is written ends a daemon with 64: no other start would mend it', async (t) => {
  const scratch = new Scratch(t)
  scratch.write('kickback.toml', 'lisen = ["127.0.0.1:0"]\n')
  const settings = ['--settings', scratch.path('kickback.toml')]
  for (const command of ['serve', 'proxy', 'dns', 'status']) {
    t.match(await scratch.run(command, ...settings), { code: 64, stderr: /kickback\.toml:1:1: error: / }, command)
  }
  scratch.write('tsig', 'no key\n')
  chmodSync(scratch.path('tsig'), 0o600)
  t.match(await scratch.run('serve', ...scratch.flags, '--dns-tsig', scratch.path('tsig')), {
    code: 64,
    stderr: /\[bad-tsig-key\]/,
  })
})

t.test('what may be mended by itself ends it with 1', async (t) => {
  const scratch = new Scratch(t)
  t.match(await scratch.run('serve', '--settings', scratch.path('absent.toml')), {
    code: 1,
    stderr: /\[settings-unreadable\]/,
  })
  t.match(await scratch.run('serve', ...scratch.flags, '--dns-tsig', scratch.path('absent')), {
    code: 1,
    stderr: /\[tsig-unreadable\]/,
  })
  scratch.write('config', 'host zz\n')
  t.match(await scratch.run('serve', ...scratch.flags), { code: 1, stderr: /there is nothing to serve/ })
  const key = ['--key', scratch.path('absent')]
  t.match(await scratch.run('proxy', '--master', '127.0.0.1:9', ...key), { code: 1, stderr: /absent/ })
})
