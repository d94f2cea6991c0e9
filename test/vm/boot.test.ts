// Machines without an operating system boot from a master: what they are sent, and what becomes of their stages.
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { folder } from '../folder.ts'
import { accelerator } from './accelerator.ts'
import { BootClient, type Firmware } from './boot/client.ts'
import { bootImages } from './boot/images.ts'
import { BootMaster } from './boot/master.ts'
import { bootingLacks } from './boot/requirements.ts'
import { PATIENT } from './virtual-machine.ts'

const skip = bootingLacks()

const LINE = `console=ttyS0 panic=-1 quiet ${PATIENT}`

/** The MAC of a node's card: 2:0:0:0:0:NODE. */
const macOf = (node: number): string => `02:00:00:00:00:${node.toString(16).padStart(2, '0')}`

/** The classes of the guide's kind, and a default. */
function classes({ kernel, initrd, largeInitrd }: ReturnType<typeof bootImages>): string {
  const image = (name: string, ram: string, words: string): string =>
    [
      `class ${name} kernelimage ${kernel}`,
      `class ${name} initrdimage ${ram}`,
      `class ${name} kernelcommandline ${LINE} ${words}`,
    ].join('\n')
  return [
    `kernelimage ${kernel}`,
    `initrdimage ${initrd}`,
    `kernelcommandline ${LINE} the=default`,
    image('linux', initrd, 'install'),
    image('large', largeInitrd, 'install'),
    image('fails', initrd, 'fail'),
    image('careful', initrd, 'install'),
    'class careful acknowledge installed',
    image('hapless', initrd, 'fail'),
    'class hapless acknowledge installed',
    'class memtest kernelimage /boot/memtest86+x64.bin',
    'class memtest initrdimage none',
    'class memtest kernelcommandline console=ttyS0,115200',
    'class idle kernelimage none',
    '',
  ].join('\n')
}

const NODES = `node 1 ${macOf(1)}
node 2 linux pxe+local pxe ${macOf(2)}   # by a BIOS
node 3 linux pxe+local pxe ${macOf(3)}   # by UEFI
node 4 memtest pxe+local ${macOf(4)}
node 5 linux pxe+pxe pxe ${macOf(5)}
node 6 idle pxe+local pxe ${macOf(6)}
node 7 large pxe+local pxe ${macOf(7)}
node 8 fails pxe+local pxe ${macOf(8)}
node 9 careful pxe+local pxe ${macOf(9)}
node 10 hapless pxe+local pxe ${macOf(10)}
node 11 linux pxe+local local ${macOf(11)}
node 12 linux pxe+local pxe ${macOf(12)}
node 13 linux pxe+local pxe ${macOf(13)}
${[20, 21, 22, 23, 24, 25].map((node) => `node ${node} linux pxe+local pxe ${macOf(node)}\n`).join('')}`

