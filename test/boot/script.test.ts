import t from 'tap'
import { BootPlans, isByInstaller } from '../../src/boot/plan.ts'
import { bootScript, heldScript, type ScriptParts } from '../../src/boot/script.ts'
import { parseConfig } from '../../src/config/index.ts'

const MAC = '0:a0:d1:0:0:1'
const TICKET = '0123456789abcdef0123456789abcdef'

function scriptOf(lines: string, more: Partial<ScriptParts> = {}): string {
  const text = `nodes 1\niprange 10.0.0.10 10.0.0.10\n${lines}\n`
  const plan = new BootPlans(parseConfig(Buffer.from(text)).cluster).of(0)
  if (plan === undefined) throw new Error('no node')
  const isInstaller = isByInstaller(plan)
  return bootScript(plan, { master: 'http://10.0.0.1:3048', mac: MAC, ticket: TICKET, isInstaller, ...more })
}

const IMAGE = 'kernelimage /k\ninitrdimage /i\nkernelcommandline rw quiet\n'

t.test(
  'an image is loaded, reported, and booted; what fails is tried again with the script that is right then',
  async (t) => {
    t.equal(
      scriptOf(`${IMAGE}node 0 a pxe+local pxe ${MAC}`),
      `#!ipxe
kernel --name kernel http://10.0.0.1:3048/file/00-a0-d1-00-00-01/kernel/${TICKET} initrd=initrd rw quiet || goto wait
initrd --name initrd http://10.0.0.1:3048/file/00-a0-d1-00-00-01/initrd/${TICKET} || goto wait
${`imgfetch --name report http://10.0.0.1:3048/sent/00-a0-d1-00-00-01/pxe/${TICKET} && goto reported || sleep 5\n`.repeat(24)}imgfetch --name report http://10.0.0.1:3048/sent/00-a0-d1-00-00-01/pxe/${TICKET} || goto wait
:reported
imgfree report
boot || goto wait
:wait
imgfree
sleep 5
chain --replace --autofree http://10.0.0.1:3048/boot/00-a0-d1-00-00-01/again || goto wait
`,
    )
  },
)

t.test('the initial RAM disk has the name that the command line expects', async (t) => {
  const script = scriptOf(`kernelimage /k\ninitrdimage /i\nkernelcommandline initrd=boot/x.img ro\nnode 0 a pxe ${MAC}`)
  t.match(script, /kernel\/[0-9a-f]+ initrd=boot\/x\.img ro \|\| goto wait\ninitrd --name x\.img /)
})

t.test('an image alone has neither an initrd nor a command line', async (t) => {
  const script = scriptOf(`kernelimage /memtest\ninitrdimage none\nkernelcommandline none\nnode 0 m pxe ${MAC}`)
  t.match(script, /\/kernel\/[0-9a-f]+ \|\| goto wait\nimgfetch /)
})

t.test('where others have the images the paths of the configuration follow their address', async (t) => {
  const text = `kernelimage "/boot/my k%"\ninitrdimage /i\nnode 0 a pxe ${MAC}`
  const script = scriptOf(text, { images: 'http://10.0.0.9/image' })
  t.match(script, 'kernel --name kernel http://10.0.0.9/image/boot/my%20k%25 initrd=initrd || goto wait\n')
  t.match(script, 'initrd --name initrd http://10.0.0.9/image/i || goto wait\n')
  t.match(script, 'imgfetch --name report http://10.0.0.1:3048/sent/', 'and the report comes here')
})

t.test('an installer is told where to report, and the loader does not report', async (t) => {
  const script = scriptOf(`${IMAGE}class a acknowledge installed\nnode 0 a pxe+local pxe ${MAC}`)
  t.match(
    script,
    `initrd=initrd rw quiet kickback.installed=http://10.0.0.1:3048/installed/00-a0-d1-00-00-01/${TICKET} || goto wait\n`,
  )
  t.notMatch(script, /imgf(?:etch|ree) (?:--name )?report/)
  const diskless = scriptOf(`${IMAGE}class a acknowledge installed\nnode 0 a pxe pxe ${MAC}`)
  t.notMatch(diskless, 'kickback.installed', 'a stage that does not move needs no installer')
})

t.test('a node that is held says so, and asks again each minute', async (t) => {
  t.equal(
    heldScript('http://10.0.0.1:3048', MAC, 15, 'pxe'),
    `#!ipxe
echo kickback: node 15 is held: it booted stage pxe several times, and nobody reported that it is done
echo On the master: kickback set node 15 --stage pxe
:wait
sleep 60
chain --replace --autofree http://10.0.0.1:3048/boot/00-a0-d1-00-00-01/again || goto wait
`,
  )
})

t.test('the disk is the next device of a BIOS, and an error of UEFI', async (t) => {
  for (const lines of [`kernelimage none\nnode 0 a pxe ${MAC}`, `kernelimage /k\nnode 0 a local ${MAC}`]) {
    t.equal(scriptOf(lines), `#!ipxe\niseq \${platform} efi && exit 1 || exit 0\n`)
  }
})
