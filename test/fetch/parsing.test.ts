// What `kickback-fetch` reads, against what the program reads: headers, section tables, login.defs, trust lists, signatures.
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { idFloorsOf } from '../../src/resolver/accounts/logindefs.ts'
import { headerOf, keyMark, layout, Snapshot } from '../../src/resolver/index.ts'
import { proveSections } from '../../src/resolver/snapshot/proof.ts'
import { parseTrustList } from '../../src/resolver/trust/list.ts'
import { folder } from '../folder.ts'
import { clusterKey } from '../keys.ts'
import { publicSnapshot } from '../kickback/cluster.ts'
import { missing } from '../nss/programs.ts'
import { listLines, trustList } from '../trust-lists.ts'
import { isLong } from './fetching.ts'
import { inParts } from './parts.ts'

const good = publicSnapshot(100)

/** The bytes with some of them changed, cut at `length`. */
function changed(
  bytes: Uint8Array,
  changes: readonly (readonly [at: number, to: number])[],
  length = bytes.length,
): Buffer {
  const copy = Buffer.from(bytes)
  for (const [at, to] of changes) copy[at % copy.length] = to
  return copy.subarray(0, length)
}

const changes = fc.array(fc.tuple(fc.nat(39), fc.constantFrom(0, 1, 2, 7, 8, 64, 192, 255)), {
  minLength: 1,
  maxLength: 2,
})

t.test('a header is read as the program reads it, or not at all', async (t) => {
  const at = folder(t)
  const samples = [
    good.bytes.subarray(0, 192),
    ...fc.sample(changes, isLong ? 500 : 40).map((list) => changed(good.bytes.subarray(0, 192), list)),
  ]
  for (const [i, bytes] of samples.entries()) writeFileSync(join(at, String(i)), bytes)
  const read = inParts(
    t,
    `i=0; while [ $i -lt ${samples.length} ]; do header_of "${at}/$i" || echo none; i=$((i + 1)); done`,
  )
  const wanted = samples.map((bytes) => {
    try {
      const { size, digest, generation, contentTime, forcedAt, tableStart, tableEnd, kind } = headerOf(bytes)
      // A snapshot has sections, fills eights, and is smaller than the module can read.
      if (kind !== 1 || tableEnd === tableStart || size % 8 !== 0 || size >= 2 ** 35) return 'none'
      return [
        size,
        Buffer.from(digest).toString('hex'),
        generation,
        contentTime,
        forcedAt,
        tableStart,
        tableEnd,
        0,
        0,
      ].join(' ')
    } catch {
      return 'none'
    }
  })
  t.strictSame(read, wanted)
  t.ok(wanted.some((line, i) => i > 0 && line !== 'none') && wanted.includes('none'), 'some of each')
})

t.test('each byte of a snapshot is proved, in every section', async (t) => {
  const at = folder(t)
  const { bytes, header } = good
  const table = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const places = [16, 24, 39, 40, 71, 192, header.tableEnd - 1, bytes.length - 1]
  for (let entry = header.tableStart; entry < header.tableEnd; entry += layout.SECTION.size) {
    const offset = Number(table.getBigUint64(entry + layout.SECTION.at.offset, true))
    const size = Number(table.getBigUint64(entry + layout.SECTION.at.size, true))
    if (isLong) places.push(entry + layout.SECTION.at.size, entry + layout.SECTION.at.digest, offset)
    if (size > 0) places.push(offset + size - 1)
  }
  const samples = [
    bytes,
    ...places.map((place) => changed(bytes, [[place, (bytes[place] ?? 0) ^ 1]])),
    bytes.subarray(0, bytes.length - 8),
  ]
  for (const [i, sample] of samples.entries()) writeFileSync(join(at, String(i)), sample)
  const read = inParts(
    t,
    `i=0; while [ $i -lt ${samples.length} ]; do prove "${at}/$i" && echo $i; i=$((i + 1)); done; :`,
  )
  t.strictSame(read, ['0'], `of ${samples.length} only the one that nobody changed`)
  t.ok(places.every((place) => proves(changed(bytes, [[place, (bytes[place] ?? 0) ^ 1]])) === false))
})

function proves(bytes: Uint8Array): boolean {
  try {
    proveSections(headerOf(bytes), Snapshot.open(bytes).bytes)
    return true
  } catch {
    return false
  }
}

