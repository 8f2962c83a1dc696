/** One Prometheus page out of the pages of several roles: each sample gets a `role` label, each family is described once. Pure. */

type Family = { comments: string[]; samples: string[] }

/** @param pages role → its page in the text format 0.0.4 */
export function mergeMetrics(pages: Readonly<Record<string, string>>): string {
  const families = new Map<string, Family>()
  for (const [role, page] of Object.entries(pages)) {
    let current: Family | undefined
    for (const line of page.split('\n')) {
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
      const own = `role="${role}"`
      const all = labels === undefined || labels === '' ? own : `${own},${labels}`
      family.samples.push(`${name}{${all}} ${value}`)
    }
  }
  return [...families.values()]
    .flatMap(({ comments, samples }) => [...comments, ...samples])
    .map((line) => `${line}\n`)
    .join('')
}
