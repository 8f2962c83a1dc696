/** For tests: what is looked for where a test is about something else. */
import { createDetection, type Detection } from '../detection.ts'

/** Everything built in; columns are not told by their names and values. */
export const byValueAlone: Detection = createDetection({ off: [], columns: false, custom: [] })
