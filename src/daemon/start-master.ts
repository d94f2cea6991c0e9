/** The start of a master's daemon: its folders are taken, and DNS answers from what is kept there while all else is loaded, read and built. */
import { resolve } from 'node:path'
import { monotonic } from '../values/index.ts'
import type { Master, MasterBeginnings, MasterOptions } from './master.ts'
import { newDns } from './processes/dns-processes.ts'
import { takeFolders } from './store/daemon-folders.ts'

/**
 * Starts a master. Until it has its first generation, DNS answers from the last one, as the module does. Throws FolderError, OwnedError,
 * NothingToServeError, TransportError, and Error for settings of DNS that can't be.
 */
export async function startMaster(options: MasterOptions): Promise<Master> {
  const { settings } = options
  const dns = newDns(options)
  // What the settings have wrong is told before anybody is given anything.
  dns.prepare()
  const folders = await takeFolders({ ...settings, ...options, clock: monotonic })
  const { Master } = await begun({ dns, folders }, settings.stateDir)
  return Master.start(options, { dns, folders })
}

/** The code of a master, which is read while DNS starts: most of a start is to load it. */
async function begun({ dns, folders }: MasterBeginnings, stateDir: string): Promise<typeof import('./master.ts')> {
  try {
    // The process works elsewhere.
    dns.begin(resolve(stateDir))
    return await import('./master.ts')
  } catch (error) {
    await dns.close()
    await folders.release()
    throw error
  }
}
