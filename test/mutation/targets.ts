// The files in which a small fault opens a door or loses content: each with the tests that must notice it.

/** A file whose mutants are tried, and the test files that are run for each of them. */
export interface Target {
  readonly source: string
  readonly tests: readonly string[]
}

/** Every target of `npm run mutate`. A word after it picks those whose path holds the word. */
export const TARGETS: readonly Target[] = [
  { source: 'src/values/byte-budget.ts', tests: ['test/values/byte-budget.test.ts'] },
  { source: 'src/values/turns/turns.ts', tests: ['test/values/turns/turns.test.ts'] },
  {
    source: 'src/kickback/service/shares/readings.ts',
    tests: ['test/kickback/service/shares/readings.test.ts', 'test/kickback/service/generations.test.ts'],
  },
  { source: 'src/resolver/access.ts', tests: ['test/resolver/access.test.ts'] },
  {
    source: 'src/values/addresses/address.ts',
    tests: ['test/values/addresses/address.test.ts', 'test/resolver/access.test.ts'],
  },
  { source: 'src/resolver/snapshot/proof.ts', tests: ['test/resolver/snapshot/proof.test.ts'] },
  { source: 'src/resolver/accounts/floor.ts', tests: ['test/resolver/accounts/floor.test.ts'] },
  { source: 'src/resolver/snapshot/signing.ts', tests: ['test/resolver/snapshot/signing.test.ts'] },
  { source: 'src/dns/wire/tsig.ts', tests: ['test/dns/wire/tsig.test.ts', 'test/dns/transfer/transfers.test.ts'] },
  {
    source: 'src/dns/transfer/transfers.ts',
    tests: ['test/dns/transfer/transfers.test.ts', 'test/dns/transfer/notify.test.ts'],
  },
  ...(['content', 'decision', 'loss-limit', 'node-judge', 'refusals'] as const).map((name) => ({
    source: `src/daemon/judge/${name}.ts`,
    tests: [`test/daemon/judge/${name}.test.ts`],
  })),
  {
    source: 'src/kickback/files/confirmation.ts',
    tests: ['test/kickback/files/confirmation.test.ts'],
  },
  { source: 'src/kickback/node/follower.ts', tests: ['test/kickback/node/follower.test.ts'] },
  {
    source: 'src/kickback/service/shares/limits.ts',
    tests: ['test/kickback/service/shares/limits.test.ts', 'test/kickback/wire/protocol.test.ts'],
  },
  ...(['session', 'dispatcher', 'subscription'] as const).map((name) => ({
    source: `src/kickback/service/session/${name}.ts`,
    tests: ['test/kickback/service/session/session.test.ts'],
  })),
  {
    source: 'src/kickback/service/session/frame-deadline.ts',
    tests: ['test/kickback/service/session/frame-deadline.test.ts', 'test/kickback/service/session/session.test.ts'],
  },
  ...['holdings', 'proofs', 'shares/crowd', 'shares/rate-limit', 'shares/visitor'].map((name) => ({
    source: `src/kickback/service/${name}.ts`,
    tests: [`test/kickback/service/${name}.test.ts`],
  })),
  ...(['attempt', 'statement', 'pass-on'] as const).map((name) => ({
    source: `src/kickback/node/${name}.ts`,
    tests: [`test/kickback/node/${name}.test.ts`],
  })),
  ...(['number', 'meeting', 'offer', 'ledger'] as const).map((name) => ({
    source: `src/resolver/generations/${name}.ts`,
    tests: [`test/resolver/generations/${name}.test.ts`, 'test/resolver/generations/world.test.ts'],
  })),
]
