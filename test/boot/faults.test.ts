import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { BOOT_CODES } from '../../src/boot/codes.ts'
import { initrdName, secretParameter, takenApart } from '../../src/boot/command-line.ts'
import { type BootFault, imagesOf, planFaults } from '../../src/boot/faults.ts'
import { type FileReader, imageFaults } from '../../src/boot/images.ts'
import { type BootPlan, BootPlans } from '../../src/boot/plan.ts'
import { parseConfig } from '../../src/config/index.ts'
import { HandClock } from '../clocks.ts'
import { folder } from '../folder.ts'

const NODE = 'node 0 a pxe 0:0:0:0:0:1'

function planOf(lines: string): BootPlan {
  const text = `nodes 1\niprange 10.0.0.10 10.0.0.10\n${lines}\n`
  const plan = new BootPlans(parseConfig(Buffer.from(text)).cluster).of(0)
  if (plan === undefined) throw new Error('no node')
  return plan
}

const brief = (faults: readonly BootFault[]) => faults.map(({ code, span }) => `${code} ${span.line}`)

/** For each code that a plan alone shows, lines that yield it, and the line that is named. */
const FAULTY: Readonly<Record<string, readonly [lines: string, line: number]>> = {
  'boot-no-mac': ['kernelimage none\nnode 0 a pxe+local pxe', 4],
  'boot-no-kernel': [NODE, 3],
  'boot-split-line': [`kernelimage /k\nkernelcommandline quiet || poweroff\n${NODE}`, 4],
  'boot-secret': [`kernelimage /k\nkernelcommandline rootpw=geheim\n${NODE}`, 4],
  'boot-initrd-name': [`kernelimage /k\nkernelcommandline initrd=x.img\n${NODE}`, 4],
  'boot-relative-image': [`kernelimage vmlinuz\n${NODE}`, 3],
}

t.test('each fault of a plan is found at its line', async (t) => {
  for (const [code, [lines, line]] of Object.entries(FAULTY))
    t.same(brief(planFaults(planOf(lines))), [`${code} ${line}`], code)
  t.same(
    Object.keys(BOOT_CODES).sort(),
    [...Object.keys(FAULTY), 'boot-no-image', 'boot-outside-networks', 'boot-many-macs'].sort(),
    'every code has a case',
  )
})

t.test('what no node is sent is no fault', async (t) => {
  t.same(planFaults(planOf('kernelimage /k\nkernelcommandline a || b\nnode 0 a local 0:0:0:0:0:1')), [])
  t.same(planFaults(planOf(`kernelimage /k\ninitrdimage /i\nkernelcommandline rw root=/dev/ram0 quiet\n${NODE}`)), [])
})

t.test('iPXE takes a line apart at its operators and settings, and at nothing else', async (t) => {
  const split = {
    'a || b': '||',
    '|| b': '||',
    'a && b': '&&',
    [['x=$', '{net0/mac}'].join('')]: ['$', '{'].join(''),
    'a ; b': ';',
    'a\u0001': '\u0001',
  }
  for (const [line, text] of Object.entries(split)) t.equal(takenApart(line)?.text, text, line)
  for (const line of ['a;b', 'a|b', 'a&b', 'console=ttyS0,115200n8', 'x=$y', 'init=/bin/sh -c "a"'])
    t.equal(takenApart(line), undefined, line)
})

t.test(
  'passwords, tokens and keys are found by the name of the parameter, and places of secrets are none',
  async (t) => {
    const secret = {
      'rootpw=abc': 'rootpw',
      'inst.vncpassword=x y': 'inst.vncpassword',
      'ro k3s.token=abc': 'k3s.token',
      'wifi-psk=x': 'wifi-psk',
    }
    for (const [line, name] of Object.entries(secret)) t.equal(secretParameter(line), name, line)
    const open = [
      'ks=nfs:10.0.0.1:/k',
      'token-file=/etc/t token=/etc/token',
      'keyboard=us keymap=de',
      'password=https://h/x',
      'quiet',
    ]
    for (const line of open) t.equal(secretParameter(line), undefined, line)
  },
)

