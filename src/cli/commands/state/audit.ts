/** The audit log of a master, as a command that works without the daemon adds to it. */
import { addAudit } from '../../../daemon/index.ts'
import { wallClock } from '../../../values/index.ts'
import { loginHere } from '../../service.ts'

/** Adds what was done now, by whoever logged in, to the audit log of a state dir. Throws the system's error. */
export function auditHere(
  stateDir: string,
  action: string,
  change: { readonly before?: string | undefined; readonly after?: string | undefined } = {},
): void {
  addAudit(stateDir, { action, time: wallClock() / 1000, login: loginHere(), ...change })
}
