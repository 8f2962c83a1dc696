/**
 * Imported first by a role that must never slow the data path. On Linux a priority belongs to a thread, and Node has
 * started some by now: a later thread inherits from the one that starts it, so each must have it, or the threads of the
 * event store come up at the priority of the proxy (seen: half of its work).
 */
import { readdirSync } from 'node:fs'
import { constants, setPriority } from 'node:os'

for (const thread of threadsOfThisProcess()) {
  try {
    setPriority(thread, constants.priority.PRIORITY_LOW)
  } catch {
    // Not permitted here, or the thread has ended: the work is the same, only less polite.
  }
}

function threadsOfThisProcess(): number[] {
  try {
    return readdirSync('/proc/self/task').map(Number)
  } catch {
    return [0] // Not Linux: the process as a whole.
  }
}
