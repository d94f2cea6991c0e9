import t from 'tap'
import { formatHttpAddress, parseHttpAddress } from '../../../src/values/index.ts'

t.test('the address of an HTTP server has a numeric address, and may have a port and a path', async (t) => {
  const rows = [
    ['http://10.0.0.5', 'http://10.0.0.5:80'],
    ['http://10.0.0.5:3128', 'http://10.0.0.5:3128'],
    ['http://10.0.0.5:3128/', 'http://10.0.0.5:3128'],
    ['http://[fd00::5]/kickback', 'http://[fd00::5]:80/kickback'],
    ['http://10.0.0.5/a/b-1/', 'http://10.0.0.5:80/a/b-1'],
  ] as const
  for (const [text, wanted] of rows) {
    const address = parseHttpAddress(text)
    t.equal(address && formatHttpAddress(address), wanted, text)
  }
  t.match(parseHttpAddress('http://10.0.0.5:3128/a'), { endpoint: { host: '10.0.0.5', port: 3128 }, prefix: '/a' })
})

t.test('names, other schemes, and what could mean something else are not read', async (t) => {
  const others = [
    '',
    '10.0.0.5:3128',
    'https://10.0.0.5',
    'http://cache:3128',
    'http://',
    'http://10.0.0.5:0',
    'http://10.0.0.5:70000',
    'http://user@10.0.0.5',
    'http://10.0.0.5/?a=b',
    'http://10.0.0.5/#a',
    'http://10.0.0.5//a',
    'http://10.0.0.5/a b',
    'http://10.0.0.5/a\r\nx: y',
    `http://10.0.0.5/${'a'.repeat(200)}`,
  ]
  for (const text of others) t.equal(parseHttpAddress(text), undefined, text)
})
