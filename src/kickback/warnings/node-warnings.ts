/** What a node's report warns of. */
import { durationText } from '../../values/index.ts'
import type { CertificateReport, Following, StatusReport } from '../wire/report.ts'
import { type Warning, warning } from './warning.ts'

/** What the report of a node warns of; of a master nothing. */
export function nodeWarnings({ role, generation, following, certificate }: StatusReport): readonly Warning[] {
  const found: Warning[] = []
  if (role === 'proxy' && generation === undefined) {
    const what = 'this node has no generation yet: nothing is answered from a copy'
    found.push(warning('no-generation', what, 'see how its masters stand, below'))
  }
  if (following !== undefined) found.push(...followingWarnings(following))
  if (certificate !== undefined) found.push(...certificateWarnings(certificate))
  return found
}

function followingWarnings({ state, seconds, reason, age, insecure, refusals }: Following): readonly Warning[] {
  const found: Warning[] = []
  if (state === 'searching') {
    const last = age === undefined ? 'none ever was' : `the last one was ${durationText(age)} ago`
    const why = reason === undefined ? '' : `: ${reason}`
    const what = `no master is in step with this node for ${durationText(seconds)} now, and ${last}${why}`
    found.push(warning('out-of-touch', what, 'see that a master runs and can be reached; look-ups go on meanwhile'))
  }
  for (const refusal of refusals) {
    const remedy = 'if that is right: kickback reload --force, here'
    found.push(warning('offer-refused', refusal.reason, remedy))
  }
  if (insecure) {
    const what = 'this node believes any machine that answers as its master (--insecure)'
    found.push(warning('insecure', what, 'set key to the public key of the cluster'))
  }
  return found
}

function certificateWarnings({ state, mark, reason }: CertificateReport): readonly Warning[] {
  const why = reason === undefined ? '' : `: ${reason}`
  if (state === 'pending') {
    const remedy = 'on a master: kickback keys list, compare the mark, and kickback keys approve NODE MARK'
    return [warning('certificate', `the key ${mark} is to be approved on a master${why}`, remedy)]
  }
  if (state === 'revoked') {
    const remedy = 'kickback keys rotate node, here, makes a new key; approve that on a master'
    return [warning('certificate', `the key ${mark} of this node was revoked${why}`, remedy)]
  }
  return reason === undefined ? [] : [warning('certificate', `no certificate was given last${why}`)]
}
