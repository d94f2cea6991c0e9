/** Boots of nodes, from the script to the stage in the file: tests that test/root/boot/endpoint.test.ts runs in a network namespace. */
import { chmodSync, readFileSync, statSync } from 'node:fs'
import t from 'tap'
import { until } from '../../patience.ts'
import { ask, bootMaster, boots, imageLines, loaded, node, nodeLines, placesIn, scriptOf } from './client.ts'

const DISK = `#!ipxe\niseq \${platform} efi && exit 1 || exit 0\n`
const ALL = Array.from({ length: 32 }, (_, number) => number)

t.test('a node of pxe+local installs once, and boots its disk from then on', async (t) => {
  const { scratch } = await bootMaster(t, (dir) => `${imageLines(dir)}${nodeLines([15], 'pxe')}`)
  const before = scratch.read('config')
  const generation = JSON.parse((await scratch.ask('status', '--json')).stdout).generation
  const one = node(15)
  const script = await scriptOf(one)
  const { kernel = '', initrd = '', report = '' } = placesIn(script)
  t.match(
    await ask(one.address, report),
    { status: 403, body: /^what this ticket .* was not sent yet\n$/ },
    'too early',
  )
  t.same((await ask(one.address, kernel)).bytes, readFileSync(scratch.path('kernel')))
  t.same((await ask(one.address, initrd)).bytes, readFileSync(scratch.path('initrd')))
  t.equal(scratch.read('config'), before, 'until then nothing has moved')
  t.match(await ask(one.address, report), { status: 200, body: 'node 15 boots stage local next\n' })
  t.equal(
    scratch.read('config'),
    before.replace('pxe+local pxe', 'pxe+local local'),
    'it is in the file with the reply',
  )
  t.equal(await scriptOf(one), DISK, 'at once')
  t.match(await ask(one.address, report), { status: 200, body: /already/ }, 'asking twice is harmless')
  t.match(await ask(one.address, kernel), { status: 404 })
  t.match(scratch.read('state/audit'), /boot stage of node 15: reported by 0:a0:d1:0:0:f at 10\.20\.30\.115/)
  await scratch.ask('reload')
  t.equal(JSON.parse((await scratch.ask('status', '--json')).stdout).generation, generation, 'no generation for it')
})

t.test('a stage that is set back by hand is booted again, also before a reload', async (t) => {
  const { scratch } = await bootMaster(t, (dir) => `${imageLines(dir)}${nodeLines([15], 'local')}`)
  t.equal(await scriptOf(node(15)), DISK)
  scratch.write('config', scratch.read('config').replace('pxe+local local', 'pxe+local pxe'))
  t.match(await scriptOf(node(15)), /^kernel /m)
})

t.test('a line without a stage moves; one of pxe pxe stays, and boots for ever', async (t) => {
  const { scratch } = await bootMaster(
    t,
    (dir) =>
      `${imageLines(dir)}node 3 c pxe+local ${node(3).mac}\nnode 4 c pxe pxe ${node(4).mac}\nnode 5 ${node(5).mac}\n`,
  )
  t.match(await boots(node(3)), { status: 200, body: /boots stage local next/ })
  t.match(scratch.read('config'), `node 3 c pxe+local local ${node(3).mac}\n`)
  for (let i = 0; i < 5; i++) {
    t.match(await boots(node(4)), { status: 200, body: /stays/ })
    t.match(await boots(node(5)), { status: 200, body: /stays/ })
  }
  t.match(scratch.read('config'), `node 4 c pxe pxe ${node(4).mac}\nnode 5 ${node(5).mac}\n`)
})

t.test('a report counts only from the address of the node, with the ticket of its own script', async (t) => {
  const { scratch } = await bootMaster(t, (dir) => `${imageLines(dir)}${nodeLines([3, 4], 'pxe')}`)
  const before = scratch.read('config')
  const { report = '' } = await loaded(node(3), await scriptOf(node(3)))
  t.match(await ask('10.20.30.77', report), { status: 403, body: /not the address of the node/ }, 'a stranger')
  t.match(await ask(node(4).address, report), { status: 403, body: /not the address/ }, 'another node')
  const [, ticket] = /\/([0-9a-f]{32})$/.exec(report) ?? []
  t.match(
    await ask(node(4).address, `/sent/${node(4).mac}/pxe/${ticket}`),
    { status: 403, body: /no such ticket/ },
    'stolen',
  )
  t.match(await ask(node(3).address, `/sent/${node(3).mac}/pxe/${'0'.repeat(32)}`), { status: 403 }, 'guessed')
  t.match(await ask(node(3).address, `/sent/${node(3).mac}/pxe`), { status: 403 }, 'none')
  t.match(
    await ask(node(3).address, `/sent/${node(3).mac}/local/${ticket}`),
    { status: 200, body: /is at stage pxe already/ },
    'another stage',
  )
  t.equal(scratch.read('config'), before)
  for (const path of [`/boot/${node(3).mac}`, `/file/${node(3).mac}/kernel`, `/file/${node(3).mac}/initrd`])
    t.match(await ask('10.20.30.77', path), { status: 403 }, path)
  t.match(await ask('10.20.30.77', '/boot/00-00-00-00-00-99'), { status: 200, body: DISK }, 'a MAC that nobody knows')
  t.match(await ask(node(3).address, report), { status: 200 }, 'control')
})

