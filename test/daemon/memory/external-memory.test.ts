import { spawnSync } from 'node:child_process'
import t from 'tap'
import { ExternalMemory } from '../../../src/daemon/memory/external-memory.ts'

const MIB = 2 ** 20

/** How many of 64 arrays of 16 MiB that nobody holds are still there, in a process that does nothing else; `told` is what is done with each. */
function leftOf64(told: string): number {
  const script = `
    import { externalMemory } from './src/daemon/memory/external-memory.ts'
    const all = []
    for (let i = 0; i < 64; i++) {
      const bytes = new Uint8Array(new SharedArrayBuffer(${16 * MIB}))
      ${told}
      all.push(new WeakRef(bytes.buffer))
      await new Promise((done) => setTimeout(done, 5))
    }
    console.log(all.filter((one) => one.deref() !== undefined).length)`
  const words = ['--no-warnings', '--input-type=module-typescript', '--eval', script]
  const { stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' })
  t.equal(stderr, '')
  return Number(stdout)
}

t.test('arrays that threads share are collected when they have become many MiB; untold, none is', async (t) => {
  t.equal(leftOf64(''), 64)
  const left = leftOf64('externalMemory.add(bytes)')
  t.ok(left < 32, `${left} are left`)
})

t.test('each memory counts once, and only what threads share, and what is large', async (t) => {
  const said: number[] = []
  const memory = new ExternalMemory((bytes) => said.push(bytes))
  const shared = new SharedArrayBuffer(MIB)
  memory.add(new Uint8Array(shared))
  memory.add(new Uint8Array(shared, 100, 200))
  memory.add(new Uint8Array(MIB))
  memory.add(new Uint8Array(new SharedArrayBuffer(1000)))
  memory.add(undefined)
  t.same(said, [MIB])
})
