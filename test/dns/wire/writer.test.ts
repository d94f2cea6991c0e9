import t from 'tap'
import { wireName } from '../../../src/dns/wire/name.ts'
import { writeRecord } from '../../../src/dns/wire/record.ts'
import { MessageWriter } from '../../../src/dns/wire/writer.ts'

const named = (...names: string[]): number[] => {
  const writer = new MessageWriter()
  for (const name of names) writer.name(wireName(name))
  return [...writer.bytes()]
}
const label = (text: string): number[] => [text.length, ...Buffer.from(text)]

t.test('numbers are big-endian, and a message grows as it has to', async (t) => {
  const writer = new MessageWriter()
  writer.u8(1)
  writer.u16(0x0203)
  writer.u32(0x04050607)
  t.same([...writer.bytes()], [1, 2, 3, 4, 5, 6, 7])
  const long = Buffer.alloc(5000, 9)
  writer.raw(long)
  writer.raw(long)
  t.equal(writer.length, 10_007)
  t.same(writer.bytes(), Buffer.concat([Buffer.of(1, 2, 3, 4, 5, 6, 7), long, long]))
  writer.patchU16(1, 0xffff)
  t.same([...writer.bytes().subarray(0, 4)], [1, 0xff, 0xff, 4])
})

t.test('the longest part of a name that stands already is a pointer, in any letter case', async (t) => {
  t.same(named('n1.cluster', 'n1.cluster'), [...label('n1'), ...label('cluster'), 0, 0xc0, 0])
  t.same(named('n1.cluster', 'n2.CLUSTER'), [...label('n1'), ...label('cluster'), 0, ...label('n2'), 0xc0, 3])
  t.same(named('n1.cluster', 'cluster'), [...label('n1'), ...label('cluster'), 0, 0xc0, 3])
  t.same(named('cluster', 'other'), [...label('cluster'), 0, ...label('other'), 0], 'nothing in common')
  t.same(named(''), [0], 'the root is never a pointer')
})

t.test('a name that stands beyond the reach of a pointer is not pointed to', async (t) => {
  const written = (at: number): number => {
    const writer = new MessageWriter()
    writer.raw(new Uint8Array(at))
    writer.name(wireName('a'))
    const before = writer.length
    writer.name(wireName('a'))
    return writer.length - before
  }
  t.equal(written(0x3fff), 2)
  t.equal(written(0x4000), 3)
})

t.test('what is taken back is pointed to no more', async (t) => {
  const writer = new MessageWriter()
  writer.name(wireName('a'))
  writer.name(wireName('b.a'))
  writer.truncate(3)
  writer.name(wireName('b.a'))
  t.same([...writer.bytes()], [...label('a'), 0, ...label('b'), 0xc0, 0])
})

t.test('data has its length before it', async (t) => {
  const writer = new MessageWriter()
  writer.counted(() => writer.raw(Buffer.alloc(300, 7)))
  writer.counted(() => {})
  t.same([...writer.bytes()], [1, 44, ...Array(300).fill(7), 0, 0])
})

t.test('a copy of the message does not change with it', async (t) => {
  const writer = new MessageWriter()
  writer.u16(1)
  const bytes = writer.bytes()
  writer.patchU16(0, 2)
  t.same([...bytes], [0, 1])
})

t.test('a record is owner, type, class IN, TTL and data; the target of SRV is never a pointer', async (t) => {
  const record = (...all: Parameters<typeof writeRecord>[2][]): number[] => {
    const writer = new MessageWriter()
    for (const data of all) writeRecord(writer, wireName('a'), data, 0x01020304)
    return [...writer.bytes()]
  }
  const head = (owner: number[], type: number, length: number) => [...owner, 0, type, 0, 1, 1, 2, 3, 4, 0, length]
  const own = [...label('a'), 0]
  t.same(record({ type: 'A', address: Uint8Array.of(10, 0, 0, 1) }), [...head(own, 1, 4), 10, 0, 0, 1])
  t.same(record({ type: 'AAAA', address: new Uint8Array(16) }), [...head(own, 28, 16), ...Array(16).fill(0)])
  t.same(record({ type: 'NS', target: 'a' }), [...head(own, 2, 2), 0xc0, 0])
  t.same(record({ type: 'PTR', target: 'b.a' }), [...head(own, 12, 4), ...label('b'), 0xc0, 0])
  const srv = { type: 'SRV', priority: 1, weight: 2, port: 3045, target: 'a' } as const
  t.same(record(srv), [...head(own, 33, 9), 0, 1, 0, 2, 0x0b, 0xe5, ...own])
  const times = { serial: 0xfffffffe, refresh: 2, retry: 3, expire: 4, minimum: 5 }
  t.same(record({ type: 'SOA', mname: 'a', rname: 'h.a', ...times }), [
    ...head(own, 6, 26),
    ...[0xc0, 0, ...label('h'), 0xc0, 0],
    ...[0xff, 0xff, 0xff, 0xfe, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5],
  ])
})
