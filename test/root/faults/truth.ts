/** What is true in a cluster: questions, and the answers that were true one after the other. */
import type { Witness } from './witness.ts'

/** Stands in an answer for the address of the machine that asks. */
export const OWN_ADDRESS = '?'

/** A question, and all answers to it until now. */
interface Question {
  readonly line: string
  readonly answers: string[]
}

/** The questions, numbered in the order in which they were added. */
export class Truth {
  readonly #questions: Question[] = []
  readonly #numbers = new Map<string, number>()
  readonly #witnesses = new Map<Witness, string>()

  /** An answer that is true from now on; the question is a kind and a key, as `user ada`. What is true already is not said again. */
  add(question: string, answer: string, order: 'ordered' | 'any' = 'ordered'): void {
    const number = this.#numberOf(question, order)
    const answers = this.#questions[number]?.answers
    if (answers === undefined || answers.at(-1) === answer) return
    answers.push(answer)
    for (const [witness, address] of this.#witnesses) witness.tell([answerLine(number, answer, address)])
  }

  /** Tells a witness all of it, and what comes from now on; `address`: that of its machine. */
  tell(witness: Witness, address: string): void {
    const lines = this.#questions.flatMap(({ line, answers }, number) => [
      line,
      ...answers.map((answer) => answerLine(number, answer, address)),
    ])
    witness.tell(lines)
    this.#witnesses.set(witness, address)
  }

  /** Tells a witness nothing more. */
  leave(witness: Witness): void {
    this.#witnesses.delete(witness)
  }

  /** Waits until each witness knows all that it was told. */
  async known(): Promise<void> {
    await Promise.all([...this.#witnesses.keys()].map((witness) => witness.counts()))
  }

  #numberOf(question: string, order: string): number {
    const known = this.#numbers.get(question)
    if (known !== undefined) return known
    const number = this.#questions.push({ line: `q ${order} ${question}`, answers: [] }) - 1
    this.#numbers.set(question, number)
    for (const witness of this.#witnesses.keys()) witness.tell([`q ${order} ${question}`])
    return number
  }
}

function answerLine(number: number, answer: string, address: string): string {
  return `a ${number} ${answer === OWN_ADDRESS ? address : answer}`
}
