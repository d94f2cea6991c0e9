/** The sections of a snapshot that DNS reads: those that the zones are made from, and those that tell who may ask. */
import { DOMAIN, PATTERNS, RANGES, SECTIONS, SETTINGS } from '../layout.ts'

/** Their ids. */
export const ZONE_SECTIONS: ReadonlySet<number> = new Set(
  [DOMAIN, PATTERNS, RANGES, SETTINGS, ...SECTIONS.filter(({ database }) => database === 'hosts')].map(({ id }) => id),
)
