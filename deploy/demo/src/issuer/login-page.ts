/** The demo's own login page: a list of people, no password. It says so. Pure. */
import { accounts } from './accounts.ts'

export function renderLoginPage(interaction: string): string {
  const people = accounts
    .filter(({ kind }) => kind === 'person')
    .map(
      ({ name, title }) =>
        `<button name="person" value="${escapeHtml(name)}"><b>${escapeHtml(name)}</b> ${escapeHtml(title)}</button>`,
    )
    .join('\n')
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sign in to the Gatetrail demo</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 28rem; margin: 12vh auto; padding: 0 1rem; }
  button { display: block; width: 100%; margin: 0.5rem 0; padding: 0.75rem 1rem; font: inherit; text-align: left; cursor: pointer; }
  p { color: #555 }
</style>
<h1>Who are you today?</h1>
<p>Demo issuer: no password. It runs only with the demo and listens only on this machine.</p>
<form method="post" action="/interaction/${encodeURIComponent(interaction)}">
${people}
</form>
</html>
`
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
