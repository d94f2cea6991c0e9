import t from 'tap'
import { endOfLine, parseToml, placeOfNewKey } from '../../../src/cli/settings/toml.ts'

/** The leaves of a text in short: key, the text of the key, that of the value, and what it is. */
function leaves(text: string): unknown[] {
  const parsed = parseToml(text)
  if (!Array.isArray(parsed)) return [parsed]
  return parsed.map(({ key, keyAt, value, valueAt }) => {
    const plain = Array.isArray(value)
      ? value.map((each) => each.value)
      : (value as { value: unknown } | undefined)?.value
    return [key, text.slice(...keyAt), text.slice(...valueAt), plain]
  })
}

t.test('a key has its whole path, its place, and the place of its value', async (t) => {
  const text = 'domain = "a.b"\n[dns]\nttl = 60\nforward.zones = ["x", "y"]\n[dns.more]\non = true # yes\n'
  t.same(leaves(text), [
    ['domain', 'domain', '"a.b"', 'a.b'],
    ['dns.ttl', 'ttl', '60', 60],
    ['dns.forward.zones', 'forward.zones', '["x", "y"]', ['x', 'y']],
    ['dns.more.on', 'on', 'true', true],
  ])
})

t.test('keys in quotes and tables in one line are the same keys', async (t) => {
  t.same(leaves('dns = { ttl = 60, "listen" = "x" }\n'), [
    ['dns.ttl', 'ttl', '60', 60],
    ['dns.listen', '"listen"', '"x"', 'x'],
  ])
})

t.test('places count in a text with letters of several bytes as the text itself does', async (t) => {
  t.same(leaves('# grün \u{1f600}\nrun_dir = "/ü" # é\nx = 1\n'), [
    ['run_dir', 'run_dir', '"/ü"', '/ü'],
    ['x', 'x', '1', 1],
  ])
})

t.test('a table that holds nothing is a leaf without a value, its key the place', async (t) => {
  t.same(leaves('[dns]\n'), [['dns', 'dns', 'dns', undefined]])
  t.same(leaves('dns = {}\n'), [['dns', 'dns', '{}', undefined]])
})

t.test('a value of another kind is a leaf that no setting takes', async (t) => {
  t.same(leaves('a = 2026-01-01\n'), [['a', 'a', '2026-01-01', undefined]])
  t.same(leaves('a = [[1], 2]\n'), [['a', 'a', '[[1], 2]', [undefined, 2]]])
})

t.test('what is no TOML is a fault at its place', async (t) => {
  const fault = (text: string) => {
    const [found] = leaves(text) as [{ message?: string; at?: readonly [number, number] }]
    return found?.at
  }
  t.same(fault('a = '), [3, 4], 'where the value is missing')
  t.same(fault('a = 1\na = 2\n'), [6, 7], 'a key that is set twice')
  t.ok(fault('= 1\n'))
  t.ok(fault('a = "x\n'))
  t.ok(fault('[a\n'))
})

t.test('a new key stands behind the last one outside all tables', async (t) => {
  const added = (text: string): string => {
    const at = placeOfNewKey(text)
    return `${text.slice(0, at)}NEW\n${text.slice(at)}`
  }
  t.equal(added(''), 'NEW\n')
  t.equal(added('# all\n'), '# all\nNEW\n')
  t.equal(added('a = 1 # one\n\n[dns]\nb = 2\n'), 'a = 1 # one\nNEW\n\n[dns]\nb = 2\n')
  t.equal(added('a = [\n 1,\n]\n[dns]\n'), 'a = [\n 1,\n]\nNEW\n[dns]\n')
  t.equal(added('# all\n\n# of DNS\n[dns]\nb = 2\n'), '# all\n\nNEW\n# of DNS\n[dns]\nb = 2\n')
})

t.test('a line ends with its newline, the last one with the text', async (t) => {
  t.equal(endOfLine('ab\ncd', 0), 3)
  t.equal(endOfLine('ab\ncd', 2), 3)
  t.equal(endOfLine('ab\ncd', 3), 5)
})
