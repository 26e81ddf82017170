import { html, type Html } from './html.ts'
import type { Messages, SignInProblem } from './messages.ts'

/** One showing of the form. */
export interface SignInView {
  /** Where the form is posted to: a path of ours. */
  readonly action: string
  /** Proves that the form came from this page, in this browser. */
  readonly csrfToken: string
  /** What was typed before; never the password. */
  readonly username: string
  readonly problem?: {
    readonly kind: SignInProblem
    /** With `throttled`. */
    readonly retryAfterSeconds?: number
  }
}

/** What people are told; empty where nothing is wrong. */
export function describeProblem({ problem }: SignInView, messages: Messages): string {
  if (problem === undefined) return ''
  const minutes = Math.max(1, Math.ceil((problem.retryAfterSeconds ?? 0) / 60))
  return messages.problems[problem.kind].replaceAll('{minutes}', String(minutes))
}

/** The fields that somebody has to look at again. */
const doubtful: ReadonlySet<SignInProblem> = new Set(['wrong_credentials', 'incomplete'])

export function renderSignInForm(view: SignInView, messages: Messages): Html {
  const { action, csrfToken, username, problem } = view
  const alert =
    problem &&
    html`<p class="problem" role="alert" id="problem">${describeProblem(view, messages)}</p>`
  // Because a reader of the screen hears about the problem where it has to be mended.
  const described = problem && html` aria-describedby="problem"`
  const marks = problem !== undefined && doubtful.has(problem.kind) && html` aria-invalid="true"`
  const attributes = [described, marks || undefined].filter((part) => part !== undefined)
  const focus = html` autofocus`
  return html`${alert}
    <form method="post" action="${action}" accept-charset="utf-8">
      <input type="hidden" name="csrf_token" value="${csrfToken}" />
      <label for="username">${messages.username}</label>
      <input
        id="username"
        name="username"
        type="text"
        value="${username}"
        autocomplete="username"
        autocapitalize="none"
        autocorrect="off"
        spellcheck="false"
        required
        ${attributes}${username === '' ? focus : undefined}
      />
      <label for="password">${messages.password}</label>
      <input
        id="password"
        name="password"
        type="password"
        autocomplete="current-password"
        required
        ${attributes}${username === '' ? undefined : focus}
      />
      <div class="actions">
        <button class="action" type="submit">${messages.submit}</button>
      </div>
    </form>`
}
