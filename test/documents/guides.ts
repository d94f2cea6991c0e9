// The pages whose blocks of several machines are run on real machines.

/** Pages that are read one after the other, each on the machines as the one before left them. The first begins with bare machines. */
export interface Guide {
  readonly pages: readonly string[]
  /** A folder below test/fixtures whose folders, by machine, are on the disks before the first boot. */
  readonly fixture?: string
}

/** All of them. test/root/machines-guide.test.ts runs them. */
export const GUIDES: readonly Guide[] = [
  { pages: ['docs/cluster.md', 'docs/backup.md'] },
  { pages: ['docs/migration.md'], fixture: 'sites/copied-files' },
]

/** Whether a page is one of them. */
export function isGuide(page: string): boolean {
  return GUIDES.some(({ pages }) => pages.includes(page))
}
