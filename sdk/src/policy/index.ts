/** Holds nodes and terms against a buyer's policy. Pure; the same code in SDK, gateway, enclave and auditor. */
export { allowedSuites, appraiseNode, type NodeFacts } from './appraise-node.ts';
export { appraiseOrder, appraiseTerms, type JobTerms } from './appraise-terms.ts';
export { type Clause, clauseSentence, failedClause } from './clause.ts';
