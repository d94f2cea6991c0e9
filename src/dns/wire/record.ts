/** Records on the wire (RFC 1035, 4.1.3). */
import type { RecordData } from '../../resolver/index.ts'
import { CLASS, TYPE } from './dns2.ts'
import { wireName } from './name.ts'
import type { MessageWriter } from './writer.ts'

/** Writes a record of class IN. The owner is a name's bytes. */
export function writeRecord(writer: MessageWriter, owner: Uint8Array, data: RecordData, ttl: number): void {
  writer.name(owner)
  writer.u16(TYPE[data.type])
  writer.u16(CLASS.IN)
  writer.u32(ttl)
  writer.counted(() => writeData(writer, data))
}

function writeData(writer: MessageWriter, data: RecordData): void {
  switch (data.type) {
    case 'A':
    case 'AAAA':
      writer.raw(data.address)
      return
    case 'NS':
    case 'PTR':
      writer.name(wireName(data.target))
      return
    case 'SRV':
      writer.u16(data.priority)
      writer.u16(data.weight)
      writer.u16(data.port)
      // The target of SRV is never compressed (RFC 2782).
      writer.raw(wireName(data.target))
      return
    case 'SOA':
      writer.name(wireName(data.mname))
      writer.name(wireName(data.rname))
      for (const each of [data.serial, data.refresh, data.retry, data.expire, data.minimum]) writer.u32(each)
  }
}
