/** Shown at any address while nobody is signed in; the issuer sends the browser back to that address. */
import { useQuery } from '@tanstack/react-query'
import { useLocation, useSearch } from '@tanstack/react-router'
import { loginMethods } from '../api/questions.ts'
import { Failure, Loading, Notice } from '../design/notice.tsx'
import { Recorded } from '../design/recorded.tsx'
import { LinkSignIn, linkCode } from './link-sign-in.tsx'
import { loginAddress } from './confirm.ts'
import { Mark } from './mark.tsx'
import { signInFailures } from './sign-in-failures.ts'

export function SignInPage() {
  const { data, error, refetch } = useQuery(loginMethods)
  const { pathname, searchStr, hash } = useLocation()
  const code = linkCode(hash)
  const signin = useSearch({ strict: false, select: (search) => search.signin })
  const meant = useSearch({ strict: false, select: (search) => search.returnTo })
  const failure = signin === undefined ? undefined : signInFailures[signin]
  const returnTo = failure === undefined ? `${pathname}${searchStr}` : (meant ?? '/')
  return (
    <main className="sign-in">
      <div className="sign-in-name">
        <Mark />
        <h1>Gatetrail</h1>
      </div>
      <p className="sign-in-claim">
        Which job touched personal data on which day, with a replay behind every row of the answer.
      </p>
      {failure !== undefined && (
        <div role="alert">
          <Notice tone="warning" icon="warning" title="You are not signed in">
            <p>{failure}</p>
          </Notice>
        </div>
      )}
      {error !== null && <Failure error={error} what="The sign-in" retry={() => void refetch()} />}
      {data === undefined && error === null && <Loading what="The sign-in" lines={1} />}
      {code !== undefined && <LinkSignIn code={code} />}
      {data !== undefined && data.issuer !== null && (
        <a className="button button-primary button-large" href={loginAddress(returnTo)}>
          Sign in with <Recorded text={data.issuer} />
        </a>
      )}
      {data !== undefined && data.issuer === null && code === undefined && (
        <Notice tone="plain" icon="stop" title="No sign-in is configured">
          <p>
            Where it runs, <code>gatetrail link</code> prints a link that signs this browser in. For
            a sign-in with your own accounts set <code>web.login</code> in{' '}
            <code>gatetrail.yaml</code>.
          </p>
        </Notice>
      )}
      <p className="soft">What you look at is itself on record.</p>
    </main>
  )
}
