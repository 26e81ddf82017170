// The one stylesheet. It stands in the page itself and is allowed by its hash, so that a page needs nothing
// from anywhere, not even from the gateway.

import { createHash } from 'node:crypto'

export const stylesheet = `
:root{color-scheme:light dark;--ground:#eef0ee;--sheet:#fff;--ink:#1b211e;--soft:#55605a;--line:#d5dbd7;--edge:#838f89;--accent:#14594a;--accent-ink:#fff;--code:#f0f3f1;--alarm:#b3261e;--alarm-ground:#fdeceb}
@media (prefers-color-scheme:dark){:root{--ground:#101413;--sheet:#1a201e;--ink:#e8edea;--soft:#a3aea8;--line:#333c38;--edge:#6f7c76;--accent:#7fd6bd;--accent-ink:#08211a;--code:#232b28;--alarm:#ffb4ab;--alarm-ground:#3a1d1b}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;min-height:100vh;min-height:100svh;display:grid;grid-template-rows:1fr auto 2fr;justify-items:center;padding:1.25rem;background:var(--ground);color:var(--ink);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{grid-row:2;width:100%;max-width:29rem;background:var(--sheet);border:1px solid var(--line);border-top:4px solid var(--accent);border-radius:4px 4px 14px 14px;padding:clamp(1.5rem,6vw,2.5rem)}
.mark{display:block;width:2.5rem;height:2.5rem;color:var(--accent);margin-bottom:1.25rem}
h1{margin:0 0 .6rem;font-size:1.5rem;line-height:1.25;font-weight:650;letter-spacing:-.012em;text-wrap:balance;overflow-wrap:anywhere}
p{margin:0 0 1rem;color:var(--soft);text-wrap:pretty;overflow-wrap:anywhere}
form{margin:0}
.logo{display:block;max-width:100%;max-height:4rem;margin-bottom:1.25rem}
.site{font-weight:600;margin-bottom:.75rem}
label{display:block;margin:1.1rem 0 .35rem;font-weight:600}
input{width:100%;min-height:3rem;padding:.6rem .75rem;border:1px solid var(--edge);border-radius:8px;background:var(--sheet);color:var(--ink);font:inherit}
input[aria-invalid]{border-color:var(--alarm);box-shadow:inset 0 0 0 1px var(--alarm)}
.problem{margin:0;padding:.75rem 1rem;border-left:4px solid var(--alarm);border-radius:4px;background:var(--alarm-ground);color:var(--ink)}
.actions{display:flex;flex-direction:column;gap:.75rem;margin:1.75rem 0 0;padding:0;list-style:none}
.action{display:flex;align-items:center;justify-content:center;width:100%;min-height:3rem;padding:.6rem .75rem;border:1px solid var(--accent);border-radius:8px;background:var(--accent);color:var(--accent-ink);font:inherit;font-weight:600;text-align:center;text-decoration:none;cursor:pointer;overflow-wrap:anywhere}
.action:hover{filter:brightness(1.12)}
.quiet{background:transparent;color:var(--ink);border-color:var(--edge)}
.quiet:hover{border-color:var(--accent);filter:none}
.choice{padding:.6rem 1.25rem;justify-content:space-between;text-align:left}
.choice::after{content:"→";content:"→" / "";padding-left:1rem;color:var(--accent)}
:focus-visible{outline:3px solid var(--accent);outline-offset:3px}
.hint{margin:1.75rem 0 0;padding-top:1rem;border-top:1px solid var(--line);font-size:.8125rem}
time{white-space:nowrap}
code{font:.8125rem/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;background:var(--code);color:var(--ink);border-radius:4px;padding:.1em .4em}
@media (forced-colors:active){main,.action{border:1px solid CanvasText}}
`

/** The source expression of CSP Level 3 §2.3.1 that allows this stylesheet and no other. */
export const stylesheetSource = `'sha256-${createHash('sha256').update(stylesheet).digest('base64')}'`
