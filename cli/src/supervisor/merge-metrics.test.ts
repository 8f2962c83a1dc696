import { expect, test } from 'vitest'
import { mergeMetrics } from './merge-metrics.ts'

const proxy = `# HELP sessions Open sessions.
# TYPE sessions gauge
sessions{protocol="postgres"} 3
# HELP cpu_seconds_total CPU.
# TYPE cpu_seconds_total counter
cpu_seconds_total 1.5
`
const audit = `# HELP cpu_seconds_total CPU.
# TYPE cpu_seconds_total counter
cpu_seconds_total 2.5
`

test('each sample names its role and a family that two roles have is described once, with its samples together', () => {
  expect(mergeMetrics({ proxy, audit })).toBe(`# HELP sessions Open sessions.
# TYPE sessions gauge
sessions{role="proxy",protocol="postgres"} 3
# HELP cpu_seconds_total CPU.
# TYPE cpu_seconds_total counter
cpu_seconds_total{role="proxy"} 1.5
cpu_seconds_total{role="audit"} 2.5
`)
})

test('the samples of a histogram stay with their family', () => {
  const page = `# TYPE latency histogram
latency_bucket{le="1"} 1
latency_sum 0.5
latency_count 1
`
  const merged = mergeMetrics({ a: page, b: page }).split('\n')
  expect(merged[0]).toBe('# TYPE latency histogram')
  expect(merged.filter((line) => line.startsWith('#'))).toHaveLength(1)
  expect(merged).toContain('latency_bucket{role="b",le="1"} 1')
})

test('a role without metrics adds nothing', () => {
  expect(mergeMetrics({ demo: '' })).toBe('')
})
