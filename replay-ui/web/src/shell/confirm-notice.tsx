/** Above a page of which the sign-in is not confirmed: the issuer did not answer, or the page holds what would be lost on the way there. */
import { useSearch } from '@tanstack/react-router'
import { Notice } from '../design/notice.tsx'
import { signInFailures } from './sign-in-failures.ts'

export function ConfirmNotice({ isHeld, confirm }: { isHeld: boolean; confirm(): void }) {
  const { signin, returnTo } = useSearch({
    strict: false,
    select: ({ signin: word, returnTo: path }) => ({ signin: word, returnTo: path }),
    structuralSharing: true,
  })
  const failure = signin === undefined ? undefined : signInFailures[signin]
  if (!isHeld && failure === undefined) return null
  return (
    <div role="alert">
      <Notice tone="warning" icon="warning" title="Your sign-in is not confirmed">
        {isHeld ? (
          <>
            <p>
              The issuer is to confirm it before anything else is answered. What you have typed here
              is lost on the way: copy what you still need.
            </p>
            <button type="button" className="button button-primary" onClick={confirm}>
              Confirm sign-in
            </button>
          </>
        ) : (
          <>
            <p>{failure} Until it runs out you can read on.</p>
            {returnTo !== undefined && (
              <a className="button" href={returnTo}>
                Go on to the page you were opening
              </a>
            )}
          </>
        )}
      </Notice>
    </div>
  )
}