t.test('the floors of login.defs are those of the program', async (t) => {
  const at = folder(t)
  const files = [
    '',
    'UID_MIN 1000\nGID_MIN 500\n',
    'UID_MIN\t0x1f4\nGID_MIN  0764\n',
    'UID_MIN "2000"\nUID_MIN nonsense\nUID_MIN 0\n',
    '#UID_MIN 5\n  UID_MIN 600\nGID_MIN 1\nGID_MIN 99999999999\n',
    'UID_MIN 50\nUID_MIN2 7\nGID_MIN 08\nuid_min 3\n',
    'UID_MIN 1000 # people\r\nGID_MIN 0x\n',
    'UID_MIN 4294967296\nGID_MIN 4294968296\n',
    'UID_MIN 040000000000\nGID_MIN 037777777777\n',
    'UID_MIN 0x100000000\nGID_MIN 0x00000000ff\n',
    'UID_MIN 99999999999999999999999999\nGID_MIN 0000000000000001750\n',
    'UID_MIN -5\nGID_MIN $(id)\nGID_MIN 4294967295',
  ]
  for (const [i, file] of files.entries()) writeFileSync(join(at, String(i)), file)
  const read = inParts(
    t,
    `for i in ${files.map((_, i) => i).join(' ')} none; do login_defs=${at}/$i; echo "$(floor_of UID_MIN) $(floor_of GID_MIN)"; done`,
  )
  const wanted = files.map((file) => {
    const { uidMin, gidMin } = idFloorsOf('login.defs', Buffer.from(file))
    return `${uidMin} ${gidMin}`
  })
  t.strictSame(read, [...wanted, '1000 1000'])
})

t.test('a trust list is read as the program reads it, or not at all', async (t) => {
  const at = folder(t)
  const [root, other, one, two] = [clusterKey(), clusterKey(), clusterKey(), clusterKey()]
  const parts = {
    number: 1_764_259_200,
    roots: [root],
    signers: [
      [one, '10.0.0.1'],
      [two, 'm2'],
    ] as const,
  }
  const list = trustList(parts)
  const text = list.toString('latin1')
  const lines = text.split('\n')
  const bent = (change: (all: string[]) => readonly string[]): Buffer =>
    Buffer.from(change([...lines]).join('\n'), 'latin1')
  const lists = [
    list,
    trustList({ ...parts, roots: [root, other], by: [other, root] }),
    Buffer.from(text.slice(0, -1)),
    Buffer.from(`${text}\n`),
    Buffer.from(text.replace('number', 'number ')),
    Buffer.from(text.replace('\n', '\r\n')),
    Buffer.from(text.replace('m2', 'm\x002')),
    Buffer.from(text.replace('m2', `m${'x'.repeat(300)}`)),
    Buffer.from(text.replace('number 1764259200', 'number 01764259200')),
    Buffer.from(text.replace('number 1764259200', 'number 99999999999999999')),
    Buffer.from(text.replace('kickback trust 1', 'kickback trust 2')),
    bent((all) => [all[0] ?? '', all[2] ?? '', all[1] ?? '', ...all.slice(3)]),
    bent((all) => [...all.slice(0, 2), ...all.slice(3)]),
    bent((all) => [...all.slice(0, 4), all[3] ?? '', ...all.slice(4)]),
    bent((all) => [...all.slice(0, 2), 'surprise x y', ...all.slice(2)]),
    bent((all) => [...all.slice(0, -2), '']),
    Buffer.from(`${text.slice(0, -1)}${'A'.repeat(70_000)}\n`),
    Buffer.alloc(0),
  ]
  for (const [i, bytes] of lists.entries()) writeFileSync(join(at, String(i)), bytes)
  const read = inParts(
    t,
    `for i in ${lists.map((_, i) => i).join(' ')}; do list_facts "${at}/$i" >"${at}/facts" && sed -n 's/^number //p' "${at}/facts" || echo none; done`,
  )
  const wanted = lists.map((bytes) => {
    try {
      return String(parseTrustList(bytes).number)
    } catch {
      return 'none'
    }
  })
  t.strictSame(read, wanted)
  t.equal(wanted.filter((line) => line !== 'none').length, 2)
  t.ok(listLines(parts).length > 0)
})

