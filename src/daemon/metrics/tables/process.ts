/** Metrics of the process of the daemon. */
import { labelled, type MetricRow, one } from '../samples.ts'

/** Memory, CPU time, event loop, unexpected errors. */
export const PROCESS_METRICS: readonly MetricRow[] = [
  ['gauge', 'kickback_uptime_seconds', 'How long the process runs.', [], ({ usage }) => one(usage.uptime)],
  ['counter', 'kickback_cpu_seconds_total', 'CPU time that the process has used.', [], ({ usage }) => one(usage.cpu)],
  [
    'gauge',
    'kickback_memory_bytes',
    'Memory: resident; anonymous, the part of it that no file backs; heap of V8, heap_used, and external, what objects hold outside of the heap.',
    ['kind'],
    ({ usage: { resident, anonymous, heap, heapUsed, external } }) =>
      labelled('kind', { resident, anonymous, heap, heap_used: heapUsed, external }),
  ],
  [
    'counter',
    'kickback_event_loop_seconds_total',
    'Time in which the event loop had work (active), and in which it waited (idle).',
    ['state'],
    ({ loop: { active, idle } }) => labelled('state', { active, idle }),
  ],
  [
    'histogram',
    'kickback_event_loop_delay_seconds',
    'How much later than asked for timers came: on a master ten samples a second while it is scraped, else one after each scrape.',
    [],
    ({ loop }) => loop.delay,
  ],
  [
    'counter',
    'kickback_handler_failures_total',
    'Unexpected errors in handlers of sockets, timers, watchers and threads.',
    ['handler'],
    ({ failures }) => labelled('handler', failures),
  ],
]
