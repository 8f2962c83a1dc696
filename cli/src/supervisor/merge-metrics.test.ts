import { expect, test } from 'vitest'
import { mergeMetrics } from './merge-metrics.ts'

const pageOf = (role: string, text: string) => ({ labels: { role }, text })

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
  expect(mergeMetrics([pageOf('proxy', proxy), pageOf('audit', audit)]))
    .toBe(`# HELP sessions Open sessions.
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
  const merged = mergeMetrics([pageOf('a', page), pageOf('b', page)]).split('\n')
  expect(merged[0]).toBe('# TYPE latency histogram')
  expect(merged.filter((line) => line.startsWith('#'))).toHaveLength(1)
  expect(merged).toContain('latency_bucket{role="b",le="1"} 1')
})

test('a role without metrics adds nothing', () => {
  expect(mergeMetrics([pageOf('demo', '')])).toBe('')
})

test('workers of one role are told apart', () => {
  const pages = ['1', '2'].map((worker) => ({
    labels: { role: 'proxy', worker },
    text: 'sessions 3\n',
  }))
  expect(mergeMetrics(pages)).toBe(
    'sessions{role="proxy",worker="1"} 3\nsessions{role="proxy",worker="2"} 3\n',
  )
})
