// What people see at the issuer. No script, no picture, nothing from elsewhere.

const stylesheet = `
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px 16px;
 background:#eef1f4;color:#1d2733;font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{width:100%;max-width:400px;background:#fff;border:1px solid #d5dce3;border-radius:10px;padding:32px 28px}
.brand{margin:0 0 20px;display:flex;align-items:center;gap:10px;font-size:14px;color:#526173}
.brand i{width:22px;height:22px;border-radius:50%;border:6px solid #0b7a6b;flex:none}
h1{margin:0 0 6px;font-size:24px;line-height:1.25}
p{margin:0 0 16px}
p:last-child{margin-bottom:0}
label{display:block;margin:14px 0 4px;font-weight:600;font-size:14px}
input{width:100%;font:inherit;padding:10px 12px;border:1px solid #8795a5;border-radius:6px;background:#fff;color:inherit}
button{width:100%;margin-top:22px;padding:11px 16px;font:inherit;font-weight:600;color:#fff;background:#0b6b5e;
 border:1px solid #0b6b5e;border-radius:6px;cursor:pointer}
button:hover{background:#095a4f}
button.quiet{margin-top:10px;background:#fff;color:#0b6b5e}
button.quiet:hover{background:#eef6f4}
input:focus-visible,button:focus-visible,a:focus-visible{outline:3px solid #6fc3b6;outline-offset:1px}
.error{margin:16px 0 0;padding:10px 12px;border-radius:6px;background:#fdecea;color:#8c1d18;border:1px solid #f3c1bc}
.hint{margin:24px 0 0;padding-top:16px;border-top:1px solid #e3e8ed;font-size:14px;color:#526173}
code{font:13px/1.4 ui-monospace,SFMono-Regular,Menlo,monospace;background:#eef1f4;padding:1px 5px;border-radius:4px;overflow-wrap:anywhere}
a{color:#0b6b5e}
`

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Example Identity</title>
<link rel="icon" href="data:,">
<style>${stylesheet}</style>
</head>
<body>
<main>
<p class="brand"><i></i>Example Identity, the demo's issuer</p>
${content}
</main>
</body>
</html>
`
}

/** `attempt` is there after a wrong password: what was typed as the login. */
export function signInPage(clientName: string, attempt?: string): string {
  const isSecondTry = attempt !== undefined
  const error = isSecondTry ? '<p class="error" role="alert">Wrong login or password.</p>' : ''
  return page(
    'Sign in',
    `<h1>Sign in</h1>
<p>to continue to ${escapeHtml(clientName)}</p>
${error}
<form method="post">
<label for="login">Login</label>
<input id="login" name="login" value="${escapeHtml(attempt ?? '')}" autocomplete="username" autocapitalize="none" spellcheck="false" required${isSecondTry ? '' : ' autofocus'}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required${isSecondTry ? ' autofocus' : ''}>
<button type="submit">Sign in</button>
</form>
<p class="hint">This demo has two accounts, each with its own name as the password:<br>
<code>alice</code> is an admin, <code>bob</code> is not.</p>`,
  )
}

/** `form` is oidc-provider's own empty form, which the two buttons send. */
export function confirmSignOutPage(form: string): string {
  return page(
    'Sign out',
    `<h1>Sign out?</h1>
<p>This ends your session here; you will be asked for your password the next time.</p>
${form}
<button type="submit" form="op.logoutForm" name="logout" value="yes">Sign out</button>
<button type="submit" form="op.logoutForm" class="quiet">Stay signed in</button>`,
  )
}

export function signedOutPage(): string {
  return page('Signed out', '<h1>You are signed out</h1><p>You can close this page.</p>')
}

export function expiredPage(): string {
  return page(
    'Sign-in expired',
    '<h1>This sign-in is no longer open</h1><p>It was finished already, or it took too long. Go back to the application and start again.</p>',
  )
}

export function errorPage(error: string, description: string): string {
  return page(
    'Not possible',
    `<h1>That did not work</h1>
<p>The issuer says <code>${escapeHtml(error)}</code>: ${escapeHtml(description)}.</p>`,
  )
}

export function frontPage(issuer: string): string {
  const metadata = `${issuer}/.well-known/openid-configuration`
  return page(
    'Issuer',
    `<h1>Nothing to do here</h1>
<p>Applications send you to this place when you have to sign in. Its metadata is at <a href="${metadata}">${metadata.replace('/.well', '<wbr>/.well').replace('/openid', '<wbr>/openid')}</a>.</p>`,
  )
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
