/** A site: machines on one switch, in a folder of their own, gone with the test. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { Machine, type MachineOptions } from './machine.ts'
import { Switch } from './switch.ts'

/** How many inotify instances root's processes may have: each systemd wants some, and the usual 128 are not enough for twenty machines. */
const INOTIFY = { file: '/proc/sys/fs/inotify/max_user_instances', wanted: 1024 }

/** Removes the groups that machines have left, which are empty by then. */
const TIDY = `
mount -t cgroup2 none /sys/fs/cgroup
[ ! -d /sys/fs/cgroup/kickback-machines ] || find /sys/fs/cgroup/kickback-machines -depth -type d -exec rmdir {} + 2>/dev/null
`

/** Machines that see each other and nothing else. */
export class Site {
  readonly #folder: string
  readonly #switch: Switch
  readonly #machines: Machine[] = []

  private constructor(folder: string, made: Switch) {
    this.#folder = folder
    this.#switch = made
  }

  /** A site without machines; ends with the test, which shows the consoles and journals of its machines where it failed. */
  static async make(t: Test): Promise<Site> {
    if (Number(readFileSync(INOTIFY.file, 'utf8')) < INOTIFY.wanted) writeFileSync(INOTIFY.file, String(INOTIFY.wanted))
    const site = new Site(mkdtempSync(join(tmpdir(), 'kickback-site-')), await Switch.make())
    t.teardown(() => site.#end(t))
    return site
  }

  /** Adds a machine, switched off. */
  add(options: MachineOptions): Machine {
    const machine = new Machine(options, join(this.#folder, options.name), this.#switch)
    this.#machines.push(machine)
    return machine
  }

  /** All of them, in the order in which they were added. */
  get machines(): readonly Machine[] {
    return this.#machines
  }

  async #end(t: Test): Promise<void> {
    const running = this.#machines.filter(({ leader }) => leader !== 0)
    if (!t.passing()) {
      for (const machine of running) t.comment(`${machine.name}:\n${(await machine.journal()).slice(-8000)}`)
    }
    for (const machine of running) await machine.powerCut()
    this.#switch.close()
    rmSync(this.#folder, { recursive: true, force: true })
    spawnSync('unshare', ['-m', '--propagation', 'private', 'sh', '-c', TIDY])
  }
}
