// The old application's pages: an intranet of 2008, kept in order by someone who cares.

export interface Visitor {
  /** From the request headers alone; undefined where they name nobody. */
  readonly name: string | undefined
  readonly groups: string | undefined
}

export const stylesheet = `
*{box-sizing:border-box}
body{margin:0;background:#dfe6ee;color:#222;font:14px/1.5 Verdana,"DejaVu Sans",Geneva,sans-serif}
a{color:#1a4b8c}
#frame{max-width:960px;margin:0 auto;background:#fff;border:1px solid #a9b8c9;border-top:0;min-height:100vh}
#banner{background:#234f86;background:linear-gradient(#3a6ea8,#1f477a);color:#fff;padding:14px 20px;
 display:flex;flex-wrap:wrap;gap:4px 20px;align-items:baseline;justify-content:space-between}
#banner b{font:bold 22px/1.3 Georgia,"DejaVu Serif",serif}
#banner span{font-size:12px;color:#dce8f5}
#banner a{color:#fff}
#tabs{margin:0;padding:8px 14px 0;list-style:none;display:flex;flex-wrap:wrap;gap:4px;background:#c9d6e4;border-bottom:1px solid #8fa3ba}
#tabs a{display:block;padding:6px 14px;background:#e6edf5;border:1px solid #8fa3ba;border-bottom:0;border-radius:5px 5px 0 0;
 text-decoration:none;margin-bottom:-1px}
#tabs a:hover{background:#f5f8fb;text-decoration:underline}
#tabs .here a{background:#fff;color:#222;font-weight:bold;border-bottom:1px solid #fff}
#page{padding:18px 20px 28px}
h1{margin:0 0 4px;font:bold 24px/1.3 Georgia,"DejaVu Serif",serif;color:#1f477a}
h2{margin:28px 0 8px;padding-bottom:4px;border-bottom:2px solid #c9d6e4;font:bold 17px/1.3 Georgia,"DejaVu Serif",serif;color:#1f477a}
p{margin:0 0 12px}
table{width:100%;margin:0 0 12px;border-collapse:collapse;font-size:13px;table-layout:fixed}
th,td{border:1px solid #b9c6d4;padding:5px 8px;text-align:left;vertical-align:top;overflow-wrap:anywhere}
thead th{background:#e6edf5}
th:first-child,td:first-child{width:36%}
tbody tr:nth-child(even){background:#f4f7fa}
tbody tr.told td{background:#fdf6d8}
.columns{display:grid;grid-template-columns:1fr 1fr;gap:0 28px}
form{margin:0 0 8px;display:flex;gap:8px;flex-wrap:wrap}
input{font:inherit;padding:5px 7px;border:1px solid #8fa3ba;background:#fff;min-width:0;flex:1 1 140px}
button{font:inherit;padding:5px 14px;border:1px solid #8fa3ba;border-radius:3px;cursor:pointer;
 background:#e6edf5;background:linear-gradient(#fbfdff,#d5e0ec)}
button:hover{background:#d5e0ec}
form.rows{flex-direction:column;align-items:flex-start;gap:12px;margin:0 0 16px}
form.rows label{display:block;width:100%;max-width:320px;font-weight:bold}
form.rows input{display:block;width:100%;margin-top:2px}
#problem{padding:7px 9px;border:1px solid #b3423a;background:#fbeceb;color:#7d1d16}
output{display:block;min-height:38px;padding:7px 9px;border:1px dotted #8fa3ba;background:#f8fafc;font-size:13px;overflow-wrap:anywhere}
.small{font-size:12px;color:#555}
@media (max-width:640px){#tabs{padding:8px 8px 0}#tabs a{padding:6px 8px;font-size:13px}#frame{border-width:0}#page{padding:16px 14px 24px}#banner{padding:12px 14px}.columns{grid-template-columns:1fr}}
`

const tabs = [
  ['/', 'Home'],
  ['/admin', 'Administration'],
  ['/old/', 'Stock room'],
  ['/public/about', 'About'],
] as const

export function homePage(visitor: Visitor, rawHeaders: readonly string[]): string {
  return layout('/', visitor, {
    title: 'Home',
    content: `<h1 id="greeting">${visitor.name === undefined ? 'Good day, whoever you are' : `Good day, ${escapeHtml(visitor.name)}`}</h1>
<p>This application has no sign-in of its own. It believes what the request headers say, and this is what they said:</p>
${headerTable(rawHeaders)}
<p class="small">${visitor.name === undefined ? 'Behind the gateway, more headers say who you are; they are yellow here.' : 'Yellow: what the gateway says about you.'} The same as JSON: <a href="/headers.json">/headers.json</a></p>
<div class="columns">
<div>
<h2>Echo (WebSocket)</h2>
<form id="echo-form"><input id="echo-text" value="Is anybody there?" aria-label="Message"><button>Send</button></form>
<output id="echo-answer">Not connected yet.</output>
</div>
<div>
<h2>Clock (event stream)</h2>
<p class="small">The time at the server, once a second:</p>
<output id="clock">Waiting for the server.</output>
</div>
</div>
<h2>Hand in a file</h2>
<form method="post" action="/upload" enctype="multipart/form-data"><input type="file" name="file" aria-label="File" required><button>Upload</button></form>
<p class="small">The file is counted and hashed, and not kept.</p>
<script>${script}</script>`,
  })
}