t.test('tickets outlast the daemon and its process, also where they are killed', async (t) => {
  const { scratch, restart } = await bootMaster(t, (dir) => `${imageLines(dir)}${nodeLines([3, 4], 'pxe')}`)
  const { report = '' } = await loaded(node(3), await scriptOf(node(3)))
  const { kernel = '', initrd = '', report: other = '' } = placesIn(await scriptOf(node(4)))
  await until(() => {
    const text = statSync(scratch.path('state/boots'), { throwIfNoEntry: false }) && scratch.read('state/boots')
    return text?.includes(other.slice(-32)) ?? false
  }, 'they are on disk')
  await restart('SIGKILL')
  t.match(await ask(node(3).address, report), { status: 200, body: /boots stage local next/ })
  await ask(node(4).address, kernel)
  await ask(node(4).address, initrd)
  t.match(await ask(node(4).address, other), { status: 200, body: /boots stage local next/ })
  await restart()
  t.match(await ask(node(4).address, other), { status: 200, body: /already/ }, 'and that it is used')
})

t.test('the boot process that is killed is started again, and runs without the rights of root', async (t) => {
  const { scratch, daemon } = await bootMaster(t, (dir) => `${imageLines(dir)}${nodeLines([3], 'pxe')}`)
  const children = readFileSync(`/proc/${daemon.process.pid}/task/${daemon.process.pid}/children`, 'utf8')
    .trim()
    .split(' ')
  const titled = (pid: string): boolean => readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('kickback boot')
  const pid = children.find(titled) ?? ''
  const status = readFileSync(`/proc/${pid}/status`, 'latin1')
  t.match(status, /^Uid:\s+([1-9]\d*)\s+\1\s+\1\s+\1$/m)
  t.match(status, /^CapEff:\s+0{13}[04]00$/m, 'at most that of low ports')
  process.kill(Number(pid), 'SIGKILL')
  await daemon.logged('the boot process answers again')
  t.match(await boots(node(3)), { status: 200, body: /boots stage local next/ })
  t.match(scratch.read('config'), 'pxe+local local')
})

t.test('an image that only root may read is not sent, and says what to do', async (t) => {
  const { scratch, daemon } = await bootMaster(t, (dir) => `${imageLines(dir)}${nodeLines([3], 'pxe')}`)
  chmodSync(scratch.path('kernel'), 0o600)
  const { kernel = '' } = placesIn(await scriptOf(node(3)))
  const { status, body } = await ask(node(3).address, kernel)
  t.equal(status, 500)
  t.match(body, /kernel cannot be read by the boot process .*: make the file and its folders readable for everyone\n$/)
  await daemon.logged('cannot send a boot image')
})

t.test('three boots without a report hold a node, over a restart, until it is let go', async (t) => {
  const { scratch, daemon, restart } = await bootMaster(t, (dir) => `${imageLines(dir)}${nodeLines([3], 'pxe')}`)
  for (let i = 0; i < 3; i++) await loaded(node(3), await scriptOf(node(3)))
  const held = await scriptOf(node(3))
  t.match(held, /node 3 is held: it booted stage pxe/)
  t.same(Object.keys(placesIn(held)), ['again'], 'no image')
  await daemon.logged('a node is held')
  await restart()
  t.match(await scriptOf(node(3), '/again'), /is held/)
  t.match((await scratch.ask('status')).stdout, /^HELD +node 3: booted one stage again and again/m)
  const set = await scratch.ask('set', 'node', '3', '--stage', 'pxe', '--config', scratch.path('config'))
  t.match(set, { code: 0, stdout: /already|nothing/ })
  t.match(await scriptOf(node(3)), /^kernel /m, 'it is let go')
  for (let i = 0; i < 3; i++) await loaded(node(3), await scriptOf(node(3)))
  t.match(await scriptOf(node(3)), /is held/)
  scratch.write('config', scratch.read('config').replace('pxe+local pxe', 'pxe+local local'))
  t.equal(await scriptOf(node(3)), DISK)
  scratch.write('config', scratch.read('config').replace('pxe+local local', 'pxe+local pxe'))
  t.match(await boots(node(3)), { status: 200, body: /boots stage local next/ })
})

