/** The native part that this checkout has built. A test that did without it would prove nothing. */
import { loadPackets, type Packets } from '../../../src/dns/batch/packets.ts'
import { SILENT } from '../cluster.ts'

/** The native part. Throws where it is not built. */
export function nativePackets(): Packets {
  const packets = loadPackets(SILENT)
  if (packets === undefined) throw new Error('the native part is not built: make setup')
  return packets
}
