// Names under which other gateways, TLS terminators and application servers say who calls, from where, or what is
// really meant. Nothing here is ever written by Postern; docs/decisions/0008 says how the list was drawn up.

/** All names that begin so; folded as {@link foldFieldName} does. */
export const foreignFamilies: readonly string[] = [
  // Proxies that tell where a request came from.
  'x-forwarded-',
  'x-original-',
  'x-envoy-',
  // oauth2-proxy, authentik, Pomerium, Vouch, Tailscale.
  'x-auth-request-',
  'x-authentik-',
  'x-pomerium-',
  'x-vouch-',
  'tailscale-',
  // Google IAP, AWS load balancers, Azure App Service, Cloudflare Access.
  'x-goog-iap-',
  'x-goog-authenticated-user-',
  'x-amzn-oidc-',
  'x-amzn-mtls-',
  'x-ms-client-principal',
  'x-ms-token-',
  'cf-access-',
  // Kong; the aggregation layer of Kubernetes; Grafana.
  'x-consumer-',
  'x-credential-',
  'x-authenticated-',
  'x-remote-',
  'x-webauth-',
  // Authelia and CGI; SiteMinder, whose agents can be told to leave the underscore out; WebSEAL; Apache's modules
  // for OpenID Connect, CAS and SAML.
  'remote-',
  'sm-',
  'smuser',
  'smuniversalid',
  'smauth',
  'iv-',
  'oidc-',
  'cas-',
  'shib',
  'mellon-',
  // What WebLogic believes of its plug-in and of Oracle's agents, `Proxy-Remote-User` among it.
  'wl-proxy-',
  'oam-',
  'osso-',
  'proxy-',
  // RFC 9440, and what TLS terminators wrote before it.
  'client-cert',
  'x-client-cert',
  'ssl-client',
  'x-ssl-',
  'x-tls-client-',
]

/** What plug-ins tell WebSphere, Liberty and Domino, with `$WS` in front: `$WSRU` is the user, `$WSSN` the host. */
const webSphereNames = 'ru at cc ra rh la sn sp sc is pr cs ks si ep pt zip'
  .split(' ')
  .map((name) => `ws${name}`)

/** Exactly these names. */
export const foreignNames: readonly string[] = [
  ...webSphereNames,
  'forwarded',
  'x-forwarded',
  // Identity: Kong's and APISIX's OpenID Connect plugins, Google's API gateways, WSO2, IIS, Louketo, Oathkeeper.
  'x-userinfo',
  'x-id-token',
  'x-anonymous-consumer',
  'x-endpoint-api-userinfo',
  'x-apigateway-api-userinfo',
  'x-jwt-assertion',
  'x-arr-clientcert',
  'x-auth-email',
  'x-auth-groups',
  'x-auth-roles',
  'x-auth-subject',
  'x-auth-userid',
  'x-auth-username',
  'x-user',
  'teleport-jwt-assertion',
  // OpenSearch and Nexus; Puppet; Shibboleth, which has no prefix for the names of people and no hyphens for IIS.
  'x-proxy-user',
  'x-proxy-roles',
  'x-proxy-remote-user',
  'x-client-dn',
  'x-client-verify',
  'eppn',
  'persistent-id',
  'remoteuser',
  // The client's address.
  'x-real-ip',
  'client-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'cf-connecting-ipv6',
  'fastly-client-ip',
  'x-azure-clientip',
  // Threat: another path, host or scheme than the one that was judged, to gunicorn, IIS, Symfony, Rack and others.
  'x-rewrite-url',
  'script-name',
  'x-script-name',
  'path-info',
  'x-host',
  'x-http-host-override',
  'x-scheme',
  'x-url-scheme',
  'front-end-https',
]