/** Signatures that are right, and each kind of one that is not. */
function signatures(isFew: boolean) {
  const [key, other] = [clusterKey(), clusterKey()]
  const message = Buffer.from('kickback\x00and what it says')
  const right = Buffer.from(key.sign(message))
  const order = 2n ** 252n + 27742317777372353535851937790883648493n
  const s = BigInt(`0x${Buffer.from(right.subarray(32)).reverse().toString('hex')}`) + order
  const twin = Buffer.concat([right.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse()])
  const flipped = (at: number): Buffer => changed(right, [[at, (right[at] ?? 0) ^ 1]])
  const all = [
    { title: 'right', key, message, signature: right, isRight: true },
    {
      title: 'right, of one byte',
      key,
      message: Buffer.of(7),
      signature: Buffer.from(key.sign(Buffer.of(7))),
      isRight: true,
    },
    { title: 'of another key', key: other, message, signature: right, isRight: false },
    { title: 'of another message', key, message: Buffer.from('other'), signature: right, isRight: false },
    { title: 'changed in R', key, message, signature: flipped(3), isRight: false },
    { title: 'changed in S', key, message, signature: flipped(40), isRight: false },
    { title: 'with S above the order of the group', key, message, signature: twin, isRight: false },
    { title: 'zeros', key, message, signature: Buffer.alloc(64), isRight: false },
    { title: 'too short', key, message, signature: right.subarray(0, 63), isRight: false },
  ]
  // What awk computes takes long: some of them have to do.
  return isFew ? all.filter((_, i) => [0, 3, 6].includes(i)) : all
}

for (const [awk, prover] of [
  ['openssl 3', 'has_rawin=1'],
  ['mawk', 'has_rawin=; awk() { mawk "$@"; }'],
  ['gawk', 'has_rawin=; awk() { gawk --posix "$@"; }'],
  ['busybox', 'has_rawin=; awk() { busybox awk "$@"; }'],
] as const) {
  t.test(`signatures are proved by ${awk}`, { skip: missing(awk.split(' ')[0] ?? '') }, async (t) => {
    const at = folder(t)
    const cases = signatures(!isLong && awk !== 'openssl 3')
    for (const [i, { key, message, signature }] of cases.entries()) {
      const der = key.key.export({ type: 'spki', format: 'der' })
      writeFileSync(join(at, `${i}.key`), `${der.toString('base64')}\n`)
      writeFileSync(join(at, `${i}.message`), message)
      writeFileSync(join(at, `${i}.signature`), signature)
      t.equal(keyMark(key.key).toString('hex'), createHash('sha256').update(der).digest('hex').slice(0, 32))
    }
    const read = inParts(
      t,
      `${prover}
      for i in ${cases.map((_, i) => i).join(' ')}; do
        cp ${at}/$i.message "$work/message"; cp ${at}/$i.signature "$work/signature"
        read -r key <${at}/$i.key
        is_key "$key" && signed_with "$key" && echo true || echo false
      done
      check_openssl && mark_of "$key"`,
    )
    t.strictSame(
      read.slice(0, -1),
      cases.map(({ isRight }) => String(isRight)),
      cases.map(({ title }) => title).join(', '),
    )
    t.equal(
      read.at(-1),
      cases.at(-1) && keyMark(cases.at(-1)?.key.key ?? clusterKey().key).toString('hex'),
      'and the mark of a key',
    )
  })
}

t.test('a URL has no other characters than URLs of masters have', async (t) => {
  const right = ['http://10.0.0.1', 'http://10.0.0.1:3047', 'https://cache.cluster/a_b-c%20', 'http://[fd00::1]:3047']
  const wrong = [
    'http://',
    'ftp://10.0.0.1',
    'http://a;id',
    'http://u@a',
    'http://a?b',
    'http://a#b',
    'http://a b',
    '--help',
    '',
  ]
  const more = [...' !"#$&\'()*+,;<=>?@\\^`{|}~\t\u00e9'].map((character) => `http://a${character}`)
  const urls = [...right, ...wrong, ...more]
  const read = inParts(t, 'while IFS= read -r url; do is_url "$url" && echo "$url"; done; :', `${urls.join('\n')}\n`)
  t.strictSame(read, right)
})

t.test('a program that says yes to all signatures is found at the start', async (t) => {
  t.strictSame(inParts(t, `signed_with() { :; }; check_openssl || echo found`), ['found'])
  t.strictSame(inParts(t, `signed_with() { return 1; }; check_openssl || echo found`), ['found'])
  t.ok(readFileSync(join(import.meta.dirname, 'parts.ts')).length > 0)
})
