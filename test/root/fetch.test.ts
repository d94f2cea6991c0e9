// `kickback-fetch` on a full disk. Needs root, for a file system of its own.
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { layout } from '../../src/resolver/index.ts'
import { Fetching, signed } from '../fetch/fetching.ts'
import { TestMaster } from '../fetch/master.ts'
import { folder } from '../folder.ts'
import { clusterKey } from '../keys.ts'

const skip = spawnSync('unshare', ['-m', 'true']).status === 0 ? false : 'needs root and mount namespaces'

t.test('a full disk leaves the last good copy, and it is replaced once there is room', { skip }, async (t) => {
  const key = clusterKey()
  const small = await TestMaster.start(t, { snapshot: signed(key, 100, 5), key })
  const large = await TestMaster.start(t, { snapshot: signed(key, 101, 20_000), key })
  const machine = new Fetching(t, key)
  const kept = folder(t)
  mkdirSync(machine.dir)
  const fetch = `dash ${machine.script} --settings ${machine.settings} --master`
  const steps = `
    mount -t tmpfs -o size=1m,mode=755 tmpfs ${machine.dir} && cd ${machine.dir} || exit 1
    ${fetch} ${small.url}; echo "small $?"; cp snapshot.1 ${kept}/small
    ${fetch} ${large.url} 2>${kept}/said; echo "large $?"; cmp snapshot.1 ${kept}/small && echo same; ls -A | tr '\\n' ' '; echo
    head -c 2000000 /dev/zero 2>/dev/null >filler; ${fetch} ${large.url}; echo "nothing left $?"; cmp snapshot.1 ${kept}/small && echo same
    rm filler; mount -o remount,size=16m tmpfs ${machine.dir}
    ${fetch} ${large.url}; echo "room $?"; cp snapshot.1 ${kept}/large; ls -A | tr '\\n' ' '; echo`
  const child = spawn('unshare', ['-m', '--propagation', 'private', 'sh', '-c', steps], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let said = ''
  child.stdout.on('data', (bytes) => (said += bytes))
  await new Promise((resolve) => child.on('close', resolve))
  const names = '.fetch.lock in-step snapshot.1'
  const wanted = ['small 0', 'large 1', 'same', names, 'nothing left 1', 'same', 'room 0', names]
  t.strictSame(said.trim().split(/ ?\n/), wanted)
  t.match(readFileSync(join(kept, 'said'), 'latin1'), 'no space may be left')
  const bytes = readFileSync(join(kept, 'large'))
  t.strictSame(bytes.subarray(layout.HEADER.size), Buffer.from(large.snapshot.bytes.subarray(layout.HEADER.size)))
})
