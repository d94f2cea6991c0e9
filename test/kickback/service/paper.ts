/** A service and its client on paper, for tests of what is answered without any socket. */
import { Deltas } from '../../../src/kickback/service/deltas.ts'
import { Generations } from '../../../src/kickback/service/generations.ts'
import { proofRates } from '../../../src/kickback/service/proofs.ts'
import type { Client, Service } from '../../../src/kickback/service/question.ts'
import { Departures } from '../../../src/kickback/service/told/departures.ts'
import { ShadowWaits } from '../../../src/kickback/service/waits/shadow-waits.ts'
import { Waits } from '../../../src/kickback/service/waits/waits.ts'
import type { Asker, Snapshot } from '../../../src/resolver/index.ts'
import type { Clock } from '../../../src/values/index.ts'

/** Throws: what a test does not give is not to be asked for. */
const unwanted = (what: string) => (): never => {
  throw new Error(`nobody may have the ${what}`)
}

/** The service of a master that has this generation, or none. */
export function paperService(clock: Clock, more: Partial<Service> = {}, first?: Snapshot): Service {
  const service: Service = {
    role: 'master',
    software: 'kickback test',
    public: new Generations(clock),
    shadow: new Generations(clock),
    deltas: new Deltas(),
    policy: { allow: [] },
    here: () => [],
    isPlaced: () => true,
    isLiving: () => true,
    report: unwanted('report'),
    nodes: unwanted('nodes'),
    reload: undefined,
    departures: new Departures(() => 0),
    waits: new Waits(clock),
    shadowWaits: new ShadowWaits(clock),
    shown: () => new Set(),
    tlsPort: undefined,
    proofs: proofRates(clock),
    ...more,
  }
  if (first !== undefined) service.public.serve(first)
  return service
}

/** A client that holds and follows nothing. */
export function paperClient(asker: Asker, more: Partial<Client> = {}): Client {
  return {
    asker,
    source: 'asker',
    isRoot: false,
    waitingShared: 0,
    destroy: () => {},
    software: 'not told',
    holds: () => {},
    subscribe: () => true,
    wait: () => false,
    ...more,
  }
}
