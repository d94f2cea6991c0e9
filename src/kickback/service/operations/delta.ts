/** The answer to DELTA: what makes the current content of an earlier one, a piece at a time. */
import { CHUNK_MAX, STATUSES } from '../../wire/protocol.ts'
import { type Answer, isRefusal, permitted, type Question } from '../question.ts'

/** Answers DELTA. */
export function delta(question: Question<'DELTA'>): Answer<'DELTA'> | Promise<Answer<'DELTA'>> {
  const { request, service } = question
  const current = permitted(question, 'snapshot', service.public)
  if (isRefusal(current)) return current
  const { from, to, offset = 0, length = CHUNK_MAX } = request
  const bytes = service.deltas.between(from, to)
  if (bytes === undefined) return { status: STATUSES.NOTFOUND }
  const piece = (all: Uint8Array): Answer<'DELTA'> => {
    const data = all.subarray(offset, offset + Math.min(length, CHUNK_MAX))
    return { status: STATUSES.SUCCESS, data, size: all.length }
  }
  return bytes instanceof Promise ? bytes.then(piece) : piece(bytes)
}
