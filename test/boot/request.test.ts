import t from 'tap'
import { parseBootRequest } from '../../src/boot/request.ts'

const MAC = '0:a0:d1:0:0:1'
const TICKET = '0123456789abcdef0123456789abcdef'

t.test('a request names a card, and what it asks for', async (t) => {
  const script = { kind: 'script', mac: MAC, isAgain: false }
  for (const mac of ['00-a0-d1-00-00-01', '00:a0:d1:00:00:01', '00%3aa0%3Ad1:0:0:1', '0:A0:D1:0:0:1'])
    t.same(parseBootRequest(`/boot/${mac}`), script, mac)
  t.same(parseBootRequest('/boot/00-a0-d1-00-00-01/again'), { ...script, isAgain: true })
  t.same(parseBootRequest(`/file/${MAC}/kernel/${TICKET}`), {
    kind: 'image',
    mac: MAC,
    image: 'kernel',
    ticket: TICKET,
  })
  t.same(parseBootRequest(`/file/${MAC}/initrd`), { kind: 'image', mac: MAC, image: 'initrd', ticket: '' })
  t.same(parseBootRequest(`/sent/${MAC}/pxe/${TICKET}`), { kind: 'sent', mac: MAC, stage: 'pxe', ticket: TICKET })
  t.same(parseBootRequest(`/installed/${MAC}/${TICKET}`), { kind: 'installed', mac: MAC, ticket: TICKET })
  t.same(parseBootRequest('/static/snponly.efi'), { kind: 'program', name: 'snponly.efi' })
  t.same(parseBootRequest('/image/boot/a%20b'), { kind: 'named', path: '/boot/a b' })
})

t.test('what is no such address asks for nothing', async (t) => {
  const bad = [
    ...[
      '',
      '*',
      'http://x/boot/0:0:0:0:0:1',
      '/',
      '/boot',
      '/boot/',
      '/boot/x',
      '/boot/0:0:0:0:0:1/x',
      '//boot/0:0:0:0:0:1',
    ],
    ...[`/boot/${MAC}?x`, `/boot/${MAC}/again/`, `/file/${MAC}/`, `/file/${MAC}/../kernel`, `/file/${MAC}/kernel/../x`],
    ...[`/file/${MAC}/kernel/${TICKET}/x`, `/file/${MAC}/Kernel`, `/file/..%2f..%2fetc%2fpasswd/kernel`],
    ...[
      `/sent/${MAC}/disk/${TICKET}`,
      `/sent/${MAC}`,
      `/sent/${MAC}/pxe/${TICKET.toUpperCase()}`,
      `/installed/${MAC}/x`,
    ],
    ...['/static/a/b', '/image/%', `/boot/${MAC}/${'x'.repeat(2000)}`, '/BOOT/0:0:0:0:0:1'],
  ]
  for (const url of bad) t.equal(parseBootRequest(url), undefined, url.slice(0, 60))
})
