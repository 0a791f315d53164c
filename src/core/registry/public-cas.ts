import type { Name } from '../x509/name.ts';
import { canonicalText } from '../x509/names/canonical-text.ts';

/** The organisations (O) that sign the public CAs of browsers and operating systems, as their CA certificates write them. */
const organisations: readonly string[] = [
  'Actalis S.p.A./03358520967',
  'Actalis S.p.A.',
  'Amazon',
  'Asseco Data Systems S.A.',
  'Baltimore',
  'Buypass AS-983163327',
  'Certainly',
  'COMODO CA Limited',
  'Cybertrust, Inc',
  'D-Trust GmbH',
  'Deutsche Telekom Security GmbH',
  'DigiCert Inc',
  'DigiCert, Inc.',
  'Digital Signature Trust Co.',
  'Entrust, Inc.',
  'Entrust Corporation',
  'Entrust.net',
  'eMudhra Technologies Limited',
  'GeoTrust Inc.',
  'GlobalSign',
  'GlobalSign nv-sa',
  'GoDaddy.com, Inc.',
  'Google Trust Services',
  'Google Trust Services LLC',
  'Hellenic Academic and Research Institutions CA',
  'IdenTrust',
  'Internet Security Research Group',
  "Let's Encrypt",
  'Microsoft Corporation',
  'Network Solutions L.L.C.',
  'QuoVadis Limited',
  'SECOM Trust Systems CO.,LTD.',
  'Sectigo Limited',
  'SSL Corp',
  'SSL Corporation',
  'Starfield Technologies, Inc.',
  'SwissSign AG',
  'Telia Finland Oyj',
  'thawte, Inc.',
  'The USERTRUST Network',
  'TrustAsia Technologies, Inc.',
  'Trustwave Holdings, Inc.',
  'Unizeto Technologies S.A.',
  'VeriSign, Inc.',
  'WISeKey',
  'ZeroSSL',
];

const known = new Set(organisations.map(canonicalText));
const organisationType = '2.5.4.10';

/** The organisation in the name that runs public CAs, if one does. It may run private ones for customers as well. */
export function publicOrganisationOf(name: Name): string | undefined {
  return name.rdns.flat().find(({ type, value }) => type === organisationType && known.has(canonicalText(value)))
    ?.value;
}
