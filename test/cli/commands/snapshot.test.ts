import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { Scratch } from '../scratch.ts'

t.test('snapshot verify proves a file whole and signed', async (t) => {
  const scratch = new Scratch(t)
  await (await scratch.serve()).end()
  const file = scratch.path('run/snapshot.1')
  const key = scratch.path('state/signing.pub')
  t.match(await scratch.run('snapshot', 'verify', file), { code: 0, stdout: /good: public, generation \d+, .*signed/ })
  t.match(await scratch.run('snapshot', 'verify', '--key', key, file), { code: 0, stdout: /signed by this key/ })
  const json = await scratch.run('snapshot', 'verify', '--json', '--key', key, file)
  t.match(JSON.parse(json.stdout), {
    good: true,
    signature: 'valid',
    kind: 'public',
    records: { hosts: 35, passwd: 5 },
  })
  t.match(await scratch.run('snapshot', 'verify', scratch.path('run/private/shadow.1')), {
    code: 0,
    stdout: /good: shadow/,
  })

  const other = new Scratch(t)
  await (await other.serve()).end()
  const foreign = await scratch.run('snapshot', 'verify', '--key', other.path('state/signing.pub'), file)
  t.match(foreign, { code: 1, stderr: /the signature is not from this key/ })
})

t.test('snapshot verify says what is wrong with a file', async (t) => {
  const scratch = new Scratch(t)
  await (await scratch.serve()).end()
  const file = scratch.path('copy')
  copyFileSync(scratch.path('run/snapshot.1'), file)
  const verify = () => scratch.run('snapshot', 'verify', file)
  chmodSync(file, 0o666)
  t.match(await verify(), { code: 1, stderr: /other users can write it: mode 0666/ })
  chmodSync(file, 0o644)
  const bytes = readFileSync(file)
  bytes[4000] = (bytes[4000] ?? 0) ^ 1
  writeFileSync(file, bytes)
  t.match(await verify(), { code: 1, stderr: /the digest does not match the bytes/ })
  writeFileSync(file, bytes.subarray(0, 5000))
  t.match(await verify(), { code: 1, stderr: /5000 are there/ })
  writeFileSync(file, 'no snapshot')
  t.match(await scratch.run('snapshot', 'verify', '--json', file), { code: 1, stdout: /"good":false/ })
  t.match(await scratch.run('snapshot', 'verify', scratch.path('absent')), {
    code: 1,
    stderr: `${scratch.path('absent')}: no such file or directory\n`,
  })
  t.match(await scratch.run('snapshot', 'show', scratch.path('absent')), { code: 1, stderr: /absent: no such file/ })
  t.match(await scratch.run('snapshot', 'verify', scratch.path('run')), {
    code: 1,
    stderr: /run: it is a directory\n$/,
  })
})

t.test('snapshot show lists what a file holds', async (t) => {
  const scratch = new Scratch(t)
  await (await scratch.serve()).end()
  const { code, stdout } = await scratch.run('snapshot', 'show', scratch.path('run/snapshot.1'))
  t.equal(code, 0)
  t.match(stdout, /^kind public\ngeneration \d+\ndigest [0-9a-f]{64}\n/)
  t.match(stdout, /\n# hosts: 35\n10\.20\.30\.5 +smartswitch\n/)
  const json = JSON.parse((await scratch.run('snapshot', 'show', '--json', scratch.path('run/snapshot.1'))).stdout)
  t.equal(json.entries.hosts.length, 35)
  t.match(json.entries.ethers[0], { mac: '0:a0:d1:e9:87:ca', name: 'smartswitch' })
})
