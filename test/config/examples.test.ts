import t from 'tap'
import { DIRECTIVES } from '../../src/config/directives/table.ts'
import { parseConfig } from '../../src/config/parser.ts'
import { CODES } from '../../src/config/text/codes.ts'
import { bytesOf } from '../../tools/config-pages.ts'

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

t.test('the example of each directive is a line of that directive and has no error', async (t) => {
  for (const { keyword, example } of DIRECTIVES) {
    const { diagnostics, lines } = parseConfig(Buffer.from(example))
    t.equal(lines[0]?.words[0]?.value, keyword)
    const allowed = keyword === 'host' ? ['host-outside-ranges'] : []
    t.same(
      diagnostics.filter(({ severity, code }) => severity === 'error' && !allowed.includes(code)),
      [],
      example,
    )
  }
})

t.test('every directive of the guides is a row, once', async (t) => {
  const guides =
    'nodes iprange hostrange host hostname node class kernelimage initrdimage kernelcommandline nodename interface ' +
    'masterorder server nodeassign ignore masterdelay pxebandwidth nodeaccess bootmodule modarg modprobe insmod ' +
    'moduledep firmware libraries prestage mkfs fsck logfacility pingtimeout pci pxefileset'
  t.same(DIRECTIVES.map((row) => row.keyword).sort(), guides.split(' ').sort())
})
