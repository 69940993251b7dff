export type Claim = { readonly phrase: string; readonly why: string; readonly at: number };

/** Words that nobody here can prove, and what is wrong with each. */
const banned: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/\b100 ?% (solar|renewable|green)\b/gi, 'nobody can tell whose electrons they were'],
  [/\b(carbon|climate|co2|co₂)[- ]neutral\b/gi, 'needs an accounting that we do not do'],
  [/\bzero[- ](carbon|emission)s?\b/gi, 'every kWh has made some'],
  [/\battested (energy|power|electricity|joules|watts)\b/gi, 'an enclave cannot see a cable'],
  [/\b24\/7 (cfe|carbon[- ]free)\b/gi, 'a certified claim'],
  [/\b(avoids?|saves?) [\d.,]+ ?(kg|g|t|tons?|tonnes?)( of)? (co2|co₂|carbon)\b/gi, 'compared with what?'],
  [/\b(guaranteed|certified|verified) (green|solar|renewable|clean)\b/gi, 'no accredited issuer is involved'],
  [/\b100 ?% (solar|öko|grün)\w*/gi, 'nobody can tell whose electrons they were'],
  [/\b(klima|co2|co₂)[- ]?neutral\w*/gi, 'needs an accounting that we do not do'],
  [/\b(co2|co₂|emissions)[- ]?frei\w*/gi, 'every kWh has made some'],
  [/\b(spart|vermeidet) [\d.,]+ ?(kg|g|t|tonnen)( an)? (co2|co₂)/gi, 'compared with what?'],
  [/(ökostrom|grünstrom|grüne[rn]? (strom|energie|ki))/gi, 'says nothing that can be checked'],
  [/\bgreen (energy|power|electricity|ai|tokens?)\b/gi, 'says nothing that can be checked'],
];

/** Every claim in a text that must not be made. Say: "62 % of node energy in this quarter hour coincided with site surplus". */
export function bannedClaims(text: string): Claim[] {
  return banned
    .flatMap(([pattern, why]) =>
      [...text.matchAll(pattern)].map((match) => ({ phrase: match[0], why, at: match.index })),
    )
    .sort((a, b) => a.at - b.at);
}
