/**
 * Imported for its effect, and first: threads inherit the priority of the thread that makes them, and chDB makes its own
 * as soon as it is loaded. A question to the audit data must not slow the data path.
 */
import { constants, setPriority } from 'node:os'

setPriority(constants.priority.PRIORITY_LOW)
