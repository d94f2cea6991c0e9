import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { buildPublic, layout, stamp } from '../../../src/resolver/index.ts'
import { contents, user } from '../../nss/contents.ts'
import { answerOf, builtModule, builtProgram } from '../../nss/programs.ts'
import { RunDir } from '../../nss/rundir.ts'
import { guestMachine } from './machines.ts'

const module = builtModule()
const asker = builtProgram('asker', 'plain', 'call.c')

/** Asks for the first user; then the file is emptied and what is freed is taken by another file; then for the next user. */
const SCRIPT = `
set -eu
run=/mnt/full
mkdir "$run"
mount -t tmpfs -o size=4m,mode=755 none "$run"
install -m 644 "$1" "$run/snapshot.1"
mkfifo /mnt/in /mnt/out
KICKBACK_MODULE="$2" KICKBACK_RUN_DIR="$run" "$3" </mnt/in >/mnt/out 2>/dev/null &
exec 3>/mnt/in 4</mnt/out
for _ in 1 2; do
  echo 'ask 999 next:passwd' >&3
  read -r answer <&4
  echo "$answer"
done
printf '\\002' | dd of="$run/snapshot.1" bs=1 seek=${layout.HEADER.at.state} conv=notrunc status=none
fallocate --punch-hole --offset 4096 --length "$4" "$run/snapshot.1"
rm "$run/snapshot.1"
dd if=/dev/zero of="$run/other" bs=4096 status=none 2>/dev/null || true
for question in next:passwd passwd:name:u2999 next:passwd; do
  echo "ask 999 $question" >&3
  read -r answer <&4 || answer='GONE'
  echo "$answer"
done
`

t.test('a program that enumerates while its snapshot is emptied and memory is full goes on', async (t) => {
  const guest = await guestMachine(t)
  const folder = new RunDir()
  t.teardown(() => folder.remove())
  const bytes = buildPublic(contents({ passwd: Array.from({ length: 3000 }, (_, i) => user(`u${i}`, 1000 + i)) }))
  stamp(bytes, { generation: 1 })
  const file = join(folder.path, 'snapshot')
  writeFileSync(file, bytes)
  const script = join(folder.path, 'script')
  writeFileSync(script, SCRIPT)
  const length = Math.ceil(bytes.length / 4096) * 4096 - 4096
  const ran = guest.run('sh', script, file, module, asker, String(length))
  t.equal(ran.code, 0, ran.stderr)
  t.strictSame(
    ran.stdout
      .trim()
      .split('\n')
      .map((line) => answerOf(line).status),
    ['SUCCESS', 'SUCCESS', 'UNAVAIL', 'UNAVAIL', 'UNAVAIL'],
  )
})
