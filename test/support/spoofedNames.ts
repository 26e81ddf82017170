// Names under which somebody could tell an upstream who is calling, from where, or what they want; and the
// spellings that one server or another takes for the same name.

/** The presets of this gateway, and what stands in `identity.headers` of the tests. */
export const identityNames = [
  'X-Forwarded-User',
  'X-Forwarded-Email',
  'X-Forwarded-Groups',
  'X-Forwarded-Preferred-Username',
  'X-Forwarded-Client-Id',
  'X-Forwarded-Issuer',
  'X-Forwarded-Scope',
  'Remote-User',
  'Remote-Email',
  'Remote-Name',
  'Remote-Groups',
  'SM_USER',
  'SM_USERDN',
  'SM_UNIVERSALID',
  'SM_USERGROUPS',
  'iv-user',
  'iv-user-l',
  'iv-groups',
  'X-Auth-Request-User',
  'X-Auth-Request-Email',
  'X-Auth-Request-Groups',
  'X-Auth-Request-Preferred-Username',
  'X-Postern-Assertion',
] as const

export const forwardingNames = [
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-Forwarded-Proto',
  'X-Forwarded-Port',
  'Forwarded',
] as const

const otherForwardingNames = [
  'X-Forwarded',
  'X-Forwarded-Prefix',
  'X-Forwarded-Server',
  'X-Forwarded-Ssl',
  'X-Forwarded-Uri',
  'X-Forwarded-Method',
  'X-Forwarded-Access-Token',
  'X-Real-IP',
  'Client-IP',
  'X-Client-IP',
  'X-Cluster-Client-IP',
  'True-Client-IP',
  'CF-Connecting-IP',
  'Fastly-Client-IP',
  'X-Azure-ClientIP',
  'X-Original-URL',
  'X-Original-URI',
  'X-Original-Host',
  'X-Rewrite-URL',
  'SCRIPT_NAME',
  'X-Script-Name',
  'PATH_INFO',
  'X-Host',
  'X-HTTP-Host-Override',
  'X-Scheme',
  'X-Url-Scheme',
  'Front-End-Https',
] as const

export const methodOverrideNames = ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override']

const otherGatewaysNames = [
  'X-Authentik-Username',
  'X-Pomerium-Jwt-Assertion',
  'X-Goog-IAP-JWT-Assertion',
  'X-Goog-IAP-Jwt-Assertion-Email',
  'X-Amzn-Oidc-Identity',
  'X-Amzn-Oidc-Data',
  'Cf-Access-Jwt-Assertion',
  'Cf-Access-Authenticated-User-Email',
  'X-Envoy-Original-Path',
  'X-Envoy-External-Address',
  'iv-creds',
  'iv-remote-address',
  'SM_AUTHTYPE',
  'SMUser',
  'SMUserGroups',
  'SMUniversalId',
  'Remote-Addr',
  'X-Goog-Authenticated-User-Email',
  'X-Amzn-Mtls-Clientcert-Subject',
  'X-MS-CLIENT-PRINCIPAL',
  'X-MS-CLIENT-PRINCIPAL-NAME',
  'X-MS-TOKEN-AAD-ID-TOKEN',
  'X-Vouch-User',
  'Tailscale-User-Login',
  'X-Consumer-Username',
  'X-Credential-Identifier',
  'X-Authenticated-Userid',
  'X-Anonymous-Consumer',
  'X-Remote-User',
  'X-Remote-Group',
  'X-WEBAUTH-USER',
  'OIDC_CLAIM_sub',
  'OIDC_access_token',
  'CAS-User',
  'Shib-Session-ID',
  'ShibSessionID',
  'RemoteUser',
  'MELLON_NAME_ID',
  'Client-Cert',
  'X-Client-Cert',
  'SSL_CLIENT_S_DN',
  'X-SSL-Client-Verify',
  'X-ARR-ClientCert',
  'X-Userinfo',
  'X-ID-Token',
  'X-Endpoint-API-UserInfo',
  'X-Apigateway-Api-Userinfo',
  'X-JWT-Assertion',
  'X-Auth-Username',
  'X-Auth-Groups',
  'X-User',
  '$WSRU',
  '$WSAT',
  '$WSCC',
  '$WSRA',
  '$WSRH',
  '$WSSN',
  '$WSSP',
  '$WSSC',
  '$WSIS',
  '$WSPR',
  'WL-Proxy-Client-Cert',
  'WL-Proxy-Client-IP',
  'WL-Proxy-SSL',
  'Proxy-Client-IP',
  'OAM_REMOTE_USER',
  'Osso-User-Dn',
  'eppn',
  'persistent-id',
  'X-Proxy-User',
  'X-Proxy-Roles',
  'X-Proxy-Remote-User',
  'X-SSL-Subject',
  'X-Client-DN',
  'X-Client-Verify',
  'Teleport-Jwt-Assertion',
] as const

/** All that no client may say to an upstream. */
export const spoofedNames: readonly string[] = [
  ...identityNames,
  ...forwardingNames,
  ...otherForwardingNames,
  ...methodOverrideNames,
  ...otherGatewaysNames,
]

/** The same name, written in every way that is a token of RFC 9110; at least sixteen. */
export function spellingsOf(name: string): string[] {
  const words = name.split(/[^A-Za-z0-9]/)
  const joined = Array.from("-_.~!'*+#$%&^`|", (separator) => words.join(separator))
  const capitals = [name.toUpperCase(), name.toLowerCase(), toAlternating(name)]
  const edges = ['-', '_', '.', '~', "'", '!'].flatMap((edge) => [edge + name, name + edge])
  const doubled = [words.join('--'), words.join('__'), words.join('-_'), words.join('..-')]
  const mixed = [toMixed(words, '-_'), toMixed(words, '_-'), toMixed(words, "._~!'")]
  const ofCgi = [`HTTP_${words.join('_').toUpperCase()}`, `Http-${name}`]
  return [...new Set([name, ...capitals, ...joined, ...edges, ...doubled, ...mixed, ...ofCgi])]
}

function toAlternating(name: string): string {
  return Array.from(name, (letter, at) =>
    at % 2 === 0 ? letter.toLowerCase() : letter.toUpperCase(),
  ).join('')
}

function toMixed(words: readonly string[], separators: string): string {
  return words
    .map((word, at) => word + (separators[at % separators.length] ?? ''))
    .join('')
    .slice(0, -1)
}

/** What a server that is kind to spellings takes a name for; written apart from the gateway's own rule. */
export function toLenientName(name: string): string {
  return name
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
    .join('-')
}

const lenientNames = new Set(spoofedNames.map(toLenientName))

/** The fields of an upstream's request that say who calls, from where, or what is really meant. */
export function toldFields(
  rawHeaders: readonly string[],
  furtherNames: readonly string[] = [],
): string[] {
  const names = new Set([...lenientNames, ...furtherNames.map(toLenientName)])
  return rawHeaders
    .map((name, at) =>
      at % 2 === 0 && names.has(toLenientName(name)) ? `${name}: ${rawHeaders[at + 1]}` : '',
    )
    .filter((line) => line !== '')
    .sort()
}
