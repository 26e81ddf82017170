// The pages of the stock room, which is older than the rest of the old application.

import { escapeHtml, layout } from './legacyPages.ts'
import { accounts } from './accounts.ts'

/** `error` is what the gateway, or the stock room itself, has to say about the last try. */
export function stockSignInPage(error: string | undefined): string {
  return layout('/old/', undefined, {
    title: 'Stock room',
    content: `<h1>Stock room</h1>
<p>Please sign in.</p>
${error === undefined ? '' : `<p id="problem" role="alert">${escapeHtml(wordsOf(error))}</p>`}
<form class="rows" method="post" action="/old/login">
<label>Name <input name="login_name" autocomplete="username" required></label>
<label>Password <input name="login_pass" type="password" autocomplete="current-password" required></label>
<input type="hidden" name="lang" value="en">
<button>Sign in</button>
</form>
<p class="small">This form and its accounts are the application's own, and nobody knows the passwords of these accounts any more. Behind the gateway, ${accounts.map(({ login }) => `<b>${login}</b>`).join(' and ')} sign in with the passwords that they have at the issuer.</p>`,
  })
}

function wordsOf(error: string): string {
  return error === 'wrong_credentials'
    ? 'Wrong name or password.'
    : `Signing in did not work: ${error.replaceAll('_', ' ')}.`
}

export function stockPage(name: string, form: URLSearchParams): string {
  const rows = Array.from(
    form,
    ([field, value]) =>
      `<tr${field === 'login_pass' ? ' class="told"' : ''}><td>${escapeHtml(field)}</td><td>${escapeHtml(value)}</td></tr>`,
  )
  return layout('/old/', undefined, {
    title: 'Stock room',
    content: `<h1>Stock room</h1>
<p id="greeting">Welcome, <b>${escapeHtml(name)}</b>. <a href="/old/logout">Log out</a></p>
<table><thead><tr><th>Paper</th><th>Reams</th></tr></thead><tbody>
<tr><td>A4, 80 g</td><td>1,250</td></tr>
<tr><td>A3, 120 g</td><td>310</td></tr>
</tbody></table>
<h2>How you got here</h2>
<p>The stock room has a session for you, as it always had, since this form has been posted to it:</p>
<table id="form"><thead><tr><th>Field</th><th>Value</th></tr></thead><tbody>
${rows.join('\n')}
</tbody></table>
<p class="small">Yellow: not what you typed. The gateway took your password to the issuer, which knew it; then it posted the form with the one password that all accounts of the stock room have.</p>`,
  })
}
