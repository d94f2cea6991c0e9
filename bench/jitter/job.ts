/** A job beside a proxy: pieces of fixed work, and then the wake-ups of cyclictest(8), both on one processor. */
import { execFile, execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** How long a piece of work takes, and how often cyclictest wakes up, in microseconds. */
const PIECE = 1000
const EVERY = 1000

const output = promisify(execFile)

/** One job. */
export class Job {
  readonly #program: string
  readonly #processor: string

  /** Compiles it into a folder; it runs on this processor. */
  constructor(folder: string, processor: string) {
    this.#program = join(folder, 'jitter')
    this.#processor = processor
    execFileSync('cc', ['-O2', '-o', this.#program, join(import.meta.dirname, 'jitter.c')])
  }

  /** Runs both for so many seconds each: a row of a table for each. */
  async run(seconds: number): Promise<readonly string[]> {
    return [await this.#work(seconds), await this.#wakeUps(seconds)]
  }

  async #work(seconds: number): Promise<string> {
    const line = await this.#on(this.#program, String(seconds), String(PIECE))
    const [pieces, least, median, p99, p999, p9999, longest, delayed, lost] = line.trim().split(' ')
    const times = [least, median, p99, p999, p9999, longest].map((time) => `${time} µs`)
    return ['work of 1 ms', pieces, ...times, delayed, `${lost} ppm`].join(' | ')
  }

  /** As an ordinary process: a job has no real-time priority. Of the histogram each line is a latency in microseconds, and how often it was. */
  async #wakeUps(seconds: number): Promise<string> {
    const words = ['--policy=other', '-q', '-t1', `-a${this.#processor}`, `-i${EVERY}`, `-D${seconds}`, '-h', '20000']
    const text = await this.#on('cyclictest', ...words)
    const counts = [...text.matchAll(/^(\d{6}) (\d+)$/gm)].map(
      ([, time, count]) => [Number(time), Number(count)] as const,
    )
    const latencies = counts.flatMap(([time, count]) => new Array<number>(count).fill(time))
    const longest = /^# Max Latencies: (\d+)/m.exec(text)?.[1] ?? '?'
    const at = (part: number): string => `${latencies[Math.floor(latencies.length * part)] ?? longest} µs`
    const times = [0, 0.5, 0.99, 0.999, 0.9999].map(at)
    return ['cyclictest, latency', latencies.length, ...times, `${Number(longest)} µs`, '', ''].join(' | ')
  }

  async #on(program: string, ...words: readonly string[]): Promise<string> {
    const { stdout } = await output('taskset', ['-c', this.#processor, program, ...words], { maxBuffer: 1e7 })
    return stdout
  }
}
