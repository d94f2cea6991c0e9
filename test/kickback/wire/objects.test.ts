import t from 'tap'
import { deltaPath, headText, objectPath, objectRequestOf } from '../../../src/kickback/wire/objects.ts'

const ONE = Buffer.alloc(32, 0x1a)
const OTHER = Buffer.alloc(32, 0x2b)
const NONCE = '07'.repeat(32)

t.test('the paths of objects are read as they are written', async (t) => {
  t.same(objectRequestOf(objectPath(ONE)), { kind: 'object', digest: '1a'.repeat(32) })
  t.same(objectRequestOf(deltaPath(ONE, OTHER)), { kind: 'delta', from: '1a'.repeat(32), to: '2b'.repeat(32) })
  t.same(objectRequestOf('/1/trust'), { kind: 'trust' })
})

t.test('a target may name the server, as some caches write it', async (t) => {
  t.same(objectRequestOf(`http://10.0.0.1:3047${objectPath(ONE)}`), { kind: 'object', digest: '1a'.repeat(32) })
})

t.test('a head is asked for with a nonce, and perhaps with what the asker has and how long it waits', async (t) => {
  const head = { kind: 'head', nonce: Buffer.alloc(32, 7), after: undefined, wait: 0 }
  t.same(objectRequestOf(`/1/head?nonce=${NONCE}`), head)
  const after = '1a'.repeat(32)
  t.same(objectRequestOf(`/1/head?wait=30&after=${after}&nonce=${NONCE}`), { ...head, after, wait: 30 })
  t.same(objectRequestOf(`/1/head?nonce=${NONCE}&wait=3600`), { ...head, wait: 60 }, 'for a minute at most')
  t.same(objectRequestOf(`/1/head?nonce=${NONCE}&later=1`), head, 'what is not known is ignored')
})

t.test('nothing else is a request: no other path, digit, length or query', async (t) => {
  const digest = '1a'.repeat(32)
  const others = [
    '',
    '/',
    '/1/head',
    '/1/head?nonce=07',
    `/1/head?nonce=${'zz'.repeat(32)}`,
    `/1/head?nonce=${NONCE}&after=1a`,
    `/1/head?nonce=${NONCE}&wait=-1`,
    `/1/head?nonce=${NONCE}&wait=1e3`,
    `/1/object/${digest.toUpperCase()}`,
    `/1/object/${digest}/`,
    `/1/object/${digest}?a=b`,
    `/1/object/../${digest}`,
    `/1/object/${digest.slice(1)}`,
    `/1/object/%2e%2e%2fstate%2fsigning.key`,
    `/1/delta/${digest}`,
    `/1/delta/${digest}-${digest}-${digest}`,
    `/2/object/${digest}`,
    '/1/trust/',
    `//1/object/${digest}`,
    `/1/head?nonce=${NONCE}&${'x'.repeat(1024)}`,
  ]
  for (const target of others) t.equal(objectRequestOf(target), undefined, target)
})

t.test('the text of a head has a line for each thing that there is', async (t) => {
  const bare = { digest: ONE, size: 1000, header: Buffer.of(1, 2, 3), flags: 2, signature: Buffer.of(4, 5, 6) }
  const none = { trust: undefined, signer: undefined, url: undefined }
  const start = ['kickback head 1', `digest ${'1a'.repeat(32)}`, 'size 1000', 'header AQID']
  t.same(headText({ ...bare, ...none }).split('\n'), [...start, 'flags 2', 'signature BAUG', ''])
  const all = headText({ ...bare, trust: 7, signer: Buffer.alloc(16, 0xab), url: 'http://10.0.0.5:3128' })
  const more = ['trust 7', `signer ${'ab'.repeat(16)}`, 'flags 2', 'objects http://10.0.0.5:3128']
  t.same(all.split('\n'), [...start, ...more, 'signature BAUG', ''])
})
