/** What a role has open, closed the other way round: at its end, and also when a later step of its start fails. */

export type Opened = {
  /** Returns `thing`. */
  keep<Thing extends { close(): void | Promise<void> }>(thing: Thing): Thing
  /** A step of the end that is no close. */
  atEnd(step: () => void | Promise<void>): void
  closeAll(): Promise<void>
}

export function createOpened(): Opened {
  const steps: (() => void | Promise<void>)[] = []
  return {
    keep(thing) {
      steps.push(() => thing.close())
      return thing
    },
    atEnd(step) {
      steps.push(step)
    },
    /** One that fails keeps no other from its end. @throws the first failure */
    async closeAll() {
      let failed: { error: unknown } | undefined
      for (const step of steps.splice(0).toReversed()) {
        try {
          await step()
        } catch (error) {
          failed ??= { error }
        }
      }
      if (failed !== undefined) throw failed.error
    },
  }
}

/** Starts a role: what it opened before a step that fails is closed again. */
export async function openOrClose<Result>(
  start: (opened: Opened) => Promise<Result>,
): Promise<Result> {
  const opened = createOpened()
  try {
    return await start(opened)
  } catch (error) {
    await opened.closeAll().catch(() => undefined) // The reason is `error`.
    throw error
  }
}

/** Waits for `work`, but not longer than `ms`. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work, timeout])
  clearTimeout(timer)
}
