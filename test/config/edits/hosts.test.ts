import { readFileSync } from 'node:fs'
import t from 'tap'
import { addHost, type HostFields, removeHost, setHost } from '../../../src/config/edits/hosts.ts'
import { EditError, parseConfig } from '../../../src/config/index.ts'
import { edited } from './editing.ts'

const example = readFileSync(new URL('../../../examples/config', import.meta.url))
const [one, two] = ['0:0:0:0:0:1', '0:0:0:0:0:2'] as const

t.test('a host is added after the last host line', async (t) => {
  const add = (text: string, mac: string, ip: string, ...names: string[]) =>
    edited(text, (bytes) => addHost(bytes, mac, ip, names))
  t.equal(
    add('host - 10.0.0.1 a # x\nnodes 3\n', one, '10.0.0.2', 'b', 'c'),
    `host - 10.0.0.1 a # x\nhost ${one} 10.0.0.2 b c\nnodes 3\n`,
  )
  t.equal(add('', '-', 'fd00::1', 'b'), 'host - fd00::1 b\n')
  t.equal(
    add('host 00:00:00:00:00:01 10.0.0.2 B\n', one, '10.0.0.2', 'b'),
    'host 00:00:00:00:00:01 10.0.0.2 B\n',
    'nothing to do',
  )
  t.equal(
    add('host - 10.0.0.1 a\n', '-', '10.0.0.2', 'a'),
    'host - 10.0.0.1 a\nhost - 10.0.0.2 a\n',
    'a second address',
  )
})

t.test('words that make no host line are refused', async (t) => {
  const bad: [string, string, ...string[]][] = [
    ['x', '10.0.0.1', 'a'],
    [one, '10.0.0', 'a'],
    [one, 'fe80::1%eth0', 'a'],
    [one, '10.0.0.1', 'a b'],
    [one, '10.0.0.1', 'master'],
    [one, '10.0.0.1', '1'],
    [one, '10.0.0.1', 'a', '..'],
    [one, '127.0.0.1', 'a'],
  ]
  for (const [mac, ip, ...names] of bad)
    t.throws(() => addHost(example, mac, ip, names), EditError, `${mac} ${ip} ${names}`)
})

t.test('a host line is removed by its name, IP or MAC', async (t) => {
  const text = `nodes 3\nhost ${one} 10.0.0.1 a alias # x\r\nhost ${two} 10.0.0.2\n`
  const remove = (key: string) => edited(text, (bytes) => removeHost(bytes, key, 'lan'))
  for (const key of ['a', 'A', 'a.lan', '10.0.0.1', '00:00:00:00:00:01'])
    t.equal(remove(key), `nodes 3\nhost ${two} 10.0.0.2\n`, key)
  t.equal(remove('10.0.0.2'), `nodes 3\nhost ${one} 10.0.0.1 a alias # x\r\n`, 'a line without a name')
})

t.test('a refusal says what the name is, and what to do', async (t) => {
  const remove = (key: string) => removeHost(example, key, 'lan')
  t.throws(() => remove('pdu9'), /no host line has "pdu9": did you mean pdu1\?/)
  t.throws(() => remove('n15'), /no host line has "n15": that is node 15, whose name and address come from/)
  t.throws(() => remove('10.20.30.115'), /that is node 15/)
  t.throws(() => remove('zzzzzzzz'), /no host line has "zzzzzzzz"$/)
  const text = `host ${one} 10.0.0.1 a b\nhost - 10.0.0.2 a\nhost ${two} 10.0.0.2 a\n`
  t.throws(
    () => removeHost(Buffer.from(text), 'b'),
    /no host line has "b" as its first name: it is another name of a, line 1/,
  )
  t.throws(
    () => removeHost(Buffer.from(text), 'a'),
    /"a" is on the lines 1, 2 and 3: name one by its IP or MAC: 10\.0\.0\.1, 10\.0\.0\.2, 0:0:0:0:0:2$/,
  )
  t.throws(() => removeHost(Buffer.from(text), '10.0.0.2'), /on the lines 2 and 3/)
  t.equal(
    edited(text, (bytes) => removeHost(bytes, two)),
    `host ${one} 10.0.0.1 a b\nhost - 10.0.0.2 a\n`,
  )
  const twice = `host ${one} 10.0.0.1 a\nhost ${one} 10.0.0.1 a\n`
  t.throws(() => removeHost(Buffer.from(twice), 'a'), /on the lines 1 and 2: edit the file/)
})

t.test('a name that reads as a MAC is a name too', async (t) => {
  t.equal(
    edited('host - 10.0.0.1 a-b-c-d-e-f\n', (bytes) => removeHost(bytes, 'a-b-c-d-e-f')),
    '',
  )
})

t.test('MAC and IP are set where they stand', async (t) => {
  const set = (text: string, key: string, fields: HostFields) => edited(text, (bytes) => setHost(bytes, key, fields))
  const text = `host\t00:00:00:00:00:01 '10.0.0.1'  a b # x\r\n`
  t.equal(set(text, 'a', { mac: two }), `host\t${two} '10.0.0.1'  a b # x\r\n`)
  t.equal(set(text, 'a', { mac: '-', address: '10.0.0.2' }), `host\t- 10.0.0.2  a b # x\r\n`)
  t.equal(set(text, 'a', { mac: one, address: '10.0.0.1' }), text, 'nothing to do')
  t.equal(set('host - 10.0.0.1 a', 'a', { mac: '-' }), 'host - 10.0.0.1 a')
  t.throws(() => set(text, 'a', { mac: 'x' }), /not a MAC address/)
  t.throws(() => set(text, 'a', { address: 'x' }), /not an IP address/)
  t.throws(() => set(text, 'b', { mac: two }), /another name of a/)
})

t.test('what is added and removed again leaves the file as it was', async (t) => {
  const added = addHost(example, '0:0:0:0:0:20', '10.20.30.93', ['pdu3', 'p3'])
  t.match(
    parseConfig(added.bytes).cluster.hosts.find(({ name }) => name === 'pdu3'),
    { aliases: ['p3'] },
  )
  t.same(Buffer.from(removeHost(added.bytes, 'pdu3').bytes), example)
})
