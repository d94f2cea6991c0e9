import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { folder } from '../folder.ts'
import { environment, root, runIn } from './served.ts'

const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

for (const name of ['kickback.service', 'beonss-kickbackclient.service', 'kickback-dns.service']) {
  t.test(name, async (t) => {
    const unit = readFileSync(join(root, 'packaging', name), 'utf8')
    const commands = [...unit.matchAll(/^Exec\w+=(\S+)/gm)].map((match) => match[1] ?? '')
    t.ok(commands.length > 0 && commands.every((command) => command in bin), 'it runs commands of the package')
    t.notMatch(unit, /^MemoryDenyWriteExecute=/m, 'Node would die')
    const isOwner = !unit.includes('DynamicUser=yes')
    t.equal(/^RuntimeDirectoryPreserve=yes$/m.test(unit), isOwner, 'what was published outlives the daemon')

    const dir = folder(t)
    writeFileSync(join(dir, name), unit.replace(/^(Exec\w+=)/gm, `$1${join(root, 'bin')}/`))
    const verified = runIn(dir, environment(dir), 'sh', ['-c', 'command -v systemd-analyze || exit 77'])
    if (verified.code === 77) return t.comment('no systemd-analyze here')
    const { code, stderr } = runIn(dir, environment(dir), 'systemd-analyze', ['verify', join(dir, name)])
    return t.equal(code, 0, stderr)
  })
}
