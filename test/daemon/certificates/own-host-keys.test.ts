// What a node finds of host keys, and when it tells a master of them, over the real TLS. Node 1 has the address of this machine.
import { copyFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { allHostKeysIn, hostKeysIn, keepHostKeys } from '../../../src/daemon/certificates/kept-host-keys.ts'
import { HostKeyTeller, hostKeysOf } from '../../../src/daemon/certificates/own-host-keys.ts'
import { HostKeysOfNodes, tlsContext } from '../../../src/kickback/index.ts'
import { certificateKeyMark, HostKeys } from '../../../src/resolver/index.ts'
import { background, type HostPort } from '../../../src/values/index.ts'
import { HandClock } from '../../clocks.ts'
import { folder, type Tap } from '../../folder.ts'
import { logOf } from '../../kickback/cluster.ts'
import { addressOf, loopbackSnapshot, secured } from '../../kickback/service/secure.ts'

const fixture = (name: string): URL => new URL(`../../fixtures/host-keys/${name}.pub`, import.meta.url)

/** A folder as sshd has it, with these keys. */
function sshFolder(t: Tap, ...names: readonly string[]): string {
  const dir = folder(t)
  for (const name of names) copyFileSync(fixture(name), join(dir, `ssh_host_${name}_key.pub`))
  return dir
}

t.test('the public keys of a folder are found, and nothing else of it is read', async (t) => {
  const dir = sshFolder(t, 'ed25519', 'rsa2048')
  writeFileSync(join(dir, 'ssh_host_dsa_key.pub'), 'ssh-dss AAAA root@n1\n')
  writeFileSync(join(dir, 'ssh_host_big_key.pub'), 'x'.repeat(100_000))
  writeFileSync(join(dir, 'ssh_host_ecdsa_key'), 'secret')
  copyFileSync(fixture('ecdsa256'), join(dir, 'ssh_host_ecdsa_key-cert.pub'))
  mkdirSync(join(dir, 'ssh_host_folder_key.pub'))
  symlinkSync('/dev/zero', join(dir, 'ssh_host_zero_key.pub'))
  copyFileSync(fixture('ed25519'), join(dir, 'ssh_host_twice_key.pub'))
  t.same(
    (await hostKeysOf(dir)).map(({ type }) => type),
    ['ssh-ed25519', 'ssh-rsa'],
  )
  t.same(await hostKeysOf(join(dir, 'nowhere')), [])
  for (let i = 0; i < 20; i++) {
    const line = Buffer.concat([Buffer.from('0000000b7373682d6564323535313900000020', 'hex'), Buffer.alloc(32, i)])
    writeFileSync(join(dir, `ssh_host_n${i}_key.pub`), `ssh-ed25519 ${line.toString('base64')}\n`)
  }
  t.equal((await hostKeysOf(dir)).length, 8)
})

/** A master with a state dir, and a node whose teller has a clock that the test moves. */
async function site(t: Tap, sshDir: string) {
  const [stateDir, lines, clock] = [folder(t), [] as string[], new HandClock()]
  const told: number[] = []
  const hostKeys = new HostKeysOfNodes({
    read: (node) => hostKeysIn(stateDir, node),
    keep: (node, keys) => keepHostKeys(stateDir, node, keys),
    ...{ clock: background, wallClock: Date.now, log: logOf() },
  })
  const tell = hostKeys.tell.bind(hostKeys)
  hostKeys.tell = (node, keys, source) => {
    told.push(keys.length)
    return tell(node, keys, source)
  }
  const { made, place, nodeCertificate, judge } = await secured(t, { hostKeys })
  // A client of this process comes from 127.0.0.1.
  made.serve(loopbackSnapshot(2, (node) => (node === 1 ? '127.0.0.1' : addressOf(node))))
  const shown = await nodeCertificate(1)
  const context = tlsContext({ privateKey: shown.key, certificate: shown.der })
  const certificate = { isValid: true, mark: certificateKeyMark(shown.key), tls: { context, judge } }
  const at: { place: HostPort | undefined } = { place }
  const teller = new HostKeyTeller({
    folder: sshDir,
    certificate: () => certificate,
    place: () => at.place,
    ...{ software: 'test', clock, random: () => 0, log: logOf(lines) },
  })
  t.teardown(() => teller.close())
  const keys = () => hostKeysIn(stateDir, 1).all.map(({ type, state }) => `${state} ${type}`)
  /** Looks, and waits until that is done. */
  const look = async (): Promise<void> => {
    teller.look()
    await teller.done
  }
  return { keys, told, teller, look, lines, clock, certificate, at, place }
}

t.test('a node tells its keys once, and again when they are others, or to another master', async (t) => {
  const dir = sshFolder(t, 'ed25519')
  const { keys, told, look, lines, clock, at, place } = await site(t, dir)
  await look()
  t.same(keys(), ['approved ssh-ed25519'])
  await look()
  t.equal(told.length, 1, 'nothing is new')
  rmSync(join(dir, 'ssh_host_ed25519_key.pub'))
  copyFileSync(fixture('rsa2048'), join(dir, 'ssh_host_rsa_key.pub'))
  await look()
  t.same(keys(), ['absent ssh-ed25519', 'waiting ssh-rsa'])
  t.match(lines.at(-1), /wait for an approval/)
  at.place = { ...place, host: 'localhost' }
  await look()
  t.equal(told.length, 3, 'another place is another master')
  clock.turn(86_400_000)
  await look()
  t.equal(told.length, 4, 'after a day, since a master may have lost them')
})

t.test(
  'without a good certificate, or without a master, nothing is told; a failure is tried again later',
  async (t) => {
    const { keys, told, look, lines, clock, certificate, at, place } = await site(t, sshFolder(t, 'ed25519'))
    certificate.isValid = false
    await look()
    certificate.isValid = true
    at.place = undefined
    await look()
    t.same([told.length, lines], [0, []])
    at.place = { ...place, port: 1 }
    await look()
    await look()
    t.equal(lines.length, 1, 'that is logged once')
    at.place = place
    await look()
    t.same(keys(), ['approved ssh-ed25519'])
    clock.turn(1)
  },
)

t.test('they are kept for a node in a file of its own, which a damaged one costs nothing', async (t) => {
  const stateDir = folder(t)
  t.same(hostKeysIn(stateDir, 5).all, [])
  const [key] = await hostKeysOf(sshFolder(t, 'ed25519'))
  const keys = new HostKeys().told(key === undefined ? [] : [key], 1)
  for (const node of [0, 5, 12]) keepHostKeys(stateDir, node, keys)
  writeFileSync(join(stateDir, 'host-keys/5'), 'damaged')
  writeFileSync(join(stateDir, 'host-keys/notes'), 'no node')
  const all = allHostKeysIn(stateDir)
  t.same(
    all.nodes.map(({ node }) => node),
    [0, 12],
  )
  t.match(all.faults, [/host-keys\/5: it is no list of host keys/])
  keepHostKeys(stateDir, 0, undefined)
  keepHostKeys(stateDir, 0, undefined)
  t.same(hostKeysIn(stateDir, 0).all, [])
  t.same(allHostKeysIn(folder(t)).nodes, [])
})
