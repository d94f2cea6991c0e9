import t from 'tap'
import { BootPlans } from '../../src/boot/plan.ts'
import { bootScript } from '../../src/boot/script.ts'
import { parseConfig } from '../../src/config/index.ts'
import { parseMac } from '../../src/values/index.ts'

const PLACES = { files: 'http://10.0.0.1:3047/file', sent: 'http://10.0.0.1:3047/sent' }

function scriptOf(lines: string, mac?: string): string {
  const text = `nodes 1\niprange 10.0.0.10 10.0.0.10\n${lines}\n`
  const plan = new BootPlans(parseConfig(Buffer.from(text)).cluster).of(0)
  if (plan === undefined) throw new Error('no node')
  return bootScript(plan, PLACES, mac === undefined ? undefined : parseMac(mac))
}

t.test('an image is loaded, reported, and booted; what fails is tried again', async (t) => {
  const lines = 'kernelimage /k\ninitrdimage /i\nkernelcommandline rw quiet\nnode 0 a pxe+local pxe 0:a0:d1:0:0:1'
  t.equal(
    scriptOf(lines),
    `#!ipxe
:again
kernel --name kernel http://10.0.0.1:3047/file/00-a0-d1-00-00-01/kernel initrd=initrd rw quiet || goto wait
initrd --name initrd http://10.0.0.1:3047/file/00-a0-d1-00-00-01/initrd || goto wait
imgfetch --name report http://10.0.0.1:3047/sent/00-a0-d1-00-00-01/pxe || goto wait
imgfree report
boot || goto wait
:wait
imgfree
sleep 5
goto again
`,
  )
})

t.test('the initial RAM disk has the name that the command line expects', async (t) => {
  const script = scriptOf(
    'kernelimage /k\ninitrdimage /i\nkernelcommandline initrd=boot/x.img ro\nnode 0 a pxe 0:0:0:0:0:1',
  )
  t.match(script, /kernel initrd=boot\/x\.img ro \|\| goto wait\ninitrd --name x\.img /)
})

t.test('an image alone has neither an initrd nor a command line', async (t) => {
  const script = scriptOf('kernelimage /memtest\ninitrdimage none\nkernelcommandline none\nnode 0 m pxe 0:0:0:0:0:1')
  t.match(script, /\/kernel \|\| goto wait\nimgfetch /)
})

t.test('the card that asks is the one that the addresses name', async (t) => {
  t.match(
    scriptOf('kernelimage /k\nnode 0 a pxe 0:0:0:0:0:1 0:0:0:0:0:2', '0:0:0:0:0:2'),
    /file\/00-00-00-00-00-02\/kernel/,
  )
})

t.test('the disk is the next device of a BIOS, and an error of UEFI', async (t) => {
  for (const lines of ['kernelimage none\nnode 0 a pxe 0:0:0:0:0:1', 'kernelimage /k\nnode 0 a local 0:0:0:0:0:1']) {
    t.equal(scriptOf(lines), `#!ipxe\niseq \${platform} efi && exit 1 || exit 0\n`)
  }
})
