/** What has each handler of TLS and certificates run. */

import { KeyExchange } from '../../../src/daemon/certificates/key-exchange.ts'
import { MasterCertificates } from '../../../src/daemon/certificates/master-certificates.ts'
import { NodeCertificate } from '../../../src/daemon/certificates/node-certificate.ts'
import { HostKeyTeller } from '../../../src/daemon/certificates/own-host-keys.ts'
import { openAuthority } from '../../../src/daemon/trust/authority.ts'
import { Trust } from '../../../src/kickback/index.ts'
import { Enrolment } from '../../../src/kickback/service/enrolment.ts'
import { Handshakes } from '../../../src/kickback/service/shares/handshakes.ts'
import { NodeKeys } from '../../../src/resolver/index.ts'
import { hurried } from '../../clocks.ts'
import { grantingMaster, provenNode, shadow } from '../../daemon/passwords/cluster.ts'
import { folder, type Tap } from '../../folder.ts'
import { client, logOf } from '../../kickback/cluster.ts'
import { addressOf, secured, shake } from '../../kickback/service/secure.ts'
import { until } from '../../patience.ts'
import { connected } from '../../sockets.ts'
import type { Scenarios } from './scenario.ts'

/** A connection to a server with TLS that has not begun to speak it. */
async function newcomer(t: Tap, options: Parameters<typeof secured>[1] = {}) {
  const { place } = await secured(t, options)
  return connected(t, place, { localAddress: addressOf(1) })
}

const parts = (t: Tap) => ({
  ...{ stateDir: folder(t), software: 'test', clock: hurried, wallClock: Date.now, random: Math.random, log: logOf() },
})

const certificates = async (t: Tap): Promise<MasterCertificates> => {
  const files = await openAuthority(folder(t), 'test')
  const made = new MasterCertificates({ ...parts(t), files, clusters: () => [], authorities: () => [] })
  t.teardown(() => made.close())
  return made
}

/** A node that has the shadow entries that its master grants. */
async function granted(t: Tap) {
  const master = await grantingMaster(t)
  master.grant(0, shadow(7, { user1: '$6$one' }))
  const node = await provenNode(t, master)
  await until(() => node.proxy.report().records.shadow === 1)
  return { master, node }
}

/** The scenarios. */
export const SECURE: Scenarios = {
  handshake: async (t) => {
    const { place } = await secured(t)
    // Whether it is had is not waited for: what throws may be what begins it.
    void shake(t, place, addressOf(1)).catch(() => {})
  },
  'handshake end': async (t) => void (await newcomer(t)).end(),
  'handshake error': async (t) => void (await newcomer(t)).write('GET / HTTP/1.1\r\n\r\n'),
  'handshake deadline': async (t) => void (await newcomer(t, { clock: hurried })),
  'handshakes paced': async () => {
    const handshakes = new Handshakes(hurried)
    for (let i = 0; i < 50; i++) handshakes.wait(`n${i}`, false, async () => {})
  },
  'newcomer end': async (t) => void (await newcomer(t)).destroy(),
  'certificate renewal': async (t) => (await certificates(t)).renew(),
  'keys exchanged': async (t) => {
    const enrolment = new Enrolment({
      ...parts(t),
      keys: new NodeKeys(),
      keep: () => {},
      issue: async () => new Uint8Array(),
      revoked: () => {},
      changed: () => {},
    })
    const exchange = new KeyExchange({
      ...parts(t),
      certificates: await certificates(t),
      enrolment,
      own: () => [],
      port: () => 1,
    })
    t.teardown(() => exchange.close())
    await exchange.open({ public: undefined, shadow: undefined })
  },
  'host keys told': async (t) =>
    new HostKeyTeller({ ...parts(t), folder: folder(t), certificate: () => undefined, place: () => undefined }).look(),
  'certificate asked': async (t) => {
    const certificate = await NodeCertificate.open({
      ...parts(t),
      trust: new Trust({ key: undefined }),
      place: () => undefined,
    })
    t.teardown(() => certificate.close())
    certificate.start()
  },
  'shadow followed': async (t) => void (await provenNode(t, await grantingMaster(t))),
  'shadow taken': async (t) => {
    const master = await grantingMaster(t)
    master.grant(0, shadow(7, { user1: '$6$one' }))
    await provenNode(t, master)
  },
  'shadow ended': async (t) => {
    const { master } = await granted(t)
    master.enrolment.revoke(0)
  },
  'shadow of a rotation': async (t) => {
    const { master, node } = await granted(t)
    const admin = await client(t, { path: `${node.runDir}/admin/socket` })
    await admin.ask('KEYS', { rotate: true })
    await until(() => master.enrolment.isRevoked(node.mark))
  },
}
