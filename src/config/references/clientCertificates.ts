// Certificates of clients: that they can be judged, and that only proxies tell of them.

import { foldFieldName, isMessageField } from '../../http/fields.ts'
import type { Finding } from '../problems/problem.ts'
import { findWhereReadable } from '../readable.ts'
import type { UnresolvedConfig } from '../schema.ts'

type Listen = UnresolvedConfig['listen']

export function findClientCertificateProblems(config: UnresolvedConfig): Finding[] {
  return findWhereReadable(
    () => findAuthorityProblems(config.listen),
    () => findFieldProblems(config.listen),
    () => findBindingProblems(config),
  )
}

function findBindingProblems({ providers, listen }: UnresolvedConfig): Finding[] {
  if (listen.tls?.clientCertificates ?? listen.forwardedCertificate) return []
  const message =
    'nobody can show a certificate: set listen.tls.clientCertificates or listen.forwardedCertificate.'
  return providers.flatMap(({ bearer }, index) =>
    bearer?.certificateBound === 'required'
      ? [{ path: ['providers', index, 'bearer', 'certificateBound'], message }]
      : [],
  )
}

function findAuthorityProblems({ tls }: Listen): Finding[] {
  const clients = tls?.clientCertificates
  if (clients?.mode !== 'require' || clients.ca !== undefined) return []
  const message = 'required with `mode: require`: else whoever makes a certificate has one.'
  return [{ path: ['listen', 'tls', 'clientCertificates', 'ca'], message }]
}

function findFieldProblems({ forwardedCertificate, trustedProxies }: Listen): Finding[] {
  if (forwardedCertificate === undefined) return []
  const path = ['listen', 'forwardedCertificate']
  const name = foldFieldName(forwardedCertificate.field)
  const problems: Finding[] = []
  if (trustedProxies.length === 0) {
    const message = 'nobody is believed: name the proxy in trustedProxies.'
    problems.push({ path, message })
  }
  if (isMessageField(name) || name === 'authorization') {
    const message = 'this field is not free to carry a certificate.'
    problems.push({ path: [...path, 'field'], message })
  }
  return problems
}
