// The guides of docs/, typed as they stand on machines that begin with nothing but the packages in a folder.
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import t from 'tap'
import { GUIDES } from '../documents/guides.ts'
import { root } from '../end-to-end/served.ts'
import { Reader } from '../machines/guide.ts'
import { PACKAGES_OF, packageFiles, packagesLacking } from '../machines/installation.ts'
import type { Machine } from '../machines/machine.ts'
import { machinesLacking } from '../machines/requirements.ts'
import { Site } from '../machines/site.ts'
import { debianTree } from '../machines/tree.ts'

const skip = machinesLacking() || packagesLacking()

/** The machines of a guide, with their addresses. */
const MACHINES = { master: '10.20.30.1/24', n0: '10.20.30.100/24', n1: '10.20.30.101/24' } as const

/** Puts the files of a fixture on the disk of a machine that is off. */
async function lay(machine: Machine, folder: string): Promise<void> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  for (const { name, parentPath } of entries) {
    const path = join(parentPath, name)
    await machine.put(path.slice(folder.length), readFileSync(path))
  }
}

/** The first guide alone, unless there is time. */
const guides = process.env.KICKBACK_LONG === undefined ? GUIDES.slice(0, 1) : GUIDES

for (const { pages, fixture } of guides) {
  t.test(pages.join(', '), { skip, timeout: 600_000 }, async (t) => {
    const site = await Site.make(t)
    const machines = Object.entries(MACHINES).map(([name, address]) =>
      site.add({ name, layers: [debianTree('bookworm')], address }),
    )
    for (const machine of machines) {
      if (fixture !== undefined) await lay(machine, join(root, 'test/fixtures', fixture, machine.name))
      const packages = packageFiles([...PACKAGES_OF[machine.name === 'master' ? 'master' : 'node']])
      for (const file of packages) await machine.put(`/root/packages/${basename(file)}`, readFileSync(file))
    }
    await Promise.all(machines.map((machine) => machine.boot()))
    const reader = new Reader(machines)
    for (const page of pages) await t.test(page, (t) => reader.read(t, page))
  })
}
