import { type EvidenceCase, verifyCases } from './browser-verdicts.ts';

// What the page of chromium.test.ts runs. Errors reach the test through the page's guard script.
const cases = (await (await fetch('/input.json')).json()) as EvidenceCase[];
await fetch('/result', { method: 'POST', body: JSON.stringify(verifyCases(cases)) });
