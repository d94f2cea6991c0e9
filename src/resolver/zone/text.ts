/** Zones as master files (RFC 1035, 5). */
import { addressFromBytes, formatAddress } from '../../values/index.ts'
import type { ByteString } from '../records/entries.ts'
import type { RecordData, Zone, ZoneRecord } from './record.ts'

/** The lines of a master file, without newlines: every record whole, so that any line can be found, sorted or compared. */
export function* zoneLines(zone: Zone, ttl: number): Generator<string, void, undefined> {
  for (const record of zone.records()) yield recordLine(record, ttl)
}

/** A record as a line of a master file: owner, TTL, class, type and data, all names absolute. */
export function recordLine({ owner, data }: ZoneRecord, ttl: number): string {
  return `${presented(owner)} ${ttl} IN ${data.type} ${presentedData(data)}`
}

/** A name as a master file has it: final dot, and a backslash for bytes that would be read as something else. */
function presented(name: ByteString): string {
  const text = name.replace(/[^-.!#%&'*+/0-9:<=>?A-Z[\]^_`a-z{|}~]/g, (byte) => {
    const code = byte.charCodeAt(0)
    return code > 32 && code < 127 ? `\\${byte}` : `\\${String(code).padStart(3, '0')}`
  })
  return `${text}.`
}

function presentedData(data: RecordData): string {
  switch (data.type) {
    case 'A':
    case 'AAAA':
      return formatAddress(addressFromBytes(data.address))
    case 'NS':
    case 'PTR':
      return presented(data.target)
    case 'SRV':
      return `${data.priority} ${data.weight} ${data.port} ${presented(data.target)}`
    case 'SOA': {
      const { serial, refresh, retry, expire, minimum } = data
      return `${presented(data.mname)} ${presented(data.rname)} ${serial} ${refresh} ${retry} ${expire} ${minimum}`
    }
  }
}
