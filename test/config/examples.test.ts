import t from 'tap'
import { exampleLine } from '../../src/config/directives/directive.ts'
import { DIRECTIVES } from '../../src/config/directives/table.ts'
import { parseConfig } from '../../src/config/parser.ts'
import { CODES } from '../../src/config/text/codes.ts'
import { bytesOf } from '../../tools/config-pages.ts'
import { linesOf } from './reading.ts'

t.test('the example of each code yields that code, and no graver one', async (t) => {
  for (const [code, { example, severity }] of Object.entries(CODES)) {
    const { diagnostics } = parseConfig(bytesOf(example))
    t.ok(
      diagnostics.some((diagnostic) => diagnostic.code === code),
      code,
    )
    const others = diagnostics.filter((other) => other.code !== code && other.severity === 'error')
    t.same(severity === 'error' ? [] : others, [], `${code} alone is told as an error`)
  }
})

t.test('each example of a directive has a line of that directive, and nothing in it is wrong', async (t) => {
  for (const row of DIRECTIVES) {
    for (const { lines } of row.examples) {
      const bytes = Buffer.from(`${lines.join('\n')}\n`)
      const { diagnostics } = parseConfig(bytes)
      t.ok(
        linesOf(bytes).some(({ words }) => words[0]?.value === row.keyword),
        lines.join('; '),
      )
      const allowed = row.keyword === 'hostname' ? ['hostname-ignored'] : []
      t.same(
        diagnostics.map(({ code }) => code).filter((code) => !allowed.includes(code)),
        [],
        lines.join('; '),
      )
    }
    t.ok(exampleLine(row).startsWith(`${row.keyword} `), 'the example of the table is a whole line')
  }
})

t.test('what a directive means is one sentence first', async (t) => {
  for (const { keyword, summary } of DIRECTIVES) t.match(summary, /^[A-Z].*\.$/, keyword)
  for (const { keyword, summary } of DIRECTIVES) t.notMatch(summary, /\. [A-Z]/, keyword)
})

t.test('every directive of the guides is a row, once', async (t) => {
  const guides =
    'nodes iprange hostrange host hostname node class kernelimage initrdimage kernelcommandline nodename interface ' +
    'masterorder server nodeassign ignore masterdelay pxebandwidth nodeaccess bootmodule modarg modprobe insmod ' +
    'moduledep firmware libraries prestage mkfs fsck logfacility pingtimeout pci pxefileset'
  t.same(DIRECTIVES.map((row) => row.keyword).sort(), guides.split(' ').sort())
})