t.test('where a class acknowledges installed the stage moves when the installer reports', async (t) => {
  const lines = (dir: string): string =>
    `${imageLines(dir)}class install acknowledge installed\n${nodeLines([3], 'pxe')}`
  const { scratch } = await bootMaster(t, lines)
  const { report, installed = '' } = await loaded(node(3), await scriptOf(node(3)))
  t.equal(report, undefined, 'the loader has nothing to report')
  t.match(scratch.read('config'), 'pxe+local pxe')
  t.match(await ask('10.20.30.77', installed), { status: 403 })
  t.match(await ask(node(3).address, installed), { status: 200, body: /boots stage local next/ })
  t.match(scratch.read('config'), 'pxe+local local')
  t.match(await ask(node(3).address, installed), { status: 200, body: /already/ })
})

t.test('a second master sends nodes of several steps to their disks, and the others their image', async (t) => {
  const lines = (dir: string): string =>
    `${imageLines(dir)}masterorder - 10.20.30.2 10.20.30.1\n${nodeLines([3], 'pxe')}node 4 c pxe pxe ${node(4).mac}\n`
  await bootMaster(t, lines)
  t.equal(await scriptOf(node(3)), DISK)
  t.match(await scriptOf(node(4)), /^kernel /m)
})

t.test('images come from another server where the settings say so, as from another master', async (t) => {
  const { scratch } = await bootMaster(
    t,
    (dir) => `${imageLines(dir)}${nodeLines([3], 'pxe')}`,
    ...['--boot-images', 'http://10.20.30.1:3048/image'],
  )
  const { kernel = '', initrd = '', report = '' } = placesIn(await scriptOf(node(3)))
  t.equal(kernel, `/image${scratch.path('kernel')}`)
  t.same((await ask(node(3).address, kernel)).bytes, readFileSync(scratch.path('kernel')))
  t.match(await ask(node(3).address, initrd), { status: 200 })
  t.match(await ask('10.20.30.77', kernel), { status: 403 })
  for (const path of [scratch.path('shadow'), '/etc/passwd', `${scratch.dir}/x/../kernel`])
    t.match(await ask(node(3).address, `/image${path}`), { status: 404 }, path)
  t.match(await ask(node(3).address, report), { status: 200, body: /boots stage local next/ })
})

t.test('files are sent in parts, and by HEAD', async (t) => {
  const { scratch } = await bootMaster(t, (dir) => `${imageLines(dir)}${nodeLines([3], 'pxe')}`)
  const { initrd = '', kernel = '', report = '' } = placesIn(await scriptOf(node(3)))
  const whole = readFileSync(scratch.path('initrd'))
  const { address } = node(3)
  const head = await ask(address, initrd, {}, 'HEAD')
  t.match(head, { status: 200, headers: { 'content-length': String(whole.length), 'accept-ranges': 'bytes' } })
  t.equal(head.bytes.length, 0)
  const part = await ask(address, initrd, { range: 'bytes=100-299' })
  t.match(part, { status: 206, headers: { 'content-range': `bytes 100-299/${whole.length}`, 'content-length': '200' } })
  t.same(part.bytes, whole.subarray(100, 300))
  t.match(await ask(address, initrd, { range: `bytes=${whole.length}-` }), { status: 416 })
  t.match(await ask(address, initrd, { range: 'bytes=0-9,5-14' }), { status: 200 }, 'several ranges are the whole file')
  const { etag = '' } = head.headers
  t.match(await ask(address, initrd, { range: 'bytes=0-9', 'if-range': etag }), { status: 206 })
  t.match(
    await ask(address, initrd, { range: 'bytes=0-9', 'if-range': '"other"' }),
    { status: 200 },
    'of another content',
  )
  t.match(await ask(address, kernel, { range: 'bytes=-1' }), { status: 206 })
  t.match(await ask(address, report), { status: 403 }, 'a part of an image is not the image')
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'])
    t.match(await ask(address, kernel, {}, method), { status: 405, headers: { allow: 'GET, HEAD' } }, method)
  t.match(await ask(address, report, {}, 'HEAD'), { status: 405 })
})

t.test('all nodes at once: each report is in the file when it is answered, nothing else is changed', async (t) => {
  const { scratch } = await bootMaster(t, (dir) => `${imageLines(dir)}${nodeLines(ALL, 'pxe')}`)
  const before = scratch.read('config')
  const inodes = new Set<number>()
  const looking = setInterval(
    () => inodes.add(statSync(scratch.path('config'), { throwIfNoEntry: false })?.ino ?? 0),
    2,
  )
  t.teardown(() => clearInterval(looking))
  const answers = await Promise.all(
    ALL.map(async (number) => {
      const answer = await boots(node(number))
      const isThere = scratch.read('config').includes(`node ${number} install pxe+local local`)
      return { status: answer.status, isThere }
    }),
  )
  clearInterval(looking)
  t.same(
    answers,
    ALL.map(() => ({ status: 200, isThere: true })),
  )
  t.equal(scratch.read('config'), before.replaceAll('pxe+local pxe', 'pxe+local local'))
  t.ok(inodes.size < ALL.length, `${inodes.size - 1} writes of ${ALL.length} reports`)
})
