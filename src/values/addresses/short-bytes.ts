/** Arrays of a few bytes, many of them side by side in one piece of memory: one with memory of its own takes twice as much. */

/** How large a piece is, in bytes. An array that is kept keeps its piece: so it is small. */
const PIECE = 512

let piece = new ArrayBuffer(PIECE)
let used = 0

/** So many bytes, at most 512, all of them zero. Nobody else has them; but their `buffer` is that of other arrays too. */
export function shortBytes(length: number): Uint8Array {
  if (used + length > PIECE) {
    piece = new ArrayBuffer(PIECE)
    used = 0
  }
  const bytes = new Uint8Array(piece, used, length)
  used += length
  return bytes
}
