/** A gate at which long work waits for its next turn until the test opens it: what else is done meanwhile is seen. */
export class Gate {
  /** How often somebody came to it. */
  reached = 0
  readonly #opened: Promise<void>
  #open = (): void => {}

  constructor() {
    this.#opened = new Promise((resolve) => {
      this.#open = resolve
    })
  }

  /** Waits until it is open. */
  readonly pass = async (): Promise<void> => {
    this.reached++
    await this.#opened
  }

  /** Lets all through from now on. */
  open(): void {
    this.#open()
  }
}
