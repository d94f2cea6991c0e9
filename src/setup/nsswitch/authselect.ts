/**
 * nsswitch.conf where authselect(8) makes it: /etc/nsswitch.conf is a link, and what is edited is the profile of the administrator
 * (authselect-profiles(5)), and up to authselect 1.2 (RHEL 8 and 9) also user-nsswitch.conf, whose lines count where the profile has
 * none.
 */
import type { Machine } from '../machine.ts'

/** The folder of authselect. */
const FOLDER = '/etc/authselect'
/** The lines of the administrator that are added to those of the profile. */
const USER_FILE = `${FOLDER}/user-nsswitch.conf`

/** A file of authselect that is edited. */
interface ProfileFile {
  readonly path: string
  /** Whether lines that are missing go there. */
  readonly addsLines: boolean
}

/** Whether this path, which nsswitch.conf points at, is authselect's. */
export function isOfAuthselect(path: string): boolean {
  return path.startsWith(`${FOLDER}/`)
}

/** The files to edit; where the selected profile is the distribution's, what to do first, so that an update does not undo the edit. */
export function profileFiles(machine: Machine): readonly ProfileFile[] | { readonly refusal: string } {
  const [profile = '', ...features] = selected(machine)
  const name = /^custom\/(.+)$/.exec(profile)?.[1]
  const words = features.map((feature) => ` ${feature}`).join('')
  if (name === undefined) {
    return {
      refusal: `authselect makes /etc/nsswitch.conf from the profile '${profile}' of the distribution, which must not be edited. Make a profile of your own, and then run this again: authselect create-profile kickback --base-on=${profile} --symlink-meta --symlink-pam && authselect select custom/kickback${words}`,
    }
  }
  const template = `${FOLDER}/custom/${name}/nsswitch.conf`
  if (machine.resolved(template) !== template) {
    return {
      refusal: `${template} is a link to the profile of the distribution, which must not be edited: replace it with a copy, and then run this again`,
    }
  }
  const hasUserFile = machine.has(USER_FILE)
  const user = hasUserFile ? [{ path: USER_FILE, addsLines: true }] : []
  return [{ path: template, addsLines: !hasUserFile }, ...user]
}

/** Has authselect make its files again. Throws Error with what it said. */
export function applyChanges(machine: Machine): void {
  if (!machine.isThis) return
  const { code, stdout, stderr } = machine.run('authselect', ['apply-changes'])
  if (code !== 0) throw new Error(`authselect apply-changes failed: ${stderr.trim() || stdout.trim()}`)
}

/** The profile's id and its features, as authselect keeps them: one a line. */
function selected(machine: Machine): readonly string[] {
  const text = machine.read(`${FOLDER}/authselect.conf`)?.toString() ?? ''
  return text.split('\n').filter((line) => line !== '')
}
