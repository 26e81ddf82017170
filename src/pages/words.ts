// The words of every page of ours but the sign-in form, to which a file can add languages (messages.ts), and the
// refusals (errors/). English and Chinese.

import type { ReceivedRequest } from '../request.ts'
import { chooseLanguage } from './language.ts'

const languages = ['en', 'zh-Hans'] as const
/** Language tag (RFC 5646). */
export type PageLanguage = (typeof languages)[number]

type Unit = 'hour' | 'minute' | 'second'

export interface PageWords {
  readonly lang: PageLanguage
  readonly chooser: { readonly title: string; readonly advice: string }
  readonly confirmLogout: {
    readonly title: string
    readonly advice: string
    readonly signOut: string
    readonly stay: string
  }
  readonly signedOut: { readonly title: string; readonly advice: string; readonly signIn: string }
  readonly request: string
  readonly wait: (count: number, unit: Unit) => string
  /** What links offer. */
  readonly ways: {
    readonly signIn: string
    readonly signInWith: (provider: string) => string
    readonly startAgain: string
    readonly backToForm: string
    readonly goBack: string
    readonly startPage: string
    readonly switchAccounts: string
    readonly tryAgain: string
  }
}

const english: PageWords = {
  lang: 'en',
  chooser: {
    title: 'Where do you want to sign in?',
    advice: 'Choose the account that you want to use here.',
  },
  confirmLogout: {
    title: 'Do you want to sign out?',
    advice: 'A link on another site brought you here. Nothing has happened yet.',
    signOut: 'Sign out',
    stay: 'Stay signed in',
  },
  signedOut: {
    title: 'You are signed out',
    advice:
      'You can close this window, or sign in again. On a shared computer, close the browser as well.',
    signIn: 'Sign in again',
  },
  request: 'Request',
  wait: (count, unit) => `Try again in ${count} ${unit}${count === 1 ? '' : 's'}.`,
  ways: {
    signIn: 'Sign in',
    signInWith: (provider) => `Sign in with ${provider}`,
    startAgain: 'Start again',
    backToForm: 'Back to the form',
    goBack: 'Go back',
    startPage: 'Go to the start page',
    switchAccounts: 'Sign out to switch accounts',
    tryAgain: 'Try again',
  },
}

const chineseUnits: Readonly<Record<Unit, string>> = {
  hour: '小时',
  minute: '分钟',
  second: '秒',
}

const chinese: PageWords = {
  lang: 'zh-Hans',
  chooser: { title: '您想从哪里登录？', advice: '请选择要在此处使用的账号。' },
  confirmLogout: {
    title: '确定要退出登录吗？',
    advice: '您是从其他网站的链接来到此页面的，目前尚未执行任何操作。',
    signOut: '退出登录',
    stay: '保持登录',
  },
  signedOut: {
    title: '您已退出登录',
    advice: '您可以关闭此窗口，或重新登录。如果使用的是公用电脑，请同时关闭浏览器。',
    signIn: '重新登录',
  },
  request: '请求编号',
  wait: (count, unit) => `请在 ${count} ${chineseUnits[unit]}后重试。`,
  ways: {
    signIn: '登录',
    signInWith: (provider) => `使用 ${provider} 登录`,
    startAgain: '重新开始',
    backToForm: '返回登录表单',
    goBack: '返回',
    startPage: '前往首页',
    switchAccounts: '退出并切换账号',
    tryAgain: '重试',
  },
}

const words: Readonly<Record<PageLanguage, PageWords>> = { en: english, 'zh-Hans': chinese }

/** In the language that the browser asks for. */
export function findWords({ incoming }: Pick<ReceivedRequest, 'incoming'>): PageWords {
  return words[chooseLanguage(incoming.headers['accept-language'], languages)]
}
