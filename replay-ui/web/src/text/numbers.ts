/** Counts and sizes. Pure. */

const grouped = new Intl.NumberFormat('en-US')

/** `1,234` */
export function count(value: number): string {
  return grouped.format(value)
}

/** `1 run`, `2 runs` */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`
}

const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** `512 B`, `1.4 KiB` */
export function bytes(value: number): string {
  if (value < 1_024) return `${value} B`
  let size = value
  let unit = -1
  while (size >= 1_023.95 && unit < units.length - 1) {
    size /= 1_024
    unit++
  }
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${units[unit]}`
}

/** Never rounds up to all: `99.9 %` of something is not `100 %`. */
export function share(part: number, whole: number): string {
  if (whole === 0) return '–'
  if (part === whole) return '100 %'
  const percent = Math.floor((part / whole) * 1_000) / 10
  return `${percent.toFixed(1)} %`
}
