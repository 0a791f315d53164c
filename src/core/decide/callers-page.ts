import { authorityDaysHeader, certificateDaysHeader } from '../expiry-notice.ts';
import { callerMessageOf } from './reason-texts.ts';
import { type ReasonEntry, reasonCodes, reasonOf } from './reasons.ts';
import { referenceHeader, undisclosed } from './refusal-body.ts';

const whoActs: Readonly<Record<ReasonEntry['about'], string>> = {
  certificate: 'you: ask your CA for another certificate',
  identity: 'the operator of the API',
  client: 'you and the operator: it is about what was agreed',
  request: 'you: correct the request',
};

/** docs/callers.md, from the table of reasons: for whoever calls a front and is refused. */
export function callersPage(): string {
  const told = reasonCodes.flatMap((code) => {
    const { about } = reasonOf(code);
    const callerMessage = callerMessageOf(code);
    return callerMessage === undefined ? [] : [`| \`"reason":"${code}"\` | ${callerMessage} | ${whoActs[about]} |`];
  });
  return `<!-- generated from src/core/decide/reasons.ts and reason-texts.ts by \`npx node bin/docs.ts\`; edit those tables -->
# You call a Sallyport front, and it says no

For partners: this page can be sent to them. What you see, what it means, and who must act. Quote the reference
(\`${referenceHeader}\`, also in the body) when you write; never send your private key.

## Before there is an answer

| what you see | what it means | who must act |
|---|---|---|
| the connection ends after the TLS handshake, "certificate required", "connection reset", an empty reply | your client sent no certificate | you: configure certificate *and* key. Java, Go, wget and browsers send nothing when they think that the server would not take it |
| your client does not trust the server | its list of CAs lacks the server's, or something on the way replaces the certificate (TLS inspection) | you: look who issued the certificate that you see |
| 403 with \`{"message":"Forbidden"}\` and no reference | the certificate is expired, not yet valid, weak, or its CA is not known here | you: compare the dates and the issuer with what you agreed; then the operator, with the certificate (without the key) |

## 403 with a reference

The body is \`{"message":"Forbidden","reference":"…","reason":"…","yourAddress":"…","support":"…"}\`. \`support\` is whom to ask.

| what you see | what it means | who must act |
|---|---|---|
| \`"reason":"${undisclosed}"\` | your certificate is not registered here, or there is something that you cannot mend | the operator, with the reference |
${told.join('\n')}

A reason is told only to a certificate that is registered, and only about its own values: \`yourAddress\` is the address
that you came from. What would have been accepted is never told.

## Allowed, but not for long

| header of an answer | what it means |
|---|---|
| \`${certificateDaysHeader}: 12\` | your certificate ends in 12 days (0: today). Renew it: with the same name from the same CA nothing changes here |
| \`${authorityDaysHeader}: 40\` | a CA above your certificate ends in 40 days: ask your CA for its new chain and send it to the operator |

They are there from 90 days before the end on, so that a monitor can look for their presence.

## Other answers

413, 431, 502 and 504 come with a reference and a \`code\`: the backend or the size, not the certificate. See
[failures.md](failures.md). 429: too many requests. 500 with \`"message":null\`: the front could not decide, and closed.
`;
}
