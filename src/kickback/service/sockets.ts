/** The Unix sockets of a daemon's run dir: one for everyone here, one for group shadow, one for root. */
import { type FolderFiles, type FolderOptions, prepareAdmin } from '../files/folders.ts'
import type { KickbackServer } from './server.ts'

/**
 * Opens the sockets of a run dir. The folder of root's socket is made where it is missing, with mode 0700. Throws FolderError,
 * TransportError.
 */
export async function openSockets(
  server: KickbackServer,
  run: FolderFiles,
  { uid, privateGroup }: FolderOptions,
): Promise<void> {
  await prepareAdmin(run, uid)
  await server.listen('local', { path: run.socket })
  const shadow = privateGroup === undefined ? { mode: 0o600 } : { mode: 0o660, group: privateGroup }
  await server.listen('private', { path: run.privateSocket }, shadow)
  await server.listen('admin', { path: run.adminSocket }, { mode: 0o600 })
}
