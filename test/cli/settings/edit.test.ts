import fc from 'fast-check'
import t from 'tap'
import { withoutSetting, withSetting } from '../../../src/cli/settings/edit.ts'
import { parseSettingsFile } from '../../../src/cli/settings/file.ts'

t.test('a value is changed in its place, and everything else stays', async (t) => {
  const text = '# ours\nmaster = [\n  "10.0.0.1:3045", # the old one\n]  # first\ndomain = "x"\n\n[dns]\nttl = 60\n'
  t.equal(
    withSetting(text, 'master', ['10.0.0.2:3045']),
    '# ours\nmaster = ["10.0.0.2:3045"]  # first\ndomain = "x"\n\n[dns]\nttl = 60\n',
  )
})

t.test('a new setting stands behind the others that are in no table', async (t) => {
  t.equal(
    withSetting('domain = "x" # y\n\n[dns]\nttl = 60\n', 'key', '/k'),
    'domain = "x" # y\nkey = "/k"\n\n[dns]\nttl = 60\n',
  )
  t.equal(withSetting('domain = "x"', 'key', '/k'), 'domain = "x"\nkey = "/k"\n')
  t.equal(withSetting('', 'insecure', true), 'insecure = true\n')
  t.equal(withSetting('# nothing yet\n', 'key', '/k'), '# nothing yet\nkey = "/k"\n')
})

t.test('a new setting stands ahead of the first table and its comment', async (t) => {
  t.equal(
    withSetting('# ours\n\n# DNS\n[dns]\nttl = 60\n', 'key', '/k'),
    '# ours\n\nkey = "/k"\n# DNS\n[dns]\nttl = 60\n',
  )
  t.equal(withSetting('[dns]\nttl = 60\n', 'key', '/k'), 'key = "/k"\n[dns]\nttl = 60\n')
})

t.test('a setting is taken out with its line, and one that is not there changes nothing', async (t) => {
  t.equal(withoutSetting('a = 1\nmaster = [\n "x",\n] # y\nb = 2\n', 'master'), 'a = 1\nb = 2\n')
  t.equal(withoutSetting('key = "x"', 'key'), '')
  t.equal(withoutSetting('[dns]\nkey = 1\n', 'key'), '[dns]\nkey = 1\n', 'another key of that name, in a table')
  t.equal(withoutSetting('not toml', 'key'), 'not toml')
})

const part = fc.constantFrom('domain = "a"\n', '# comment\n', '\n', 'allow = ["10.0.0.0/8"] # x\n')
const table = fc.constantFrom('', '[dns]\nttl = 5\n', '# about it\n[dns]\nlisten = ["10.0.0.1:53"]\n')
const texts = fc.tuple(fc.uniqueArray(part), table).map(([parts, last]) => parts.join('') + last)

t.test('what was set is what is read, all other settings stay, and taking it out gives back the text', async (t) => {
  fc.assert(
    fc.property(texts, fc.string({ unit: 'grapheme-ascii' }), (text, value) => {
      const set = withSetting(text, 'key', `/${value}`)
      const [before, after] = [parseSettingsFile('a', text).values, parseSettingsFile('a', set).values]
      t.same(withoutSetting(set, 'key'), text)
      for (const [name, given] of before) t.same(after.get(name), given)
      t.equal(after.size, before.size + 1)
    }),
  )
})
