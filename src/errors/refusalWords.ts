// What a page says of a refusal: the catalogue's words, or the same in Chinese. Programs are told the catalogue's.

import type { PageLanguage } from '../pages/words.ts'
import { rowOf, type RefusalCode } from './catalogue.ts'

/** Title and advice. A code that is missing does not compile. */
const chinese: Readonly<Record<RefusalCode, readonly [title: string, advice: string]>> = {
  request_malformed: ['请求格式有误', '请检查地址中是否有多余的字符，然后重试。'],
  request_timeout: ['请求未能及时送达', '请检查网络连接，然后重试。'],
  expectation_failed: ['此处不支持请求所期望的功能', '请去掉 Expect 字段后重新发送。'],
  fields_too_large: ['请求的头部数据过多', '请清除本站的 Cookie，然后重试。'],
  method_not_supported: ['不支持此请求方法', '请使用应用支持的 HTTP 方法。'],
  loop_detected: ['请求又回到了发出它的网关', '请通知本站管理员更正上游地址。'],
  target_ambiguous: ['此地址有多种解读方式', '请检查地址中是否有编码或重复的字符，然后重试。'],
  route_not_found: ['此地址没有内容', '请检查地址，或返回之前的页面。'],
  method_not_allowed: ['此处不允许这种请求方法', '请返回，并使用页面上的链接和按钮。'],
  login_required: ['请登录后继续', '您尚未登录，或登录已过期。您提交的内容没有送达。'],
  token_required: [
    '需要访问令牌',
    '此地址供程序使用。程序应在 Authorization 字段中发送：Bearer、空格、令牌。',
  ],
  invalid_request: [
    '无法读取访问令牌',
    '令牌只能在一处发送一次：在 Authorization 字段中写 Bearer、空格、令牌。',
  ],
  invalid_token: ['访问令牌未被接受', '请向签发方申请一个用于此 API 的新令牌。'],
  invalid_dpop_proof: [
    '访问令牌的持有证明未被接受',
    '请用令牌对应的密钥，为每个请求的方法和地址生成新的证明。',
  ],
  use_dpop_nonce: [
    '访问令牌的持有证明缺少 nonce',
    '请使用 DPoP-Nonce 字段的值生成新的证明，然后重新发送请求。',
  ],
  proof_store_unavailable: [
    '暂时无法检查访问令牌的持有证明',
    '请稍候几秒，用新的证明重新发送请求。',
  ],
  credentials_required: [
    '需要客户端 ID 和密钥',
    '请通过 HTTP Basic 发送，例如 curl -u ID:SECRET。',
  ],
  credentials_malformed: [
    '无法读取 Authorization 字段',
    '该字段只能发送一次：Basic、空格，然后是 base64 编码的用户名或客户端 ID、冒号、密码或密钥（UTF-8）。',
  ],
  invalid_client: [
    '客户端 ID 或密钥未被接受',
    '请检查两者；如密钥已丢失，请向签发方申请新的密钥。',
  ],
  password_required: ['需要用户名和密码', '请通过 HTTP Basic 发送，例如 curl -u NAME:PASSWORD。'],
  invalid_credentials: ['用户名或密码未被接受', '请检查两者。'],
  too_many_attempts: ['尝试次数过多', '请等待一段时间，并检查您输入的内容。'],
  session_store_unavailable: [
    '登录功能暂时不可用',
    '请稍候几秒，然后刷新页面。已登录的用户仍保持登录。',
  ],
  logout_incomplete: [
    '退出登录未能完成',
    '此浏览器已清除登录状态，但身份认证服务仍记得您。为安全起见，请关闭浏览器。',
  ],
  session_too_large: [
    '您的账号属性过多，会话 Cookie 无法容纳',
    '请通知应用管理员：需要将会话保存在 Redis 中，或减少请求的属性。',
  ],
  issuer_unavailable: ['无法连接登录服务', '请稍候几秒，然后刷新页面。'],
  access_denied: ['您无权使用此页面', '已确认您的身份，但您的账号没有此权限。请联系应用管理员。'],
  insufficient_scope: [
    '您获得的授权不包含此操作',
    '请使用有权限的账号登录，或联系应用管理员。程序应申请具有所需 scope 的访问令牌。',
  ],
  quota_exceeded: ['请求过多', '请等待一段时间，并降低请求频率。'],
  route_busy: ['正在处理的请求过多', '请稍候几秒，然后刷新页面。'],
  identity_too_large: ['您的账号属性过多，请求无法容纳', '请联系应用管理员减少发送的属性。'],
  upstream_user_unknown: [
    '您的账号缺少应用用来识别用户的名称',
    '请联系应用管理员为您的账号设置该名称。',
  ],
  upstream_credentials_refused: [
    '登录服务不允许此网关访问该应用',
    '请通知应用管理员：网关日志说明了应检查的内容。',
  ],
  upstream_credentials_unavailable: ['暂时无法取得应用要求的凭据', '请稍候几秒，然后刷新页面。'],
  content_too_large: ['您提交的内容过大', '请减少单次提交的内容。上限由应用管理员设定。'],
  unsupported_media_type: ['提交的内容不是可读取的表单', '请打开表单所在的页面，从那里提交。'],
  upstream_unreachable: ['无法连接该应用', '请稍候几秒，然后刷新页面。'],
  upstream_invalid_response: ['应用的答复无法转发', '请重试；如仍然如此，请通知应用管理员。'],
  upstream_overloaded: ['应用收到的请求过多，无法答复', '请稍候几秒，然后刷新页面。'],
  upstream_timeout: ['应用未能及时答复', '请稍候几秒，然后刷新页面。'],
  login_attempt_unknown: [
    '此次登录不是从这里开始的，或已过期',
    '请重新开始。如再次出现此提示，请检查浏览器是否接受本站的 Cookie。',
  ],
  login_provider_unknown: ['这里没有该登录服务', '请重新开始，并选择列出的登录服务。'],
  login_loop: [
    '登录陷入循环',
    '您在一分钟内多次登录，但浏览器始终没有带回登录状态。请检查浏览器是否接受本站的 Cookie，以及地址是否正确。',
  ],
  form_malformed: ['无法读取登录表单', '请重新打开表单所在的页面，从那里提交。'],
  credentials_missing: ['需要用户名和密码', '请输入用户名和密码。'],
  wrong_password: ['用户名或密码不正确', '请检查后重试。'],
  account_locked: ['此账号已被锁定', '请联系登录服务的管理员解锁。'],
  password_expired: ['需要先修改密码', '请在登录服务中修改密码，然后使用新密码登录。'],
  mfa_required: ['需要第二重验证', '请在登录服务的页面上登录，在那里完成验证。'],
  login_refused: ['登录服务拒绝了您的登录', '请换一个账号重试，或联系应用管理员。'],
  login_misconfigured: [
    '登录功能设置有误',
    '登录服务不接受此网关。请通知应用管理员：网关日志说明了应检查的内容。',
  ],
  login_response_invalid: ['登录服务的答复无法接受', '请重新开始。如仍然如此，请通知应用管理员。'],
  origin_not_allowed: ['此请求来自其他网站', '请自行打开该页面，然后重试。'],
  internal_error: ['此处出现了问题', '请重试；如仍然如此，请通知应用管理员。'],
}

export interface RefusalWords {
  readonly title: string
  readonly advice: string
}

export function findRefusalWords(code: RefusalCode, lang: PageLanguage): RefusalWords {
  if (lang === 'en') return rowOf(code)
  const [title, advice] = chinese[code]
  return { title, advice }
}