t.test('the name of an initial RAM disk is the last part of its path', async (t) => {
  t.equal(initrdName('ro initrd=a/b.img x'), 'b.img')
  t.equal(initrdName('initrd=EFI\\b.img'), 'b.img')
  for (const line of ['', 'noinitrd=x', 'initrd=']) t.equal(initrdName(line), undefined, line)
})

t.test('images that are not there, are no files or cannot be read are found', async (t) => {
  const dir = folder(t)
  mkdirSync(join(dir, 'd'))
  writeFileSync(join(dir, 'k'), 'kernel')
  const found = async (kernel: string, initrd: string) => {
    const plan = planOf(`kernelimage ${join(dir, kernel)}\ninitrdimage ${join(dir, initrd)}\n${NODE}`)
    const faults = await imageFaults(imagesOf(plan))
    return faults.map(({ image, message }) => `${image.span.line} ${message.slice(message.lastIndexOf('"') + 2)}`)
  }
  t.same(await found('k', 'k'), [])
  t.same(await found('d', 'none'), ['3 is not a regular file', '4 does not exist'])
  t.same(await found('k', 'k/x'), ['4 does not exist'])
  if (process.getuid?.() === 0) return
  chmodSync(join(dir, 'k'), 0)
  t.same(await found('k', 'd'), ['3 cannot be read: EACCES', '4 is not a regular file'])
})

t.test('images are judged as the user may read them that sends them, whoever looks', async (t) => {
  const dir = folder(t)
  mkdirSync(join(dir, 'd'))
  writeFileSync(join(dir, 'd/k'), 'kernel')
  symlinkSync(join(dir, 'd/k'), join(dir, 'link'))
  const mode = (path: string, bits: number): void => chmodSync(join(dir, path), bits)
  const { uid, gid } = statSync(join(dir, 'd/k'))
  const other = { uid: uid + 12_345, gid: gid + 12_345 }
  const fault = async (reader: FileReader, path = 'd/k') => {
    const [found] = await imageFaults([{ path: join(dir, path) }], reader)
    return found?.message.slice(found.message.lastIndexOf('"') + 2).replace(dir, 'DIR')
  }
  mode('', 0o755)
  mode('d', 0o755)
  mode('d/k', 0o604)
  t.equal(await fault(other), undefined)
  t.match(await fault({ ...other, gid }), /by the user that sends it, uid \d+: its mode does not let it read$/)
  mode('d/k', 0o640)
  t.match(await fault(other), /its mode does not let it read$/)
  t.equal(await fault({ ...other, gid }), undefined, 'by its group')
  t.equal(await fault({ uid: 0, gid: 0 }), undefined, 'root may read all')
  mode('d/k', 0o644)
  mode('d', 0o700)
  t.match(await fault(other), /it may not search DIR\/d$/)
  t.match(await fault(other, 'link'), /it may not search DIR\/d$/, 'where a link leads counts too')
  t.match(await fault(other, 'none'), /^does not exist$/)
})

t.test('a file system that does not answer ends the search: nothing after it is asked', async (t) => {
  const clock = new HandClock()
  const asked: string[] = []
  const look = (path: string): Promise<string | undefined> => {
    asked.push(path)
    return path === '/dead' ? new Promise(() => {}) : Promise.resolve(path === '/ok' ? undefined : 'is bad')
  }
  const images = ['/ok', '/bad', 'relative', '/dead', '/after'].map((path) => ({ path }))
  const found = imageFaults(images, undefined, look, clock)
  while (asked.length < 3) await new Promise(setImmediate)
  clock.turn(5000)
  t.same(
    (await found).map(({ message }) => message),
    ['"/bad" is bad', '"/dead" is on a file system that does not answer; the images after it were not looked at'],
  )
  t.same(asked, ['/ok', '/bad', '/dead'])
})
