// The words of the sign-in form: English and Chinese, and what a file adds or changes. A language is offered only
// where every sentence of it is there.

import { z } from 'zod'

const text = z.string().min(1).max(1000)

/** Why somebody is not signed in. */
const problemsSchema = z.strictObject({
  wrong_credentials: text,
  account_locked: text,
  password_expired: text,
  mfa_required: text,
  rate_limited: text,
  /** `{minutes}` stands for a number. */
  throttled: text,
  unavailable: text,
  misconfigured: text,
  incomplete: text,
  expired: text,
})

const messagesSchema = z.strictObject({
  title: text,
  failed: text,
  username: text,
  password: text,
  submit: text,
  problems: problemsSchema,
})

export type Messages = z.output<typeof messagesSchema>
export type SignInProblem = keyof Messages['problems']

/** By language tag (RFC 5646). The first is shown to whoever asks for none of them. */
export type Languages = ReadonlyMap<string, Messages>

const english: Messages = {
  title: 'Sign in',
  failed: 'Not signed in',
  username: 'User name',
  password: 'Password',
  submit: 'Sign in',
  problems: {
    wrong_credentials: 'The user name or the password is wrong. Check both and try again.',
    account_locked: 'This account is locked or disabled. Ask whoever runs the application.',
    password_expired:
      'The password has expired or has to be changed. Change it at your sign-in service, then come back.',
    mfa_required: 'This account needs a second factor, which cannot be given here.',
    rate_limited:
      'The sign-in service takes no more attempts for the moment. Try again in a few minutes.',
    throttled: 'Too many attempts. Try again in {minutes} min.',
    unavailable: 'The sign-in service cannot be reached. Try again in a few minutes.',
    misconfigured: 'Signing in is not set up correctly here. Tell whoever runs the application.',
    incomplete: 'Enter your user name and your password.',
    expired:
      'This page was open for too long, or you have signed in in another tab. Enter your password again; if you see this twice, allow cookies for this site.',
  },
}

const chinese: Messages = {
  title: '登录',
  failed: '未能登录',
  username: '用户名',
  password: '密码',
  submit: '登录',
  problems: {
    wrong_credentials: '用户名或密码不正确，请检查后重试。',
    account_locked: '此账号已被锁定或停用，请联系应用管理员。',
    password_expired: '密码已过期或需要修改。请先在身份认证服务中修改密码，然后回到此处登录。',
    mfa_required: '此账号需要第二重验证，无法在此页面完成。',
    rate_limited: '登录服务暂时不再接受尝试，请几分钟后重试。',
    throttled: '尝试次数过多，请在 {minutes} 分钟后重试。',
    unavailable: '暂时无法连接登录服务，请几分钟后重试。',
    misconfigured: '登录功能设置有误，请通知应用管理员。',
    incomplete: '请输入用户名和密码。',
    expired:
      '页面打开时间过长，或您已在其他标签页中登录。请重新输入密码；如再次出现此提示，请允许本站使用 Cookie。',
  },
}

export const shippedLanguages: Languages = new Map([
  ['en', english],
  ['zh-Hans', chinese],
])

/** What a file of messages says, laid over the shipped ones; or what is wrong with it, one sentence each. */
export function parseLanguages(
  content: unknown,
): { readonly languages: Languages } | { readonly problems: readonly string[] } {
  const file = z.record(z.string(), z.record(z.string(), z.unknown())).safeParse(content)
  if (!file.success) return { problems: ['expected language tags, each with its messages.'] }
  const languages = new Map(shippedLanguages)
  const problems = Object.entries(file.data).flatMap(([tag, given]) => {
    if (!isLanguageTag(tag)) return [`${tag}: expected a language tag, such as de or pt-BR.`]
    const parsed = messagesSchema.safeParse(withShipped(given, shippedLanguages.get(tag)))
    if (parsed.success) languages.set(tag, parsed.data)
    return parsed.success ? [] : parsed.error.issues.map((issue) => describe(tag, issue))
  })
  return problems.length > 0 ? { problems } : { languages }
}

function withShipped(given: Readonly<Record<string, unknown>>, shipped: Messages | undefined) {
  if (shipped === undefined) return given
  const problems = given['problems']
  const isMapping = typeof problems === 'object' && problems !== null
  return { ...shipped, ...given, problems: { ...shipped.problems, ...(isMapping ? problems : {}) } }
}

function describe(tag: string, issue: z.core.$ZodIssue): string {
  const path = [tag, ...issue.path].join('.')
  if (issue.code === 'unrecognized_keys') return `${path}: has no ${issue.keys.join(', ')}.`
  return `${path}: expected a text of 1 to 1000 characters.`
}

function isLanguageTag(tag: string): boolean {
  try {
    return /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(tag) && new Intl.Locale(tag).language !== ''
  } catch {
    return false
  }
}