const script = `
var socket = new WebSocket(location.origin.replace(/^http/, 'ws') + '/echo');
var answer = document.getElementById('echo-answer');
socket.onopen = function () { answer.textContent = 'Connected. Send something.'; };
socket.onmessage = function (event) { answer.textContent = 'The server says: ' + event.data; };
socket.onclose = function () { answer.textContent = 'The connection is closed. Reload to connect again.'; };
document.getElementById('echo-form').onsubmit = function () {
  if (socket.readyState === 1) socket.send(document.getElementById('echo-text').value);
  return false;
};
new EventSource('/clock').onmessage = function (event) {
  document.getElementById('clock').textContent = event.data;
};
`

export function adminPage(visitor: Visitor): string {
  return layout('/admin', visitor, {
    title: 'Administration',
    content: `<h1>Administration</h1>
<p>${visitor.name === undefined ? pastTheGateway : throughTheGateway}</p>`,
  })
}

const throughTheGateway =
  "You can see this page, so you are an admin. The application did not check: the gateway's route for <code>/admin/**</code> asks for the group <code>admins</code>, and nobody else gets here."

const pastTheGateway =
  'You can see this page, and nobody has asked who you are: the application does not check, and you came past the gateway. That is why an application like this one must be reachable through the gateway alone.'

export function aboutPage(visitor: Visitor): string {
  return layout('/public/about', visitor, {
    title: 'About',
    content: `<h1>About</h1>
<p>The intranet of Millbrook Paper, in service since 2008. This page is for everybody: the gateway's route for <code>/public/**</code> asks for no sign-in, and tells the application about nobody, not even where somebody is signed in.</p>`,
  })
}

export function uploadedPage(visitor: Visitor, file: { size: number; sha256: string }): string {
  return layout('/', visitor, {
    title: 'File received',
    content: `<h1>File received</h1>
<table><tbody>
<tr><th>Bytes</th><td id="size">${file.size}</td></tr>
<tr><th>SHA-256</th><td id="sha256">${file.sha256}</td></tr>
</tbody></table>
<p><a href="/">Back</a></p>`,
  })
}

export function notFoundPage(visitor: Visitor): string {
  return layout('', visitor, {
    title: 'Not found',
    content: '<h1>Not found</h1><p>There is no such page. <a href="/">Go to the home page</a></p>',
  })
}

/** What names the visitor comes first, the rest as it came. */
function headerTable(rawHeaders: readonly string[]): string {
  const fields = rawHeaders.flatMap((name, at) => {
    return at % 2 === 0 ? [{ name, value: rawHeaders[at + 1] ?? '' }] : []
  })
  const { told = [], other = [] } = Object.groupBy(fields, ({ name }) =>
    namesVisitor.test(name) ? 'told' : 'other',
  )
  return `<table id="headers"><thead><tr><th>Header</th><th>Value</th></tr></thead><tbody>
${told.map((field) => headerRow('told', field)).join('\n')}
${other.map((field) => headerRow('other', field)).join('\n')}
</tbody></table>`
}

function headerRow(kind: string, { name, value }: { name: string; value: string }): string {
  return `<tr class="${kind}"><td>${escapeHtml(name)}</td><td>${escapeHtml(value)}</td></tr>`
}

const namesVisitor = /^x-forwarded-(user|email|groups|preferred-username)$/i

/** Where `visitor` is undefined, the page says nothing of what the headers say. */
export function layout(
  path: string,
  visitor: Visitor | undefined,
  page: { title: string; content: string },
): string {
  const items = tabs.map(
    ([href, text]) =>
      `<li${href === path ? ' class="here"' : ''}><a href="${href}">${text}</a></li>`,
  )
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title} - Millbrook Paper Intranet</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/public/style.css">
</head>
<body>
<div id="frame">
<div id="banner"><b>Millbrook Paper Intranet</b><span>${visitor === undefined ? '' : visitorLine(visitor)}</span></div>
<ul id="tabs">${items.join('')}</ul>
<div id="page">
${page.content}
</div>
</div>
</body>
</html>
`
}

function visitorLine({ name, groups }: Visitor): string {
  if (name === undefined) return 'nobody is named in the headers'
  const membership = groups === undefined ? '' : ` (${escapeHtml(groups.replaceAll(',', ', '))})`
  return `${escapeHtml(name)}${membership} | <a href="/.postern/logout">Log out</a>`
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