t.test('machines boot from a master', { skip, timeout: 3_600_000 }, async (t) => {
  const images = bootImages()
  const engine = accelerator(images.kernel)
  const master = await BootMaster.start(t, classes(images) + NODES)
  const dir = folder(t)

  /** A disk of a node's own. */
  const disk = (node: number, image = images.emptyDisk): string => {
    const path = join(dir, `disk${node}`)
    copyFileSync(image, path)
    return path
  }
  const powerOn = (t: Test, node: number, own?: string, firmware: Firmware = 'bios', ...more: string[]): BootClient =>
    BootClient.powerOn(t, { hub: master.hub, firmware, mac: macOf(node), disk: own, accelerator: engine, more })

  /** What of the configuration is another than before. */
  const changes = (before: string): readonly string[] => {
    const lines = before.split('\n')
    return master.config.split('\n').filter((line, i) => line !== lines[i])
  }

  await t.test('a node without a class boots the default, each time, and no line changes', async (t) => {
    const before = master.config
    const said = await powerOn(t, 1).ended()
    t.match(said, /BOOTED firmware=bios mac=02:00:00:00:00:01 .* the=default\b/)
    t.match(said, /LEASE 10\.20\.30\.101 n1\n/)
    t.equal(master.config, before)
  })

  await t.test('two machines, by a BIOS and by UEFI, install once, and boot their disks from then on', async (t) => {
    const before = master.config
    const machines = [
      { node: 2, firmware: 'bios', own: disk(2) },
      { node: 3, firmware: 'uefi', own: disk(3) },
    ] as const
    const installed = await Promise.all(
      machines.map(({ node, firmware, own }) => powerOn(t, node, own, firmware).ended()),
    )
    for (const [i, { node, firmware }] of machines.entries()) {
      t.match(installed[i], new RegExp(`BOOTED firmware=${firmware} mac=${macOf(node)} .* install\\b`))
      t.match(installed[i], /INSTALLED\n/)
    }
    t.same(changes(before), [
      `node 2 linux pxe+local local ${macOf(2)}   # by a BIOS`,
      `node 3 linux pxe+local local ${macOf(3)}   # by UEFI`,
    ])
    const after = master.config
    const again = await Promise.all(machines.map(({ node, firmware, own }) => powerOn(t, node, own, firmware).ended()))
    for (const [i, { firmware }] of machines.entries()) {
      t.match(again[i], new RegExp(`^DISK ${firmware}$`, 'm'))
      t.notMatch(again[i], /BOOTED/)
    }
    t.equal(master.config, after)
  })

  await t.test('UEFI boots by HTTP too, without TFTP', async (t) => {
    const noTftp = ['-fw_cfg', 'name=opt/org.tianocore/IPv4PXESupport,string=no']
    const said = await powerOn(t, 13, disk(13), 'uefi', ...noTftp).ended()
    t.match(said, /Start HTTP Boot over IPv4/)
    t.match(said, /INSTALLED\n/)
    await master.hasLine(13, / pxe\+local local /)
  })

  await t.test('the class memtest tests the memory', async (t) => {
    const machine = powerOn(t, 4)
    await machine.says(/memtest86\+/i)
    await machine.cut()
  })

  await t.test('a sequence that repeats pxe installs each time', async (t) => {
    const before = master.config
    for (const _ of [1, 2]) t.match(await powerOn(t, 5, disk(5)).ended(), /INSTALLED\n/)
    t.equal(master.config, before)
  })

  await t.test('a kernel image none is the disk, and the stage stays', async (t) => {
    const before = master.config
    t.match(await powerOn(t, 6, disk(6, images.disks.bios)).ended(), /^DISK bios$/m)
    t.equal(master.config, before)
  })

  await t.test('a node whose power fails in the middle of the transfer stays where it was', async (t) => {
    const own = disk(7)
    const machine = powerOn(t, 7, own)
    await machine.says(/\/initrd\/[^%]*\d+%/)
    await machine.cut()
    t.match(master.line(7), / pxe\+local pxe /)
    t.match(await powerOn(t, 7, own).ended(), /INSTALLED\n/)
    await master.hasLine(7, / pxe\+local local /)
  })

  await t.test('an installer that fails after the image was loaded is not run again: the disk is booted', async (t) => {
    const own = disk(8)
    t.match(await powerOn(t, 8, own).ended(), /FAILED\n/)
    await master.hasLine(8, / pxe\+local local /)
    const machine = powerOn(t, 8, own)
    await machine.says(/No bootable device|Boot failed/)
    t.notMatch(machine.console, /BOOTED/)
    await machine.cut()
  })

  await t.test('where the installer reports, the stage moves when it is done', async (t) => {
    const own = disk(9)
    const said = await powerOn(t, 9, own).ended()
    t.match(said, /INSTALLED\n/)
    t.match(said, /REPORTED\n/)
    await master.hasLine(9, / pxe\+local local /)
    t.match(await powerOn(t, 9, own).ended(), /^DISK bios$/m)
  })

  await t.test('where it fails instead, the node installs again, and after three times it is held', async (t) => {
    const own = disk(10)
    for (const _ of [1, 2, 3]) {
      t.match(await powerOn(t, 10, own).ended(), /FAILED\n/)
      t.match(master.line(10), / pxe\+local pxe /)
    }
    const machine = powerOn(t, 10, own)
    await machine.says(/node 10 is held/)
    t.notMatch(machine.console, /BOOTED/)
    await machine.cut()
    master.hub.must(`kickback set node 10 --stage pxe --config ${master.configFile}`)
    t.match(await powerOn(t, 10, own).ended(), /FAILED\n/, 'it is let go again')
  })

  await t.test('a node at its stage local that has lost its disk is not installed', async (t) => {
    const before = master.config
    const machine = powerOn(t, 11)
    await machine.says(/No bootable device|Boot failed/)
    t.notMatch(machine.console, /BOOTED/)
    t.equal(master.config, before)
    await machine.cut()
  })

  await t.test(
    'a master that cannot write the stage lets no node go, and one that dies then moves it once',
    async (t) => {
      const before = master.config
      master.hub.must(`mount --bind ${master.folder} ${master.folder} && mount -o remount,bind,ro ${master.folder}`)
      const machine = powerOn(t, 12, disk(12))
      // It is told to come again, which iPXE does by itself.
      await master.logs(/cannot read or move boot stages/)
      await machine.says(/\/sent\/[^.]*\.{5}/)
      t.notMatch(machine.console, /BOOTED/)
      t.equal(master.config, before)
      await master.kill()
      master.hub.must(`umount ${master.folder}`)
      await master.serve()
      t.match(await machine.ended(), /INSTALLED\n/)
      t.same(changes(before), [`node 12 linux pxe+local local ${macOf(12)}`])
    },
  )

  await t.test('six machines at once are six moves, and every other byte stays', async (t) => {
    const before = master.config
    const nodes = [20, 21, 22, 23, 24, 25]
    const said = await Promise.all(nodes.map((node) => powerOn(t, node, disk(node)).ended()))
    for (const each of said) t.match(each, /INSTALLED\n/)
    t.same(
      changes(before),
      nodes.map((node) => `node ${node} linux pxe+local local ${macOf(node)}`),
    )
  })
})
