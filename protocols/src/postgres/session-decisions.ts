/**
 * Which decision belongs to which statement of a session: on record they follow one another in the order of the statements
 * of their path, and either may come first. From session-reader.ts. Pure; bounded.
 */
import { pathOf, type RecordedDecision, type StatementStep, type Step } from './session-steps.ts'

export class StepDecisions {
  readonly #max: number
  /** Statements of the client that have no decision yet, and decisions that have no statement yet. */
  #undecided: StatementStep[] = []
  #decisions: RecordedDecision[] = []

  constructor(max: number) {
    this.#max = max
  }

  clear(): void {
    this.#undecided = []
    this.#decisions = []
  }

  decided(decision: RecordedDecision): void {
    const index = this.#undecided.findIndex((step) => pathOf(step) === decision.path)
    if (decision.path !== 'parse' && index !== -1) {
      this.#undecided[index]!.decision = decision
      this.#undecided.splice(index, 1)
      return
    }
    // A refused Parse is known by its answer: of an allowed one there is no decision.
    this.#decisions.push(decision)
    if (this.#decisions.length > this.#max) this.#decisions.shift()
  }

  sent(step: StatementStep): void {
    const path = pathOf(step)
    if (path === 'parse') return
    step.decision = this.#take(path)
    if (step.decision !== undefined) return
    this.#undecided.push(step)
    if (this.#undecided.length > this.#max) this.#undecided.shift()
  }

  /** That of the oldest Parse that was refused. */
  takeParse(): RecordedDecision | undefined {
    return this.#take('parse')
  }

  /** Their answers have ended: no decision comes any more. */
  forget(steps: readonly Step[]): void {
    if (this.#undecided.length === 0) return
    this.#undecided = this.#undecided.filter((step) => !steps.includes(step))
  }

  #take(path: RecordedDecision['path']): RecordedDecision | undefined {
    const index = this.#decisions.findIndex((decision) => decision.path === path)
    return index === -1 ? undefined : this.#decisions.splice(index, 1)[0]
  }
}
