/** Our few pictures. Words stand beside each of them, so they are hidden from screen readers. */
import type { ReactNode } from 'react'

const paths = {
  'eye-open': (
    <>
      <path d="M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8Z" />
      <circle cx="8" cy="8" r="2" fill="currentColor" />
    </>
  ),
  'eye-closed': <path d="M1.5 6.5C3 9 5.2 10.5 8 10.5s5-1.5 6.5-4M4 9.5l-1.2 2M8 10.5v2.3M12 9.5l1.2 2" />,
  clock: (
    <>
      <circle cx="8" cy="8" r="6" />
      <path d="M8 4.5V8l2.5 1.5" />
    </>
  ),
  pencil: <path d="m3 13 .7-3L11 2.8l2.2 2.2L6 12.3 3 13Z" />,
  funnel: <path d="M2.5 3.5h11L9.3 8.6v4.2l-2.6-1.3V8.6L2.5 3.5Z" />,
  check: <path d="m3 8.5 3.2 3.2L13 4.8" />,
  stop: (
    <>
      <circle cx="8" cy="8" r="6" />
      <path d="M3.8 3.8 12.2 12.2" />
    </>
  ),
  warning: <path d="M8 2.2 14.6 13.5H1.4L8 2.2ZM8 6.5v3.2M8 11.4v.4" />,
  left: <path d="M10 3 5 8l5 5" />,
  right: <path d="m6 3 5 5-5 5" />,
  play: <path d="M4.5 2.8v10.4L13 8 4.5 2.8Z" fill="currentColor" />,
  pause: <path d="M5 3v10M11 3v10" strokeWidth="2.6" />,
  outward: <path d="M9.5 2.5h4v4M13.5 2.5 7.5 8.5M6.5 3.5h-4v10h10v-4" />,
  refresh: <path d="M13.3 6.5A5.6 5.6 0 1 0 13.5 9M13.5 2.5v4h-4" />,
  person: (
    <>
      <circle cx="8" cy="5.2" r="2.7" />
      <path d="M2.8 13.7c.6-3 2.6-4.4 5.2-4.4s4.6 1.4 5.2 4.4" />
    </>
  ),
  close: <path d="m4 4 8 8M12 4l-8 8" />,
  download: <path d="M8 2.5v7.5M4.8 7 8 10.2 11.2 7M2.5 13.5h11" />,
  page: <path d="M4 1.8h5.5L12.5 5v9.2H4V1.8ZM6.2 7.5h4M6.2 10.2h4" />,
  star: <path d="m8 2 1.8 3.8 4.1.5-3 2.9.8 4.1L8 11.3l-3.7 2 .8-4.1-3-2.9 4.1-.5L8 2Z" />,
  link: <path d="M6.5 9.5 9.5 6.5M7 4.5l1.6-1.6a3 3 0 0 1 4.3 4.3L11.3 8.8M9 11.5l-1.6 1.6a3 3 0 0 1-4.3-4.3l1.6-1.6" />,
} satisfies Record<string, ReactNode> // prettier-ignore

export type IconName = keyof typeof paths

export function Icon({ name }: { name: IconName }) {
  return (
    <svg
      className="icon"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {paths[name]}
    </svg>
  )
}
