import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { LocalFactsReader } from '../../../../src/cli/commands/status/local-facts.ts'
import type { Settings } from '../../../../src/cli/settings/table.ts'
import { replaceFile } from '../../../../src/kickback/files/replacement.ts'
import { folder } from '../../../folder.ts'
import { publicSnapshot } from '../../../kickback/cluster.ts'

t.test(
  'the accounts of a node are compared once with a generation, and again where they or the generation are others',
  async (t) => {
    const runDir = folder(t)
    const [passwd, group] = [join(runDir, 'passwd'), join(runDir, 'group')]
    const publish = (generation: number, users: number) =>
      replaceFile(join(runDir, 'snapshot.1'), publicSnapshot(generation, users).bytes, {
        ...{ mode: 0o644, group: undefined, stateFlags: 0, pid: process.pid },
      })
    const reader = new LocalFactsReader({ runDir, passwd, group } as Settings)
    const read = async () => (await reader.read(true)).ids
    t.same(await read(), [], 'without a copy there is nothing to compare with')
    await publish(1, 5)
    writeFileSync(passwd, 'user1:x:7001:7001::/:/bin/sh\n')
    const first = await read()
    t.match(first, [{ message: /user1/ }])
    t.equal(await read(), first, 'what was found is told again')
    appendFileSync(passwd, 'user2:x:7002:7002::/:/bin/sh\n')
    const second = await read()
    t.match(second, [{ message: /user1/ }, { message: /user2/ }])
    t.equal(await read(), second)
    await publish(2, 1)
    const third = await read()
    t.match(third, [{ message: /user1/ }])
    t.equal(third.length, 1, 'the cluster has no user2 any more')
    t.equal(await read(), third)
  },
)
