/** Serial numbers of DNS zones (RFC 1982): generations modulo 2^32, of which each is newer than half of the others. */

const SERIALS = 2 ** 32

/** How far a serial may be moved at once: 2^31 or more would be a step back for every secondary (RFC 1982, 3.2). */
export const SERIAL_STEPS = 2 ** 31

/** The serial of a generation. */
export function serialOf(generation: number): number {
  return generation % SERIALS
}

/** How far one has to go on from a serial, or a generation, to come to the serial of another: 0 to 2^32 - 1. */
export function serialDistance(from: number, to: number): number {
  return (serialOf(to) - serialOf(from) + SERIALS) % SERIALS
}

/**
 * The generation that a secondary's serial stands for: the one nearest to a generation that is known, or to the time. Below
 * 1 if there is no such generation.
 */
export function generationOfSerial(serial: number, near: number): number {
  const ahead = serialDistance(near, serial)
  return near + (ahead < SERIAL_STEPS ? ahead : ahead - SERIALS)
}
