import t from 'tap'
import { codingFor, etagOf, isHeld, partFor } from '../../../src/kickback/objects/representation.ts'

t.test('the coding is the best that is named, and none where none is', async (t) => {
  const rows = [
    [undefined, 'identity'],
    ['', 'identity'],
    ['gzip', 'gzip'],
    ['deflate, gzip, br, zstd', 'zstd'],
    ['GZIP;q=0.5', 'gzip'],
    ['zstd;q=0, gzip', 'gzip'],
    ['zstd; q=0.000,gzip ;q=0', 'identity'],
    ['*', 'identity'],
    ['zstdx, xgzip', 'identity'],
  ] as const
  for (const [accepted, coding] of rows) t.equal(codingFor(accepted), coding, accepted ?? 'nothing')
})

t.test('each coding has a validator of its own', async (t) => {
  t.same(
    (['identity', 'zstd', 'gzip'] as const).map((coding) => etagOf('12ab', coding)),
    ['"12ab"', '"12ab-zstd"', '"12ab-gzip"'],
  )
})

t.test('what the asker has is not sent again', async (t) => {
  const held = (named: string | undefined): boolean =>
    isHeld(named === undefined ? {} : { 'if-none-match': named }, '"a"')
  t.same([held('"a"'), held('"b", W/"a"'), held('*')], [true, true, true])
  t.same([held(undefined), held('"b"'), held('a')], [false, false, false])
})

t.test('a range is a part, and what is no single range is the whole', async (t) => {
  const part = (range?: string, state?: string) =>
    partFor({ ...(range && { range }), ...(state && { 'if-range': state }) }, '"a"', 100)
  const all = { from: 0, to: 100 }
  t.same(part('bytes=0-9'), { from: 0, to: 10 })
  t.same(part('bytes=90-'), { from: 90, to: 100 })
  t.same(part('bytes=-10'), { from: 90, to: 100 })
  t.same(part('bytes=-1000'), all)
  t.same(part('bytes=99-1000'), { from: 99, to: 100 })
  for (const range of [undefined, 'bytes=1-2,4-5', 'lines=1-2', 'bytes=5-1', 'bytes=-', 'bytes=a-b', 'bytes=1--2']) {
    t.same(part(range), all, range ?? 'none')
  }
  t.equal(part('bytes=100-'), undefined, 'behind the end')
  t.equal(part('bytes=-0'), undefined, 'nothing')
  t.same(part('bytes=0-9', '"a"'), { from: 0, to: 10 })
  t.same(part('bytes=0-9', '"b"'), all, 'of another state')
})
