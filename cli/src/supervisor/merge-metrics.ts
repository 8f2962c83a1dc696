/** One Prometheus page out of the pages of several processes: each sample gets their labels, each family is described once. Pure. */

type Family = { comments: string[]; samples: string[] }

export type MetricsPage = {
  /** `role`, and `worker` where several processes have one. */
  labels: Readonly<Record<string, string>>
  /** In the text format 0.0.4. */
  text: string
}

export function mergeMetrics(pages: readonly MetricsPage[]): string {
  const families = new Map<string, Family>()
  for (const { labels: ofProcess, text } of pages) {
    const own = Object.entries(ofProcess)
      .map(([name, value]) => `${name}="${value}"`)
      .join(',')
    let current: Family | undefined
    for (const line of text.split('\n')) {
      const described = /^# (?:HELP|TYPE) (\S+)/.exec(line)?.[1]
      if (described !== undefined) {
        current = families.get(described) ?? { comments: [], samples: [] }
        families.set(described, current)
        // The same family of another role: its description is there already.
        const keyword = line.slice(0, 6)
        if (!current.comments.some((comment) => comment.startsWith(keyword))) {
          current.comments.push(line)
        }
        continue
      }
      const sample = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (.+)$/.exec(line)
      if (sample === null) continue
      const [, name = '', labels, value = ''] = sample
      const family = current ?? families.get(name) ?? { comments: [], samples: [] }
      if (current === undefined) families.set(name, family)
      const all = labels === undefined || labels === '' ? own : `${own},${labels}`
      family.samples.push(`${name}{${all}} ${value}`)
    }
  }
  return [...families.values()]
    .flatMap(({ comments, samples }) => [...comments, ...samples])
    .map((line) => `${line}\n`)
    .join('')
}
